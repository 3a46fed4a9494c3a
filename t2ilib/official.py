"""Weights as their authors published them: read into our models, and written back under the authors' names.

The files are pickles of PyTorch; only tensors, numbers and plain containers are read from them, never code.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from t2ilib.checkpoint import CheckpointError
from t2ilib.data.cub_split import read_pickle
from t2ilib.data.cub_words import END
from t2ilib.papers.df_gan import WIDEST, Config, DfGan
from t2ilib.text.encoder import AttnGanEncoder

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
READING = ((r"embedding\.", "encoder."), (r"lstm\.", "rnn."))
CAPTIONS = ("captions_DAMSM.pickle", "captions.pickle")     # the word list in the folders of DF-GAN and of AttnGAN


def df_gan(checkpoint: Path | str | Mapping) -> DfGan:
    """DF-GAN with the authors' weights, of any size; what they publish draws 256 x 256.

    `checkpoint` is a path to their file, such as state_epoch_1220.pth, or what it holds:
    {"model": {"netG": ..., "netD": ..., "netC": ...}}.
    Raises: CheckpointError for missing, surplus or misshapen weights, and for the format of 2020; FileNotFoundError.
    """
    nets = networks(opened(checkpoint))
    game = DfGan(config_of(nets))
    fill(game.generator, nets["netG"], GENERATOR)
    fill(game.discriminator, {**nets["netD"], **nets["netC"]}, SEEING + COMPARING)
    return game.eval()


def df_gan_state(game: DfGan) -> dict:
    """The weights of a game under the authors' names: {"model": {"netG", "netD", "netC"}}."""
    g, d = game.generator.state_dict(), game.discriminator.state_dict()
    comparing = {name for name in d if name.startswith("head.")}
    return {"model": {"netG": {theirs(name, GENERATOR): value for name, value in g.items()},
                      "netD": {theirs(name, SEEING): d[name] for name in d if name not in comparing},
                      "netC": {theirs(name, COMPARING): d[name] for name in d if name in comparing}}}


def damsm_text_encoder(checkpoint: Path | str | Mapping, captions: Path | str | Sequence | None = None
                       ) -> AttnGanEncoder:
    """The text encoder of AttnGAN and DF-GAN with the authors' weights, of any size, frozen: sentences to vectors.

    `checkpoint` is a path to their file, such as text_encoder200.pth, or what it holds. `captions` is a path to the
    word list it was trained with, captions_DAMSM.pickle or captions.pickle, or what that holds: [train captions, test
    captions, number -> word, word -> number]. Without it the list is looked for beside the checkpoint, and one folder
    above.
    Raises: CheckpointError for missing, surplus or misshapen weights, and for a word list that does not fit them;
            FileNotFoundError.
    """
    weights = without_prefix(opened(checkpoint))
    try:
        (count, word_dim), half = weights["encoder.weight"].shape, weights["rnn.weight_hh_l0"].shape[1]
    except (KeyError, AttributeError, ValueError, IndexError):
        raise CheckpointError("the checkpoint should hold the matrices encoder.weight and rnn.weight_hh_l0 of a DAMSM "
                              f"text encoder, got {', '.join(weights) or 'nothing'}; take another file") from None
    words = word_list(beside(checkpoint) if captions is None else captions)
    if len(words) != count:
        raise CheckpointError(f"the word list should have {count:,} words, as the weights do, got {len(words):,}; give "
                              "the captions pickle that this encoder was trained with")
    encoder = AttnGanEncoder(words[1:], word_dim, 2 * half)
    return fill(encoder, weights, READING).eval().requires_grad_(False)


def damsm_text_encoder_state(encoder: AttnGanEncoder) -> dict[str, Tensor]:
    """The weights of a text encoder under the authors' names."""
    return {theirs(name, READING): value for name, value in encoder.state_dict().items()}


def beside(checkpoint: Path | str | Mapping) -> Path:
    """The word list that lies where the authors keep it.

    Raises: FileNotFoundError if there is none.
    """
    folders = [] if isinstance(checkpoint, Mapping) else Path(checkpoint).resolve().parents[:2]
    for path in (folder / name for folder in folders for name in CAPTIONS):
        if path.is_file():
            return path
    places = " or ".join(str(folder) for folder in folders) or "a folder that is known"
    raise FileNotFoundError(f"the word list should be {' or '.join(CAPTIONS)} in {places}, but there is none; give its "
                            "path as `captions`: without it nobody knows which word a row of the weights is of")


def word_list(captions: Path | str | Sequence) -> tuple[str, ...]:
    """The words of a captions pickle in the order of their numbers; "<end>" is number 0.

    Raises: CheckpointError for another content; FileNotFoundError.
    """
    if isinstance(captions, Path | str):
        if not Path(captions).is_file():
            raise FileNotFoundError(f"the authors' word list should be at {captions}, but there is none; give the path "
                                    "of the captions pickle that the encoder was trained with")
        captions = read_pickle(Path(captions))
    kinds = [type(part) for part in captions] if isinstance(captions, list | tuple) else [type(captions)]
    if len(kinds) != 4 or kinds[2:] != [dict, dict]:
        got = ", ".join(kind.__name__ for kind in kinds[:6])
        raise CheckpointError("the word list should be [captions, captions, number -> word, word -> number], got "
                              f"[{got}]; give the captions pickle of the authors")
    words, numbers = captions[2:]
    ordered = tuple(words.get(number) for number in range(len(words)))
    if ordered[:1] != (END,) or {word: number for number, word in enumerate(ordered)} != numbers:
        raise CheckpointError(f"the word list should number its words from 0, which is {END}, the same in both "
                              "directions, but it does not; it is damaged, get it again")
    return ordered


def without_prefix(weights: Mapping) -> dict:
    """Without the prefix that parallel training leaves."""
    return {str(key).removeprefix("module."): value for key, value in weights.items()}


def opened(checkpoint: Path | str | Mapping) -> Mapping:
    """What the file holds, as data.

    Raises: FileNotFoundError; CheckpointError if it holds code or no names, or is no file of PyTorch.
    """
    if isinstance(checkpoint, Mapping):
        return checkpoint
    path = Path(checkpoint)
    if not path.is_file():
        raise FileNotFoundError(f"the authors' checkpoint should be at {path}, but there is none; see `t2i data get` "
                                "for where it comes from")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as problem:            # a damaged pickle may raise anything
        raise CheckpointError(f"{path} should be a file of tensors written by PyTorch, but it cannot be read "
                              f"({type(problem).__name__}); download it again") from None
    if not isinstance(content, Mapping):
        raise CheckpointError(f"{path} should hold tensors by name, got {type(content).__name__}; take another file")
    return content


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
    return {net: without_prefix(model[net]) for net in NETS}


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


def fill(module: nn.Module, weights: Weights, table: tuple) -> nn.Module:
    """Load weights under the authors' names, all of them and nothing else; gives the module back.

    Raises: CheckpointError naming what is missing, surplus or misshapen, in the authors' words.
    """
    ours = {theirs(name, table): name for name in module.state_dict()}
    wrong = [key for key, name in ours.items() if key in weights
             and getattr(weights[key], "shape", None) != module.state_dict()[name].shape]
    for what, keys in (("also", weights.keys() - ours), ("no", ours.keys() - weights), ("a misshapen", wrong)):
        if keys:
            raise CheckpointError(f"the checkpoint should hold the {len(ours)} weights of {type(module).__name__}, got "
                                  f"{what} {sorted(keys)[0]}; it is damaged or of another network")
    module.load_state_dict({name: weights[key] for key, name in ours.items()})
    return module


def theirs(name: str, table: tuple) -> str:
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
