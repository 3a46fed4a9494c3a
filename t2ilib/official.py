"""Weights as their authors published them: read into our models, and written back under the authors' names.

The files are pickles of PyTorch; only tensors, numbers and plain containers are read from them, never code.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from t2ilib.checkpoint import CheckpointError
from t2ilib.papers.df_gan import WIDEST, Config, DfGan

Weights = Mapping[str, Tensor]
NETS = ("netG", "netD", "netC")             # generator, seeing part of the discriminator, comparing part
GENERATOR = (                               # (ours, theirs); the first that fits is taken
    (r"start\.", "fc."),
    (r"to_rgb\.", "to_rgb.1."),
    (r"blocks\.(\d+)\.fuse([12])\.(first|second)\.(scale|shift)\.([02])\.", None),
    (r"blocks\.(\d+)\.conv([12])\.", r"GBlocks.\1.c\2."),
    (r"blocks\.(\d+)\.shortcut\.", r"GBlocks.\1.c_sc."),
)
SEEING = (
    (r"from_rgb\.", "conv_img."),
    (r"blocks\.(\d+)\.conv1\.", r"DBlocks.\1.conv_r.0."),
    (r"blocks\.(\d+)\.conv2\.", r"DBlocks.\1.conv_r.2."),
    (r"blocks\.(\d+)\.shortcut\.", r"DBlocks.\1.conv_s."),
    (r"blocks\.(\d+)\.strength$", r"DBlocks.\1.gamma"),
)
COMPARING = ((r"head\.", "joint_conv."),)


def df_gan(checkpoint: Path | str | Mapping) -> DfGan:
    """DF-GAN with the authors' weights, of any size; what they publish draws 256 x 256.

    `checkpoint` is a path to their file, such as state_epoch_1220.pth, or what it holds:
    {"model": {"netG": ..., "netD": ..., "netC": ...}}.
    Raises: CheckpointError for missing, surplus or misshapen weights, and for the format of 2020; FileNotFoundError.
    """
    nets = networks(opened(checkpoint))
    game = DfGan(config_of(nets))
    for player, parts in ((game.generator, ("netG",)), (game.discriminator, ("netD", "netC"))):
        fill(player, {key: value for part in parts for key, value in nets[part].items()})
    return game.eval()


def df_gan_state(game: DfGan) -> dict:
    """The weights of a game under the authors' names: {"model": {"netG", "netD", "netC"}}."""
    g, d = game.generator.state_dict(), game.discriminator.state_dict()
    comparing = {name for name in d if name.startswith("head.")}
    return {"model": {"netG": {theirs(name): value for name, value in g.items()},
                      "netD": {theirs(name, SEEING): d[name] for name in d if name not in comparing},
                      "netC": {theirs(name, COMPARING): d[name] for name in d if name in comparing}}}


def opened(checkpoint: Path | str | Mapping) -> Mapping:
    """What the file holds, as data.

    Raises: FileNotFoundError; CheckpointError if it holds code, or is no file of PyTorch.
    """
    if isinstance(checkpoint, Mapping):
        return checkpoint
    path = Path(checkpoint)
    if not path.is_file():
        raise FileNotFoundError(f"the authors' checkpoint should be at {path}, but there is none; see `t2i data get` "
                                "for where it comes from")
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as problem:            # a damaged pickle may raise anything
        raise CheckpointError(f"{path} should be a file of tensors written by PyTorch, but it cannot be read "
                              f"({type(problem).__name__}); download it again") from None


def networks(content: Mapping) -> dict[str, Weights]:
    """The three networks by name, without the prefix that parallel training leaves.

    Raises: CheckpointError for another layout.
    """
    if any(key.removeprefix("module.").startswith(("block0.", "conv_img.1", "COND_DNET")) for key in content):
        raise CheckpointError("the checkpoint should be of DF-GAN's code of 2022, with netG, netD and netC, got the "
                              "format of 2020, which is another network; take a newer file")
    model = content.get("model", content)
    missing = [net for net in NETS if net not in model]
    if missing:
        raise CheckpointError(f"the checkpoint should hold {', '.join(NETS)}, got "
                              f"{', '.join(map(str, model)) or 'none'}; give the whole file of the authors")
    return {net: {key.removeprefix("module."): value for key, value in model[net].items()} for net in NETS}


def config_of(nets: Mapping[str, Weights]) -> Config:
    """The sizes, read off the shapes.

    Raises: CheckpointError if the weights that tell them are not there.
    """
    try:
        start, first = nets["netG"]["fc.weight"], nets["netD"]["conv_img.weight"]
        condition = nets["netG"]["GBlocks.0.fuse1.affine0.fc_gamma.linear1.weight"].shape[1]
        blocks = len({key.split(".")[1] for key in nets["netG"] if key.startswith("GBlocks.")})
    except KeyError as key:
        raise CheckpointError(f"the checkpoint should hold {key}, but it does not; it is not DF-GAN's") from None
    noise_dim, widest = start.shape[1], start.shape[0] // 16
    return Config(size=4 * 2**blocks, text_dim=condition - noise_dim, noise_dim=noise_dim,
                  g_channels=widest // min(2**blocks, WIDEST), d_channels=first.shape[0])


def fill(player: nn.Module, weights: Weights) -> None:
    """Load weights under the authors' names; all of them, and nothing else.

    Raises: CheckpointError naming what is missing, surplus or misshapen, in the authors' words.
    """
    tables = {name: theirs(name) if "GBlocks" in "".join(weights) else theirs(name, SEEING + COMPARING)
              for name in player.state_dict()}
    surplus = weights.keys() - set(tables.values())
    missing = set(tables.values()) - weights.keys()
    wrong = [key for name, key in tables.items() if key in weights
             and weights[key].shape != player.state_dict()[name].shape]
    for what, keys in (("also", surplus), ("no", missing), ("a misshapen", wrong)):
        if keys:
            raise CheckpointError(f"the checkpoint should hold the {len(tables)} weights of a "
                                  f"{type(player).__name__.lower()}, got {what} {sorted(keys)[0]}; it is damaged or of "
                                  "another network")
    player.load_state_dict({name: weights[key] for name, key in tables.items()})


def theirs(name: str, table: tuple = GENERATOR) -> str:
    """The authors' name of one of our weights."""
    for pattern, replacement in table:
        match = re.match(pattern, name)
        if match:
            head = match.expand(replacement) if replacement else fused(*match.groups())
            return head + name[match.end():]
    raise KeyError(name)


def fused(block: str, place: str, order: str, kind: str, layer: str) -> str:
    """The authors' name of a layer of a fusion."""
    affine = {"first": "affine0", "second": "affine1"}[order]
    perceptron = {"scale": "fc_gamma", "shift": "fc_beta"}[kind]
    linear = {"0": "linear1", "2": "linear2"}[layer]
    return f"GBlocks.{block}.fuse{place}.{affine}.{perceptron}.{linear}."
