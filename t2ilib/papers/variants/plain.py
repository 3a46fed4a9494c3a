"""The training steps as published, with the weights of our models: the same function, in the plain order.

A straightforward port enlarges first and fuses at the large side, shrinks last, judges each pair of picture and text in
a pass of its own where its authors do, and pays in the generator's step for gradients of the discriminator that nobody
reads. `t2i bench` compares our steps with these in fp32. They take what `train.train_step` takes, and can stand in its
place.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from t2ilib.losses import gradient_penalty, hinge_no, hinge_yes, logistic_no, logistic_yes
from t2ilib.papers import df_gan, gan_cls
from t2ilib.papers.gan_cls import TextBatch
from t2ilib.train import Terms, TrainState, prefixed


def contiguous(state: TrainState) -> TrainState:
    """The same state with its weights in PyTorch's default order of memory."""
    state.task.to(memory_format=torch.contiguous_format)
    return state


# --- GAN-CLS ------------------------------------------------------------------------------------------------------

def gan_cls_step(game: gan_cls.GanCls, state: TrainState, batch: TextBatch) -> Terms:
    """Both players once: three kinds of pair in three passes, the picture for D drawn with a way back.

    Source: the order of the authors' main_cls.lua, with the penalty of our steady recipe.
    """
    matching, recipe, judge = game.config.matching, state.recipe, game.discriminator
    with state.fabric.autocast():
        fake = game.generate(batch).detach()
        (s_r,), (s_w,), (s_f,) = (judge(image, text) for image, text in (
            (batch.image, batch.text), (batch.image, batch.wrong_text), (fake, batch.text)))
        terms = {"real, right text": logistic_yes(s_r),
                 "real, wrong text": matching * logistic_no(s_w),
                 "fake, right text": (1 - matching) * logistic_no(s_f)}
        if recipe.penalty_every and state.step % recipe.penalty_every == 0:
            terms |= {name: recipe.penalty_every * term for name, term in game.penalty(batch).items()}
    d_terms = state.update("discriminator", terms)
    with state.fabric.autocast():
        terms = game.g_loss(batch)
    return finished(state, d_terms, state.update("generator", terms))


# --- DF-GAN -------------------------------------------------------------------------------------------------------

def df_gan_step(game: df_gan.DfGan, state: TrainState, batch: TextBatch) -> Terms:
    """Both players once: a picture drawn with its way back serves D first and then G.

    Source: the order of the authors' code of 2022.
    """
    config, compare = game.config, game.discriminator.compare
    with state.fabric.autocast():
        image, text = batch.image.detach().requires_grad_(True), batch.text.detach().requires_grad_(True)
        features, fake = see(game.discriminator, image), drawn(game.generator, batch)
        s_r, s_w = compare(features, text), compare(features, batch.wrong_text)
        s_f = compare(see(game.discriminator, fake.detach()), text)
        terms = {"real, right text": hinge_yes(s_r),
                 "real, wrong text": hinge_no(s_w) / 2,
                 "fake, right text": hinge_no(s_f) / 2,
                 "MA-GP": config.penalty * gradient_penalty(s_r, image, text, power=config.power)}
    d_terms = state.update("discriminator", terms)
    with state.fabric.autocast():
        s_f = compare(see(game.discriminator, fake), batch.text)
        terms = {"fake, right text": -s_f.float().mean()}
    return finished(state, d_terms, state.update("generator", terms))


def drawn(generator: df_gan.Generator, batch: TextBatch) -> Tensor:
    """The generator that enlarges first: (B, Z), (B, E) -> (B, 3, S, S)"""
    condition = torch.cat([batch.noise, batch.text], dim=1)
    features = generator.start(batch.noise).unflatten(1, (-1, 4, 4))
    for block in generator.blocks:
        features = df_gan.enlarge(features)
        grown = block.conv1(fused(block.fuse1, features, condition))
        features = block.shortcut(features) + block.conv2(fused(block.fuse2, grown, condition))
    return torch.tanh(generator.to_rgb(F.leaky_relu(features, 0.2)))


def fused(fusion: df_gan.Fusion, features: Tensor, condition: Tensor) -> Tensor:
    """A product, a sum and an activation, twice: (B, C, h, w), (B, K) -> (B, C, h, w)"""
    for affine in (fusion.first, fusion.second):
        scale, shift = affine.scale(condition)[:, :, None, None], affine.shift(condition)[:, :, None, None]
        features = F.leaky_relu(scale * features + shift, 0.2)
    return features


def see(discriminator: df_gan.Discriminator, image: Tensor) -> Tensor:
    """The seeing part that shrinks last: (B, 3, S, S) -> (B, 8w, 4, 4)"""
    features = discriminator.from_rgb(image)
    for block in discriminator.blocks:
        residual = F.leaky_relu(block.conv2(F.leaky_relu(block.conv1(features), 0.2)), 0.2)
        shortcut = block.shortcut(features) if block.widens else features
        features = F.avg_pool2d(shortcut, 2) + block.strength * residual
    return features


def finished(state: TrainState, d_terms: Terms, g_terms: Terms) -> Terms:
    """The end of a step: the averaged weights follow, and the terms get their names."""
    state.average.update_parameters(state.task.generator)
    return prefixed("D: ", d_terms) | prefixed("G: ", g_terms)
