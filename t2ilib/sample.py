"""A sentence, or noise, to pictures: the encoder, the generator and the probe, loaded once and kept."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from t2ilib import checkpoint, runtime
from t2ilib.data.captions import Reading, normalise, read_attributes
from t2ilib.data.toys import noise_drawer
from t2ilib.metrics.locator import Locator, LocatorConfig
from t2ilib.metrics.measures import marks
from t2ilib.metrics.probe import Probe, ProbeConfig, Reader, Readings, read
from t2ilib.metrics.second_probe import SecondProbe, SecondProbeConfig
from t2ilib.papers import ac_gan, cgan, dcgan, df_gan, gan, gan_cls
from t2ilib.text.char_cnn import CharCnnConfig, CharCnnGru
from t2ilib.text.encoder import BiLSTM, BiLSTMConfig
from t2ilib.text.interface import TextEncoder
from t2ilib.text.joint import JointEmbedding
from t2ilib.train import Game

ENCODERS = {"bilstm": (BiLSTM, BiLSTMConfig), "char_cnn_gru": (CharCnnGru, CharCnnConfig)}
PAPERS = dict.fromkeys(gan_cls.FAMILY, gan_cls) | {"df_gan": df_gan}        # what draws sentences -> its module
TITLES = gan_cls.TITLES | {"df_gan": "DF-GAN"}                              # and its name for people
TOLD = {"cgan": cgan, "ac_gan": ac_gan}                                     # what is told a condition
GAMES = {"gan": gan, "dcgan": dcgan} | TOLD                                 # with both players
KINDS = {Probe: "probe", SecondProbe: "second_probe", Locator: "locator"}

PROBE_SIDE = 64             # pixels: the pictures that the probe reads
LONGEST_SENTENCE = 500      # characters; the encoder reads the first 32 words of it anyway

SHOWN_CAPTIONS = (
    "a small red bird with black wings and a short yellow beak",
    "a blue bird with a white belly on a branch",
    "this bird is yellow with a black crown and a grey beak",
    "a large white bird with a long orange beak and grey wings",
    "this is a brown bird with a red breast and a red throat",
    "a green bird with a purple crown and yellow legs",
    "this bird has a black head, a white belly and brown wings",
    "a pink bird with a blue tail and blue wings",
)
"""The sentences that all chapters show, so that pictures can be compared."""


@dataclass(frozen=True)
class Drawing:
    """What came of a sentence."""

    sentence: str
    images: np.ndarray                              # (n, 64, 64, 3) uint8
    reading: Reading                                # what the parser understood
    unknown: tuple[str, ...]                        # words that meant nothing to the encoder or the parser
    seen: list[list[tuple[str, str, str]]]          # per picture: (part, wanted colour, colour the probe sees)
    message: str = ""                               # a note to the learner, or ""


class Painter:
    """Draws sentences with a generator, and reads its own pictures with the probe."""

    def __init__(self, generator: nn.Module, encoder: TextEncoder, probe: Probe, noise_dim: int):
        self.generator, self.encoder, self.probe, self.noise_dim = generator, encoder, probe, noise_dim

    @classmethod
    def shipped(cls, name: str = "gan_int_cls") -> "Painter":
        """The painter of a shipped checkpoint, or of a file of your own training; loaded once for each version."""
        return _load(*version(name))

    def draw(self, sentence: str, n: int = 8, seed: int = 0) -> Drawing:
        """Draw a sentence `n` times; the noise depends on `seed` only, so another sentence keeps pose and place.

        Any text is accepted: unknown words are reported and ignored, an empty sentence gives any bird.
        Raises: ValueError if n is not in 1..1000.
        """
        if not 1 <= n <= 1000:
            raise ValueError(f"n should be 1 to 1000 pictures, got {n}")
        known = normalise(sentence[:LONGEST_SENTENCE])
        reading = read_attributes(known)
        images = self.paint([known] * n, self.noise(n, seed))
        readings = read(self.probe, images)
        seen = [marks(readings, i, reading) for i in range(n)]
        unknown = tuple(dict.fromkeys((*self.encoder.tokenizer.unknown(known), *reading.unknown)))
        return Drawing(sentence, runtime.to_pixels(images), reading, unknown, seen,
                       note(sentence, reading, unknown))

    def noise(self, n: int, seed: int) -> Tensor:
        """(n, Z) standard normal, a function of the seed; the first rows do not depend on n."""
        return draw_noise(n, self.noise_dim, seed)

    def paint(self, captions: list[str], noise: Tensor) -> Tensor:
        """One picture a caption, noise (N, Z) -> (N, 3, 64, 64) in [-1, 1] on the CPU, in evaluation mode."""
        numbers = {caption: i for i, caption in enumerate(dict.fromkeys(captions))}
        text = self.encoder.encode(list(numbers))[[numbers[caption] for caption in captions]]
        return draw_all(self.generator, noise, text)


class NoisePainter:
    """Draws noise, and conditions if the generator takes any, and reads its own pictures with the probe."""

    def __init__(self, generator: nn.Module, config: dcgan.Config, probe: Reader):
        self.generator, self.config, self.probe = generator, config, probe

    @classmethod
    def shipped(cls, name: str = "dcgan") -> "NoisePainter":
        """The painter of a shipped checkpoint, or of a file of your own training, of a DCGAN or a conditional GAN.

        Raises: FileNotFoundError if there is none of that name; CheckpointError for one of another kind.
        """
        game = _load_game(*version(name), "dcgan", *TOLD)
        return cls(game.generator, game.config, load_probe())

    @property
    def usual_length(self) -> float:
        """About how long its noise is: sqrt(Z) if it is normal, sqrt(Z / 3) if it is even between -1 and 1."""
        return (self.config.noise_dim / (3 if self.config.noise == "uniform" else 1)) ** 0.5

    def noise(self, n: int, seed: int) -> Tensor:
        """(n, Z) of the kind it was trained with, a function of the seed; the first rows do not depend on n."""
        return draw_noise(n, self.config.noise_dim, seed, self.config.noise)

    def look(self, noise: Tensor, *condition: Tensor) -> tuple[np.ndarray, Readings]:
        """Draw noise (N, Z) and conditions (N, C) -> pictures (N, 64, 64, 3) uint8, and what the probe reads.

        A picture of another side is shown by whole pixels, and smoothly enlarged for the probe.
        """
        images = draw_all(self.generator, noise, *condition)
        if images.shape[-1] == PROBE_SIDE:
            return runtime.to_pixels(images), read(self.probe, images)
        smooth = F.interpolate(images, size=PROBE_SIDE, mode="bilinear", align_corners=False)
        return runtime.to_pixels(F.interpolate(images, size=PROBE_SIDE)), read(self.probe, smooth)


def draw_all(generator: nn.Module, *inputs: Tensor) -> Tensor:
    """What a generator makes of inputs (N, ...), such as noise and conditions -> (N, K, S, S) on the CPU.

    In evaluation mode, in parts that fit into memory.
    """
    place = next(generator.parameters()).device
    with runtime.evaluating(generator):
        return torch.cat([generator(*(value.to(place) for value in part)).cpu()
                          for part in zip(*(value.split(256) for value in inputs))])


def draw_noise(count: int, dim: int, seed: int, kind: str = "normal") -> Tensor:
    """(count, dim) noise of a kind of `toys.noise_drawer`, a function of the seed; the first rows do not depend on n.

    torch draws normal numbers in blocks of 16, and a block that is cut short in another way.
    """
    return noise_drawer(kind)(-(-count // 16) * 16, dim, runtime.generator(seed))[:count]


def version(name: str) -> tuple[Path, str]:
    """The file of a checkpoint and its hash: what is kept in memory is kept for this version only."""
    path = checkpoint.find(str(name))
    return path, checkpoint.sha256(path)


@cache
def _load(path: Path, _digest: str) -> Painter:
    stored = checkpoint.load(str(path), *PAPERS)
    config = stored.configure(PAPERS[stored.kind].Config)
    with torch.random.fork_rng(devices=[]):     # weights that are overwritten at once must not cost random numbers
        generator = stored.load_into(PAPERS[stored.kind].Generator(config), part="generator.")
    return Painter(generator, load_encoder(), load_probe(), config.noise_dim)


def load_gan(name: str = "gan") -> gan.Gan:
    """The shipped GAN of the handwritten digits, both players, frozen."""
    return _load_game(*version(name), "gan")


def load_dcgan(name: str = "dcgan") -> dcgan.Dcgan:
    """The shipped DCGAN, both players, frozen."""
    return _load_game(*version(name), "dcgan")


def load_told(name: str = "ac_gan") -> cgan.Cgan | ac_gan.AcGan:
    """The shipped GAN that is told the colours of parts, both players, frozen; or one of your own."""
    return _load_game(*version(name), *TOLD)


@cache
def _load_game(path: Path, _digest: str, *kinds: str) -> Game:
    stored = checkpoint.load(str(path), *kinds)
    paper = GAMES[stored.kind]
    with torch.random.fork_rng(devices=[]):     # weights that are overwritten at once must not cost random numbers
        players = paper.build(stored.configure(paper.Config))
    return stored.load_into(players).requires_grad_(False)


def load_joint(name: str = "bilstm") -> JointEmbedding:
    """The shipped joint embedding, frozen: the sentence encoder and the picture encoder it was trained with."""
    return _load_joint(*version(name))


@cache
def _load_joint(path: Path, _digest: str) -> JointEmbedding:
    stored = checkpoint.load(str(path))
    if stored.kind not in ENCODERS:
        raise checkpoint.CheckpointError(f"{path} should hold a sentence encoder ({', '.join(ENCODERS)}), got a "
                                         f"{stored.kind}; give another name")
    encoder, config = ENCODERS[stored.kind]
    with torch.random.fork_rng(devices=[]):     # weights that are overwritten at once must not cost random numbers
        joint = JointEmbedding(encoder(stored.configure(config)))
    return stored.load_into(joint).requires_grad_(False)


def load_encoder(name: str = "bilstm") -> TextEncoder:
    """The shipped sentence encoder, frozen."""
    return load_joint(name).text_encoder


def load_probe(name: str = "probe") -> Probe:
    """The shipped probe, frozen."""
    return _load_device(*version(name), Probe, ProbeConfig)


def load_second_probe(name: str = "second_probe") -> SecondProbe:
    """The shipped probe of another architecture, frozen."""
    return _load_device(*version(name), SecondProbe, SecondProbeConfig)


def load_locator(name: str = "locator") -> Locator:
    """The shipped keypoint regressor, frozen."""
    return _load_device(*version(name), Locator, LocatorConfig)


@cache
def _load_device(path: Path, _digest: str, device: type, config: type) -> nn.Module:
    stored = checkpoint.load(str(path), KINDS[device])
    return stored.load_into(device(stored.configure(config))).requires_grad_(False)


def note(sentence: str, reading: Reading, unknown: tuple[str, ...]) -> str:
    """What the learner should know about the sentence, or ''."""
    if not sentence.strip():
        return "The sentence is empty, so any bird will do. Try: a small red bird with black wings"
    if len(sentence) > LONGEST_SENTENCE:
        return f"Only the first {LONGEST_SENTENCE} characters were read."
    if reading.empty:
        return "It names no part of a bird, so the probe has nothing to check. Try: a blue bird with a white belly"
    return f"Not understood, and ignored: {', '.join(unknown[:8])}" if unknown else ""
