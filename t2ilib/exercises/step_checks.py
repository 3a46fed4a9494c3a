"""What must hold for one training step of two players, whatever they play: who moves, in turn, and afresh."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from t2ilib.exercises import Wrong
from t2ilib.exercises.behaviour import recognise
from t2ilib.exercises.cls_behaviour import Move
from t2ilib.exercises.gan_training import THAW


@dataclass(frozen=True)
class StepChecks:
    """The checks that chapters share; each method takes a learner's `training_step` and is a check of an exercise."""

    table: Callable                             # () or (size) -> where a step is played, such as `cls_behaviour.Table`
    wrong_d: Callable                           # (move of D) -> Wrong or None: did D follow its own gradient?
    wrong_g: Callable                           # (move of G, the D of then) -> the same for G
    says: Mapping[str, str]                     # part of an error's message -> what it means here

    def in_turn(self, answer):
        """D moves once, then G once"""
        table = self.table()
        moves = tried(lambda: table.play(answer), self.says)
        if isinstance(moves, Wrong):
            return moves
        order = "".join(move.player for move in moves)
        return None if order == "DG" else Wrong("D G", " ".join(order) or "no move", order_words(order, table.moved()))

    def starts_afresh(self, answer):
        """the next step starts afresh"""
        table = self.table()
        table.play(answer)
        frozen = table.frozen()
        moves = tried(lambda: table.play(answer), self.says)
        if isinstance(moves, Wrong):
            return Wrong("both move again", "frozen weights", THAW) if frozen else moves
        for move, wrong in self.judged(*moves):
            if wrong:
                return Wrong("both move again", f"{move.player} does not", THAW) if move.gradient is None else Wrong(
                    "the gradient of this batch alone", f"more than that in {move.player}",
                    "what the step before left is still in it: `zero_grad()` before each `backward()`")
        return None

    def any_batch(self, answer):
        """batches of any size"""
        for size in (3, 1):
            try:
                moves = self.table(size).play(answer)
            except (RuntimeError, ValueError, IndexError) as error:
                return Wrong(f"a step with {size} picture(s)", f"{type(error).__name__}: {str(error)[:80]}",
                             "a batch size is written into the step: take it from the batch")
            wrong = next((wrong for _, wrong in self.judged(*moves) if wrong), None)
            if wrong:
                return wrong
        return None

    def g_is_left_alone(self, answer):
        """D's step leaves no gradient in G"""
        move = self.table().play(answer)[0]
        return None if move.other is None else Wrong(
            "no gradient in G", "one", "draw the fakes of D's loss under `no_grad()`, or `detach()` them; and let G's "
                                       "loss go backward after D has moved")

    def d_stays(self, answer):
        """D does not move in G's step"""
        table = self.table()
        g_move = table.play(answer)[1]
        now, before = (player.state_dict() for player in (table.discriminator, g_move.discriminator))
        return None if all(now[name].equal(before[name]) for name in now) else Wrong(
            "D as it was", "another D", "G's step moved D's weights: only G's optimiser steps there")

    def judged(self, d_move, g_move) -> tuple:
        """Each move with what is wrong about its gradient."""
        return (d_move, self.wrong_d(d_move)), (g_move, self.wrong_g(g_move, d_move.discriminator))


def tried(play: Callable, says: Mapping[str, str]) -> object:
    """What `play()` gives, or what its error means; an error that `says` does not know is the learner's to see."""
    try:
        return play()
    except (RuntimeError, AttributeError, TypeError, ValueError) as error:
        words = next((words for part, words in says.items() if part in str(error)), "")
        if not words:
            raise
        return Wrong("no error", f"{type(error).__name__}: {str(error)[:60]}", words)


def order_words(order: str, weights_moved: bool) -> str:
    """What is wrong with an order of moves such as "DDG"."""
    if not order:
        return ("weights moved, but not by the optimisers that were given: take these, and make none of your own"
                if weights_moved else "nobody moved: both optimisers need a `step()`")
    if len(set(order)) == 1:
        return f"{'G' if 'D' in order else 'D'} never moved: its optimiser needs a `step()`"
    if order[0] == "G":
        return "G moved first: D answers first, and G learns from what D has learned"
    if order == "DGD":
        return "D moved again in G's step: G lowers its loss by its own weights alone"
    return ("one `step()` for each player: add the terms of a loss up, with the penalty if there is one, and go "
            "backward once")


def wrong_text(move: Move) -> Wrong | None:
    """What is wrong with the text that G was asked to draw."""
    asked, batch = move.drawn.text, move.batch
    if torch.equal(asked, batch.text):
        return None
    return Wrong("`batch.text` for G", "`batch.wrong_text`" if torch.equal(asked, batch.wrong_text) else "another text",
                 f"in {move.player}'s step: wrong texts are for real pictures alone, and G draws the right one")


def wrong_gradient(move: Move, known: dict[str, Tensor], mistakes: dict, other: Wrong) -> Wrong | None:
    """What is wrong with a gradient, by the mistake whose gradient it is: "no fakes", or "no fakes, half" of it."""
    name, factor = recognise(move.gradient, known)
    name = name.removesuffix(", half")
    if name != "right":
        return Wrong(other.expected, *mistakes[name]) if name else other
    if 0.4 < factor < 2.5:              # all terms averaged together is as good
        return None
    return Wrong("a mean over the batch", f"{factor:.2g} times that",
                 "a sum grows with the batch, and so does the move: take means" if factor > 1 else
                 "this loss was divided by something more: the mean over its own batch is all")
