"""The training steps of the published code, with the weights of our models: the same function, in the plain order.

A straightforward port enlarges first and fuses and shortens at the large side, shrinks last, judges each pair of
picture and text in a pass of its own where its authors do, and lets the generator's step pay for gradients of the
discriminator that nobody reads. `t2i bench` measures our steps against these in fp32. They take what
`train.train_step` takes, and can train in its place.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from t2ilib.blocks import replicate
from t2ilib.losses import gradient_penalty, hinge_no, hinge_yes, logistic_no, logistic_yes
from t2ilib.papers import df_gan, gan_cls
from t2ilib.papers.gan_cls import TextBatch
from t2ilib.train import Terms, TrainState, prefixed


def contiguous(state: TrainState) -> TrainState:
    """The same state with weights in PyTorch's own order, as every port has them."""
    state.task.to(memory_format=torch.contiguous_format)
    return state


def moved(state: TrainState, d_terms: Terms, g_terms: Terms) -> Terms:
    """The end of a step: averaged weights, and the terms by name."""
    state.average.update_parameters(state.task.generator)
    return prefixed("D: ", d_terms) | prefixed("G: ", g_terms)


# --- DF-GAN: the authors' code of 2022 ----------------------------------------------------------------------------

def df_gan_step(game: df_gan.DfGan, state: TrainState, batch: TextBatch) -> Terms:
    """Both players once, in the order of the authors: one picture serves both, with its way back to G."""
    d, config = game.discriminator, game.config
    with state.fabric.autocast():
        image, text = (value.detach().requires_grad_(True) for value in (batch.image, batch.text))
        features = see(d, image)
        s_r, s_w = d.compare(features, text), d.compare(torch.cat([features[1:], features[:1]]), text)
        fake = drawn(game.generator, batch.noise, batch.text)
        s_f = d.compare(see(d, fake.detach()), text)
        terms = {"real, right text": hinge_yes(s_r),
                 "real, wrong text": hinge_no(s_w) / 2,
                 "fake, right text": hinge_no(s_f) / 2,
                 "MA-GP": config.penalty * gradient_penalty(s_r, image, text, power=config.power)}
    d_terms = state.update("discriminator", terms)
    with state.fabric.autocast():
        terms = {"fake, right text": -d.compare(see(d, fake), batch.text).float().mean()}
    return moved(state, d_terms, state.update("generator", terms))


def drawn(generator: df_gan.Generator, noise: Tensor, text: Tensor) -> Tensor:
    """The generator, enlarging first: (B, Z), (B, E) -> (B, 3, S, S)"""
    condition = torch.cat([noise, text], dim=1)
    features = generator.start(noise).unflatten(1, (-1, 4, 4))
    for block in generator.blocks:
        large = df_gan.enlarge(features)
        grown = block.conv1(fused(block.fuse1, large, condition))
        features = block.shortcut(large) + block.conv2(fused(block.fuse2, grown, condition))
    return torch.tanh(generator.to_rgb(F.leaky_relu(features, 0.2)))


def fused(fusion: df_gan.Fusion, features: Tensor, condition: Tensor) -> Tensor:
    """A product, a sum and an activation, twice."""
    for affine in (fusion.first, fusion.second):
        scale, shift = affine.scale(condition)[:, :, None, None], affine.shift(condition)[:, :, None, None]
        features = F.leaky_relu(scale * features + shift, 0.2)
    return features


def see(discriminator: df_gan.Discriminator, image: Tensor) -> Tensor:
    """The seeing part, shrinking last: (B, 3, S, S) -> (B, 8w, 4, 4)"""
    features = discriminator.from_rgb(image)
    for block in discriminator.blocks:
        residual = F.leaky_relu(block.conv2(F.leaky_relu(block.conv1(features), 0.2)), 0.2)
        shortcut = F.avg_pool2d(block.shortcut(features) if block.widens else features, 2)
        features = shortcut + block.strength * residual
    return features


# --- GAN-INT-CLS: the authors' code of 2016, and the penalty of the steady recipe ---------------------------------

def gan_cls_step(game: gan_cls.GanIntCls, state: TrainState, batch: TextBatch) -> Terms:
    """Both players once; three pairs of picture and text in three passes, each with a way back of its own."""
    matching, fake = game.config.matching, game.generate(batch).detach()
    state.optimizers["discriminator"].zero_grad()
    ...
