"""Chapter 04: the training step of a joint embedding, judged by what it does to two small encoders."""

from collections.abc import Callable
from copy import deepcopy
from typing import NamedTuple

import torch
from torch import Tensor, nn

from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.behaviour import arrived, recognise, untouched
from t2ilib.losses import matching_loss
from t2ilib.text.encoder import BiLSTM, BiLSTMConfig
from t2ilib.text.joint import ImageEncoder, JointEmbedding, PairBatch

WORDS = tuple("a bird black blue red white wings with".split())
SIZE, DIM = 32, 8
REPEATS = 8                 # steps on one batch
ERRORS = {                  # part of an error's message -> what it means here
    "does not require grad": "nothing leads from this loss back to a weight: one `detach()` or `no_grad()` too many",
    "call .eval() on the encoder": "`encode` is for evaluation, without gradients: call the encoder itself",
    "has no attribute 'norm'": "`text_encoder(tokens)` has several results; the sentence vectors are its `.text`",
    "has no attribute 'float'": "`text_encoder(tokens)` has several results; the sentence vectors are its `.text`",
}
KNOWN = {                   # what a gradient is recognised as -> what came, and the likely mistake
    "uphill": ("its opposite", "the sign: an optimiser goes down, so hand it the loss as it is"),
    "no labels": ("that of pairs that are all rivals", "the batch's own `labels` belong to the loss"),
    "texts alone": ("that of texts among themselves", "the second argument of the loss is the pictures' vectors"),
    "pictures alone": ("that of pictures among themselves", "the first argument of the loss is the texts' vectors"),
}


def loss(text: Tensor, image: Tensor, labels: Tensor) -> Tensor:
    """The loss that the step is given: texts (B, E), pictures (B, E), labels (B,) -> scalar."""
    return matching_loss(10 * JointEmbedding.scores(text, image), labels)


class Move(NamedTuple):
    """One step of the optimiser, as it was when it began."""

    text: Tensor | None             # gradient of the text encoder, in a row; None if nothing arrived
    image: Tensor | None
    encoders: tuple[nn.Module, nn.Module]       # copies
    batch: PairBatch                # the batch that was given out last


class Stage:
    """Two small encoders in evaluation mode, as a measurement leaves them, and an optimiser that is watched."""

    def __init__(self, seed: int = 1, optimizer: type = torch.optim.SGD, rate: float = 0.2):
        self.stream, self.moves, self.trained = torch.Generator().manual_seed(seed), [], {}
        with torch.random.fork_rng(devices=()):
            torch.manual_seed(seed)
            config = BiLSTMConfig(WORDS, word_dim=6, text_dim=DIM, dropout=0.0, forget=0.0)
            self.encoders = BiLSTM(config).eval(), ImageEncoder(DIM, channels=2).eval()
        self.copies = deepcopy(self.encoders)
        weights = [weight for encoder in self.encoders for weight in encoder.parameters()]
        self.optimizer = optimizer(weights, lr=rate)
        self.optimizer.register_step_pre_hook(lambda *_: self._note())
        for name, encoder in zip(("text", "image"), self.encoders):
            encoder.register_forward_pre_hook(lambda module, _, name=name: self.trained.update({name: module.training}))

    def draw(self, count: int = 6) -> PairBatch:
        """A batch of noise: pictures, sentences of three to six words, and labels of which two are equal."""
        image = torch.randn(count, 3, SIZE, SIZE, generator=self.stream)
        tokens = torch.randint(2, 2 + len(WORDS), (count, 6), generator=self.stream)
        ends = torch.randint(3, 7, (count, 1), generator=self.stream)
        labels = 5 + torch.arange(count)
        labels[-1] = labels[0]
        return PairBatch(image, tokens * (torch.arange(6) < ends), labels)

    def play(self, step: Callable, batch: PairBatch | None = None) -> tuple[list[Move], object]:
        """One call of a `training_step`: the moves it made, and what it returned."""
        before, self.batch = len(self.moves), batch or self.draw()
        with untouched():
            got = step(*self.encoders, self.optimizer, PairBatch(*map(Tensor.clone, self.batch)), loss)
        return self.moves[before:], got

    def _note(self) -> None:
        now = deepcopy(self.copies)
        for copy, original in zip(now, self.encoders):
            copy.load_state_dict(original.state_dict())
        self.moves.append(Move(*map(arrived, self.encoders), now, self.batch))


def one_move(answer):
    """the optimiser moves once"""
    moves = _played(Stage(), answer)
    if isinstance(moves, Wrong) or len(moves) == 1:
        return moves if isinstance(moves, Wrong) else None
    return Wrong("one move", f"{len(moves)} of them", "one batch, one `step()`" if moves
                 else "nobody moved: the optimiser needs a `step()`")


def in_training_mode(answer):
    """both encoders in training mode, though they come in evaluation mode"""
    stage = Stage()
    stage.play(answer)
    for name, what in (("text", "dropout, and forgotten words"), ("image", "the statistics of its batch")):
        if name not in stage.trained:
            return Wrong(f"a look at the {name}", "none", f"the {name} encoder was not asked")
        if not stage.trained[name]:
            return Wrong("training mode", f"evaluation mode of the {name} encoder",
                         f"call `{name}_encoder.train()`: without it, there is no {what}")
    return None


def both_learn(answer):
    """a gradient arrives at both encoders"""
    (move,), _ = Stage().play(answer)
    if move.text is None and move.image is None:
        return Wrong("two gradients", "none", "is there a `backward()` before the `step()`, and no `zero_grad()` "
                                              "between them?")
    for name, gradient in (("text", move.text), ("image", move.image)):
        if gradient is None:
            return Wrong("two gradients", f"none at the {name} encoder",
                         f"the {name} vectors were detached, or made under `no_grad()`: both encoders learn")
    return None


def right_way(answer):
    """the gradient of the loss of this batch"""
    (move,), _ = Stage().play(answer)
    return _wrong_gradient(move)


def starts_afresh(answer):
    """the next step starts afresh"""
    stage = Stage()
    stage.play(answer)
    (move,), _ = stage.play(answer)
    if move.text is None or move.image is None:
        return Wrong("both learn again", "one does not", "weights that were frozen have to be thawed")
    return _wrong_gradient(move) and Wrong("the gradient of this batch alone", "more than that",
                                           "what the step before left is still in it: `zero_grad()` before each "
                                           "`backward()`")


def any_batch(answer):
    """batches of any size"""
    for count in (3, 9):
        stage = Stage()
        try:
            (move,), _ = stage.play(answer, stage.draw(count))
        except (RuntimeError, ValueError, IndexError) as error:
            return Wrong(f"a step with {count} pairs", f"{type(error).__name__}: {str(error)[:80]}",
                         "a batch size is written into the step: take it from the batch")
        wrong = _wrong_gradient(move)
        if wrong:
            return wrong
    return None


def loss_falls(answer):
    """on the same batch again and again, the loss falls"""
    stage = Stage(optimizer=torch.optim.Adam, rate=0.001)
    batch = stage.draw()
    losses = [_loss_of(stage.play(answer, batch)[0][0]) for _ in range(REPEATS)]
    return None if losses[-1] < 0.3 * losses[0] else Wrong(
        "a loss that falls", [losses[0], losses[-1]], "the first step was right, the later ones hardly move: does it "
        "change the optimiser, or put weights back?")


def number_for_the_log(answer):
    """it returns the loss, a plain number"""
    moves, got = Stage().play(answer)
    expected = _loss_of(moves[0])
    if got is None:
        return Wrong(expected, "nothing", "return the loss of the batch, for the log")
    if isinstance(got, Tensor):
        return Wrong(expected, "a tensor", "`item()` makes a number of it; a tensor holds on to all that was computed")
    return None if abs(float(got) - expected) < 1e-4 else Wrong(
        expected, float(got), "the loss of which the gradient was taken: before the move, one number a batch")


def _played(stage, answer):
    """The moves, or what an error means here."""
    try:
        return stage.play(answer)[0]
    except (RuntimeError, AssertionError, AttributeError) as error:
        words = next((words for part, words in ERRORS.items() if part in str(error)), "")
        if not words:
            raise
        return Wrong("a step without an error", f"{type(error).__name__}: {str(error)[:60]}", words)


def _vectors(move):
    text, image = (encoder.train() for encoder in move.encoders)
    return text(move.batch.tokens).text, image(move.batch.image)


def _loss_of(move):
    """The loss of a move's batch, before the move."""
    with torch.no_grad():
        return float(loss(*_vectors(move), move.batch.labels))


def _wrong_gradient(move):
    """What is wrong with the gradient of a move, both encoders in a row."""
    if move.text is None or move.image is None:
        return Wrong("two gradients", "one", "both encoders learn")
    text, image = _vectors(move)
    labels, rivals = move.batch.labels, torch.arange(len(text))
    known = {"right": loss(text, image, labels), "no labels": loss(text, image, rivals)}
    known |= {"uphill": -known["right"], "texts alone": loss(text, text, rivals) + 0 * image.sum(),
              "pictures alone": loss(image, image, rivals) + 0 * text.sum()}
    weights = [weight for encoder in move.encoders for weight in encoder.parameters()]
    rows = {name: torch.cat([part.flatten() for part in torch.autograd.grad(one, weights, retain_graph=True)])
            for name, one in known.items()}
    name, factor = recognise(torch.cat([move.text, move.image]), rows)
    if name == "right" and 0.4 < factor < 2.5:
        return None
    if name == "right":
        return Wrong("the loss as it is", f"{factor:.2g} times that", "it is a mean already: do not add it up")
    return Wrong("the slope of the loss", *KNOWN.get(name, ("another", "the loss takes the texts' vectors, the "
                                                            "pictures' vectors and the labels of this batch")))


training_step = Exercise(
    id="text_training.training_step",
    title="train both encoders",
    minutes=20,
    difficulty=3,
    text="One step of a joint embedding. `batch` has `.image` (B, 3, S, S), `.tokens` (B, T) and `.labels` (B,). "
         "`text_encoder(tokens).text` are the sentence vectors (B, E), `image_encoder(image)` those of the pictures, "
         "and `loss(text, image, labels)` is a scalar. `optimizer` holds the weights of *both*. Move once, with the "
         "gradient of this batch alone, and return the loss as a plain number. The encoders may come in evaluation "
         "mode; they learn in training mode. The check does not read your code: it watches two small encoders move.",
    hints=(
        "Which of the two encoders should learn, and in which mode do dropout and batch statistics work?",
        "Switch both to training mode, ask both, compute one loss; then the three lines that move: `zero_grad()`, "
        "`backward()`, `step()`.",
        "`text_encoder.train()` and `image_encoder.train()`; `value = loss(text_encoder(batch.tokens).text, "
        "image_encoder(batch.image), batch.labels)`; the three lines; `return value.item()`.",
    ),
    checks=(one_move, in_training_mode, both_learn, right_way, starts_afresh, any_batch, loss_falls,
            number_for_the_log),
    explanation="Neither side is the teacher: both move towards each other, in one step along one loss. Later, in a "
                "text-to-image model, the text encoder is in evaluation mode and frozen. Whoever trains in that mode "
                "by mistake gets no error, only an encoder that learned without dropout.",
)
