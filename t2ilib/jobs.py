"""What can be trained: for each name its data, its model, its recipe, what is shipped of it, how it is measured."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from t2ilib import checkpoint, measuring, runtime, sample
from t2ilib.data import augment, birds, conditions, cub, digits, oxford, rendered, toys
from t2ilib.data.birds import PLUMAGE, World
from t2ilib.data.captions import read_attributes
from t2ilib.data.dataset import Dataset
from t2ilib.data.picture_batches import PictureBatches
from t2ilib.data.rendered import Rendered
from t2ilib.data.text_batches import TextBatches
from t2ilib.measuring import PICTURES, SIZE
from t2ilib.metrics import second_probe
from t2ilib.metrics.locator import Locator, LocatorBatches, LocatorConfig
from t2ilib.metrics.probe import Probe, ProbeBatches, ProbeConfig
from t2ilib.metrics.second_probe import SecondProbe, SecondProbeConfig
from t2ilib.papers import dcgan, gan, gan_cls
from t2ilib.text.char_cnn import CharCnnConfig, CharCnnGru
from t2ilib.text.encoder import BiLSTM, BiLSTMConfig
from t2ilib.text.joint import JointEmbedding, PairBatches
from t2ilib.text.tokenizer import Tokenizer
from t2ilib.train import Game, Recipe, TrainState, fit_gan, fit_model

LEVELS = {"bilstm": 3, "char_cnn_gru": 3} | dict.fromkeys(("dcgan", *sample.TOLD, *sample.PAPERS), 2)
"""Of the world; probes see all of them."""


@dataclass(frozen=True)
class Order:
    """What somebody asked for on the command line."""

    name: str
    profile: str = "laptop"
    variant: str = "steady"
    seed: int = 0
    data: Path | None = None            # a folder in the CUB or Oxford layout instead of the world
    steps: int | None = None            # instead of the recipe's
    start: Path | None = None           # a shipped pair of players to continue from
    level: int | None = None            # of the rendered world, instead of the one in LEVELS

    def __post_init__(self):
        if self.seed < 0:
            raise ValueError(f"--seed should be 0 or more, got {self.seed}")


@dataclass(frozen=True)
class Prepared:
    """Everything a training needs."""

    task: nn.Module
    config: object
    recipe: Recipe
    batches: Callable
    world: dict                         # the card of the data
    size: int = SIZE                    # side of its pictures in pixels


@dataclass(frozen=True)
class Job:
    """How to train, ship and measure one name."""

    prepare: Callable[[Order], Prepared]
    weights: Callable[[TrainState], dict[str, Tensor]]
    measure: Callable[[Path, str, int], dict[str, dict]]        # (checkpoint, profile, level) -> metrics
    headline: str                                       # the metric by which a newer checkpoint must be better
    needs: tuple[str, ...] = ()                         # shipped checkpoints that are part of the model
    judges: tuple[str, ...] = ()                        # shipped checkpoints that measure it
    options: tuple[str, ...] = ()                       # options of an order that mean something for it
    fit: Callable = fit_model
    picture: Callable[[TrainState], Tensor] | None = None       # samples to look at, (rows, 8, 3, S, S)
    world: str = "SynthBirds"                           # the data on which what is shipped is trained and measured


def pictures(order: Order, photo_size: int = SIZE) -> Dataset:
    """The pictures to train on: rendered, or from the folder that was given, photographs at their own size."""
    if order.data:
        framed = (order.data / "world.json").is_file()
        read_folder = oxford.read if oxford.is_oxford(order.data) else cub.read
        return read_folder(order.data, size=SIZE if framed else photo_size)
    return rendered.load(World(0, order.level or LEVELS[order.name]), "train", PICTURES[order.profile], SIZE)


def with_steps(recipe: Recipe, order: Order) -> Recipe:
    """The recipe with the number of steps that was asked for."""
    return recipe if order.steps is None else replace(recipe, steps=order.steps)


def by_profile(order: Order, recipes: dict[str, Recipe]) -> Recipe:
    """The recipe of the profile, with the number of steps that was asked for."""
    return with_steps(recipes[order.profile], order)


# --- the sentence encoders --------------------------------------------------------------------------------------

BILSTM = Recipe(steps=4_000, batch=128, lr=1e-3, betas=(0.9, 0.999), average=0.995, log_every=50)
BILSTM_RECIPES = {"smoke": replace(BILSTM, steps=4, batch=16, log_every=1), "laptop": BILSTM,
                  "gpu": replace(BILSTM, steps=20_000, batch=256)}


def prepare_bilstm(order: Order) -> Prepared:
    """A fresh encoder whose vocabulary is that of the training captions."""
    data, recipe = pictures(order), by_profile(order, BILSTM_RECIPES)
    words = Tokenizer.from_captions(caption for captions in data.captions for caption in captions).words[2:]
    config = BiLSTMConfig(tuple(words))
    task = JointEmbedding(BiLSTM(config))
    return Prepared(task, config, recipe, PairBatches(data, task.text_encoder, recipe.batch, order.seed), data.card)


CHAR_CNN_GRU = CharCnnConfig(text_dim=256, widths=(128, 192, 256), longest=128)     # our captions have 143 at most
CHAR_CNN_GRU_RECIPES = {profile: replace(recipe, lr=5e-4) for profile, recipe in BILSTM_RECIPES.items()}
JUDGE_SEED = 1_000          # it measures what the other encoder conditions, so it must not see the same batches


def prepare_char_cnn_gru(order: Order) -> Prepared:
    """A fresh encoder that reads characters: it needs no vocabulary."""
    data, recipe = pictures(order), by_profile(order, CHAR_CNN_GRU_RECIPES)
    task = JointEmbedding(CharCnnGru(CHAR_CNN_GRU))
    batches = PairBatches(data, task.text_encoder, recipe.batch, order.seed + JUDGE_SEED)
    return Prepared(task, CHAR_CNN_GRU, recipe, batches, data.card)


def joint_weights(state: TrainState) -> dict[str, Tensor]:
    """The averaged text encoder, and the image encoder it learned to agree with (needed to measure it)."""
    return (checkpoint.ship_weights(state.average.module.state_dict(), "text_encoder")
            | checkpoint.ship_weights(state.task.image_encoder.state_dict(), "image_encoder"))


# --- the measuring devices --------------------------------------------------------------------------------------

PROBE = Recipe(steps=6_000, batch=64, lr=1e-3, betas=(0.9, 0.999), average=0.995, log_every=50)
PROBE_RECIPES = {"smoke": replace(PROBE, steps=4, batch=12, log_every=1), "laptop": PROBE,
                 "gpu": replace(PROBE, steps=12_000, batch=128)}
LOCATOR = replace(PROBE, steps=2_000, lr=2e-3)
LOCATOR_RECIPES = {"smoke": PROBE_RECIPES["smoke"], "laptop": LOCATOR, "gpu": replace(LOCATOR, steps=6_000, batch=128)}


def device_sets(order: Order) -> list[Rendered]:
    """Coherent and scrambled birds of every level, from a world seed that no generator sees."""
    return [rendered.load(World(1, level), split, PICTURES[order.profile] * 3 // 10, SIZE)
            for level in birds.LEVELS for split in ("train", "scrambled")]


def device_world(sets: list[Rendered]) -> dict:
    """The card of the pictures that a measuring device saw."""
    return sets[-1].card | {"level": max(birds.LEVELS), "levels": list(birds.LEVELS), "split": "train and scrambled",
                            "images": sum(map(len, sets))}


def prepare_device(build: Callable[[], nn.Module], batches: type, recipes: dict[str, Recipe],
                   seed: int = 0) -> Callable[[Order], Prepared]:
    """How to prepare the training of a probe or a locator; `seed` is added to that of the order."""
    def prepare(order: Order) -> Prepared:
        recipe, sets, device = by_profile(order, recipes), device_sets(order), build()
        return Prepared(device, device.config, recipe, batches(sets, recipe.batch, order.seed + seed),
                        device_world(sets))
    return prepare


def device_weights(state: TrainState) -> dict[str, Tensor]:
    """The averaged network."""
    return {f"network.{name}": value for name, value in state.average.module.state_dict().items()}


# --- the first GAN ----------------------------------------------------------------------------------------------

def prepare_gan(order: Order) -> Prepared:
    """Two fresh players of plain layers, and the handwritten digits inside scikit-learn."""
    real = digits.load("train")
    config, recipe = gan.RECIPES[order.variant][order.profile]
    recipe = with_steps(recipe, order)
    batches = toys.SourceBatches(real, recipe.batch, config.noise_dim, order.seed)
    world = {"name": digits.NAME, "split": "train", "images": len(real.pixels)}
    return Prepared(gan.build(config), config, recipe, batches, world, digits.SIDE)


def digit_picture(state: TrainState) -> Tensor:
    """Eight rows of eight digits by the averaged generator, always from the same noise."""
    noise = torch.randn(64, state.task.config.noise_dim, generator=runtime.generator(0))
    with runtime.evaluating(state.average.module) as generator:
        drawn = generator(noise.to(next(generator.parameters()).device)).cpu()
    return -drawn.view(8, 8, 1, digits.SIDE, digits.SIDE).expand(-1, -1, 3, -1, -1)     # dark ink on white


# --- DCGAN and the conditional GAN --------------------------------------------------------------------------------

def prepare_dcgan(order: Order) -> Prepared:
    """Two fresh players, or the pair to continue from, and pictures."""
    data, (config, recipe) = pictures(order, augment.load_size(SIZE)), dcgan.RECIPES[order.variant][order.profile]
    recipe = with_steps(recipe, order)
    batches = PictureBatches(data, recipe.batch, config.noise_dim, order.seed, size=SIZE, noise=config.noise)
    return Prepared(continued(dcgan.build(config), order), config, recipe, batches, data.card)


def prepare_conditional(order: Order) -> Prepared:
    """Two fresh players, or the pair to continue from, and rendered pictures with colours of their parts."""
    paper = sample.TOLD[order.name]
    data, (config, recipe) = pictures(order), paper.RECIPES[order.variant][order.profile]
    condition = conditions.known(config.conditions, data)
    config, recipe = replace(config, condition_dim=condition.dim), with_steps(recipe, order)
    batches = conditions.ConditionBatches(data, condition, recipe.batch, config, order.seed)
    return Prepared(continued(paper.build(config), order), config, recipe, batches, data.card)


def continued(game: Game, order: Order) -> Game:
    """The game with the players to continue from, if some were named."""
    if order.start:
        stored = checkpoint.load_alone(str(order.start), order.name)    # a new encoder is soon understood
        for player in game.players:
            stored.load_into(getattr(game, player), part=f"{player}.")
    return game


def dtold_picture(state: TrainState) -> Tensor:
    """Eight rows of eight birds by the averaged generator, always from the same noise."""
    config = state.task.config
    drawn = sample.draw_all(state.average.module, sample.draw_noise(64, config.noise_dim, 0, config.noise))
    return drawn.unflatten(0, (8, 8))


def told_picture(state: TrainState) -> Tensor:
    """The colours that the captions of all chapters name, eight noises each, by the averaged generator."""
    config, wanted = state.task.config, [named_parts(caption) for caption in sample.SHOWN_CAPTIONS]
    vectors = conditions.colour_vectors(conditions.asked_colours(wanted))
    noise = sample.draw_noise(8, config.noise_dim, 0, config.noise).repeat(len(wanted), 1)
    return sample.draw_all(state.average.module, noise, vectors.repeat_interleave(8, 0)).unflatten(0, (-1, 8))


def named_parts(caption: str) -> dict[str, str]:
    """What a caption asks of single parts; a colour of the whole bird is asked of all plumage it leaves open."""
    named = dict(read_attributes(caption).colours)
    body = named.pop("body", None)
    return (dict.fromkeys(PLUMAGE, body) if body else {}) | named


# --- GAN, GAN-CLS, GAN-INT, GAN-INT-CLS; DF-GAN ------------------------------------------------------------------

def prepare_text_gan(order: Order) -> Prepared:
    """Two fresh players, or the pair to continue from, and pictures with the vectors of their captions."""
    encoder, data = sample.load_encoder(), pictures(order, augment.load_size(SIZE))
    paper = sample.PAPERS[order.name]
    config, recipe = paper.RECIPES[order.variant][order.profile]
    config = replace(config, text_dim=encoder.config.text_dim, **gan_cls.FAMILY.get(order.name, {}))
    recipe = with_steps(recipe, order)
    game = continued(paper.build(config), order)
    batches = TextBatches(data, encoder, recipe.batch, config.noise_dim, order.seed, size=SIZE)
    return Prepared(game, config, recipe, batches, data.card)


def gan_weights(state: TrainState) -> dict[str, Tensor]:
    """The averaged generator, and the discriminator as it stands."""
    return (checkpoint.ship_weights(state.average.module.state_dict(), "generator")
            | checkpoint.ship_weights(state.task.discriminator.state_dict(), "discriminator"))


def gan_picture(state: TrainState) -> Tensor:
    """The captions of all chapters, eight noises each, by the averaged generator."""
    captions, config = sample.SHOWN_CAPTIONS, state.task.config
    text = sample.load_encoder().encode(list(captions)).repeat_interleave(8, 0)
    noise = torch.randn(8, config.noise_dim, generator=runtime.generator(0)).repeat(len(captions), 1)
    return sample.draw_all(state.average.module, noise, text).unflatten(0, (-1, 8))


TEXT_GAN = Job(prepare_text_gan, gan_weights, measuring.gan, headline="faithfulness", needs=("bilstm",),
               judges=("probe", "second_probe", "char_cnn_gru"), options=("data", "level", "variant", "from"),
               fit=fit_gan, picture=gan_picture)
TOLD_GAN = Job(prepare_conditional, gan_weights, measuring.told_gan, headline="requested colours",
               judges=("probe", "second_probe", "locator"), options=("level", "variant", "from"), fit=fit_gan,
               picture=told_picture)
JOBS = {
    "probe": Job(prepare_device(lambda: Probe(ProbeConfig()), ProbeBatches, PROBE_RECIPES), device_weights,
                 measuring.probe(sample.load_probe), headline="colours"),
    "second_probe": Job(prepare_device(lambda: SecondProbe(SecondProbeConfig()), ProbeBatches, PROBE_RECIPES,
                                       second_probe.SEED),
                        device_weights, measuring.probe(sample.load_second_probe), headline="colours"),
    "locator": Job(prepare_device(lambda: Locator(LocatorConfig()), LocatorBatches, LOCATOR_RECIPES), device_weights,
                   measuring.locator, headline="box"),
    "bilstm": Job(prepare_bilstm, joint_weights, measuring.joint, headline="retrieval", options=("data", "level")),
    "char_cnn_gru": Job(prepare_char_cnn_gru, joint_weights, measuring.joint, headline="retrieval",
                        options=("data", "level")),
    "gan": Job(prepare_gan, gan_weights, measuring.digit_gan, headline="recognised", options=("variant",), fit=fit_gan,
               picture=digit_picture, world=digits.NAME),
    **dict.fromkeys(reversed(gan_cls.FAMILY), TEXT_GAN),
    "dcgan": Job(prepare_dcgan, gan_weights, measuring.dcgan, headline="coverage", judges=("probe", "locator"),
                 options=("data", "level", "variant", "from"), fit=fit_gan, picture=dtold_picture),
    **dict.fromkeys(reversed(sample.TOLD), TOLD_GAN),
    "df_gan": TEXT_GAN,
}
"""The queue, in the order in which `t2i train --missing` goes through it."""


def check_options(order: Order) -> None:
    """Raises: ValueError for an option that would be silently ignored."""
    if order.data and order.level:
        raise ValueError("either --data or --level should be given, got both; a folder has no level")
    given = {"data": order.data, "level": order.level, "variant": order.variant != "steady", "from": order.start}
    for option, value in given.items():
        if value and option not in job(order.name).options:
            raise ValueError(f"{order.name} should be trained without --{option}, which means nothing for it; leave it "
                             "out")


def job(name: str) -> Job:
    """The job of a name.

    Raises: ValueError with the names there are.
    """
    if name not in JOBS:
        raise ValueError(f"the name should be one of {', '.join(JOBS)}, got {name!r}")
    return JOBS[name]
