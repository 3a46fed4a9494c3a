"""Chapter 01: Algorithm 1 by hand, judged by what it does to two small players."""

from collections.abc import Callable, Sequence
from functools import partial

import torch

from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.behaviour import Move, Table, d_gradients, g_gradients, recognise

D_WANTS = "the slope of -log D(x) - log(1 - D(G(z)))"
G_WANTS = "the slope of -log D(G(z))"
ERRORS = {      # part of PyTorch's message -> what it means here
    "through the graph a second time": "the fakes still hang on G: `detach()` them in D's step, or draw them anew",
    "modified by an inplace operation": "D moved after it gave these answers: ask it again for G's loss",
    "does not require grad": "nothing leads from this loss back to a weight: one `detach()` or `no_grad()` too many",
    "should be between 0 and 1": "D gives logits, not probabilities: `binary_cross_entropy_with_logits` takes those",
}
THAW = "weights that were frozen have to be thawed"
BACKWARD = "is there a `backward()` before its `step()`, and no `zero_grad()` between them?"
D_MISTAKES = {  # what the gradient is recognised as -> what came, and the likely mistake
    "swapped": ("that of -log(1 - D(x)) - log D(G(z))", "the labels are swapped: D learns to call real samples fake"),
    "uphill": ("its opposite", "the sign: an optimiser goes down, so D lowers -V to raise V"),
    "real only": ("that of -log D(x)", "D was shown no fakes: saying yes to everything is enough"),
    "fake only": ("that of -log(1 - D(G(z)))", "D was shown no real samples: saying no to everything is enough"),
    "all real": ("that of -log D(x) - log D(G(z))", "fakes are called real: they need the label 0 in D's step"),
    "all fake": ("that of -log(1 - D(x)) - log(1 - D(G(z)))", "real samples are called fake: they need the label 1"),
    "both losses": ("that, and that of G's loss", "G's loss went backward before D moved, and pushed D, too"),
    "sigmoid twice": ("nearly that", "a sigmoid too many: D gives logits, and this loss takes the sigmoid itself"),
}
G_MISTAKES = {
    "saturating": ("that of log(1 - D(G(z)))", "this is the minimax loss: it saturates, and hardly pulls while D is "
                                               "sure. Lower -log D(G(z)) instead"),
    "saturating uphill": ("that of -log(1 - D(G(z)))", "label 0 in G's step: G helps D to find its fakes"),
    "uphill": ("that of log D(G(z))", "the sign: this move lowers D(G(z))"),
    "old D": ("that of D before its move", "G answers yesterday's D: ask D again after it has moved"),
    "left over": ("that, and that of D's loss", "D's step left a gradient in G: `detach()` its fakes, or call G's "
                                                "`zero_grad()` before G's `backward()`"),
    "D's loss": ("that of D's loss", "D's loss went backward into G, and no loss of G's own did"),
    "sigmoid twice": ("nearly that", "a sigmoid too many: D gives logits, and this loss takes the sigmoid itself"),
}

# Station 1: one step


def in_turn(answer):
    """D moves once, then G once"""
    table = Table()
    return _wrong_order(_played(table, lambda: table.play(answer)), "DG", table)


def d_learns(answer):
    """D's move: yes to real samples, no to fakes"""
    return _wrong_d(Table().play(answer)[0])


def g_learns(answer):
    """G's move: D is to say yes to its fakes"""
    d_move, g_move = Table().play(answer)
    return _wrong_g(g_move, d_move)


def starts_afresh(answer):
    """the next step starts afresh"""
    table = Table()
    table.play(answer)
    return _wrong_again(_played(table, lambda: table.play(answer)))


def any_batch(answer):
    """batches of any size"""
    for size in (3, 1):
        try:
            moves = Table(batch=size).play(answer)
        except (RuntimeError, ValueError, IndexError) as error:
            return Wrong(f"a step with {size} samples", f"{type(error).__name__}: {str(error)[:80]}",
                         "a batch size is written into the step: take it from `real`")
        wrong = _wrong_d(moves[0]) or _wrong_g(moves[1], moves[0])
        if wrong:
            return wrong
    return None


training_step = Exercise(
    id="gan_training.training_step",
    title="write the training step",
    minutes=25,
    difficulty=4,
    text="Algorithm 1 with k = 1: move D once, then G once, on one batch. `discriminator(samples)` gives logits (B,), "
         "`generator(noise)` fakes; `real` and `noise` are tensors (B, ...). Each optimiser holds the weights of its "
         "player. D lowers -log D(x) - log(1 - D(G(z))), with means over the batch; G lowers the non-saturating loss "
         "-log D(G(z)). Remember that gradients add up until `zero_grad()`. The check does not read your code: it "
         "watches two small players move.",
    hints=(
        "Who must not learn from D's loss, although D's loss is computed from what it drew?",
        "Three lines move a player: `zero_grad()`, `loss.backward()`, `step()`. Do it for D with detached fakes; then "
        "ask the moved D again about attached fakes, and do it for G.",
        "With `softplus` of `torch.nn.functional`, -log D is `softplus(-logits)` and -log(1 - D) is "
        "`softplus(logits)`. D's loss: the mean of the first on `discriminator(real)` plus the mean of the second on "
        "`discriminator(generator(noise).detach())`.",
    ),
    checks=(in_turn, d_learns, g_learns, starts_afresh, any_batch),
    explanation="The fakes of D's step are detached, so D learns and G does not pay for it. G's step asks D anew, "
                "since D has moved. Its backward pass leaves gradients in D as well: nobody uses them, and D's "
                "`zero_grad()` wipes them at the next step.",
)


# Station 2: k steps of D for each of G


def k_then_one(answer):
    """k = 3: three moves of D, then one of G"""
    table = Table()
    return _wrong_order(_played(table, lambda: table.play_inner(answer, 3)), "DDDG", table)


def fresh_each_time(answer):
    """a fresh batch for each move of D"""
    table = Table()
    moves = table.play_inner(answer, 3)[:3]
    if len(table.given) < 3:
        return Wrong("next_batch() at least 3 times", f"{len(table.given)} call(s)",
                     "D moves on the same batch again and again: ask for one inside the loop")
    used = [_batch_of(move, table) for move in moves]
    if used[0] is None:
        return _wrong_d(moves[0])
    if None in used:
        return Wrong("the gradient of each batch alone", f"more in move {used.index(None) + 1}",
                     "`zero_grad()` belongs into the loop: the batches before are still in the gradient")
    if len(set(used)) < 3:
        return Wrong("three different batches", f"batches {used}", "D moves on the same batch again and again")
    if any(torch.equal(a.noise, b.noise) for a, b in zip(moves, moves[1:])):
        return Wrong("fresh fakes for each move", "the same noise", "draw the fakes inside the loop, from fresh noise")
    return next(filter(None, (_wrong_d(move._replace(real=_real_of(move, table))) for move in moves)), None)


def g_learns_last(answer):
    """then G learns from the D of now"""
    *_, d_move, g_move = Table().play_inner(answer, 3)
    return _wrong_g(g_move, d_move)


def one_is_the_simple_step(answer):
    """k = 1 and k = 5, one after the other"""
    table = Table()
    for k in (1, 5):
        moves = _played(table, partial(table.play_inner, answer, k))
        wrong = _wrong_order(moves, "D" * k + "G", table)
        if wrong:
            return wrong
        *_, d_move, g_move = moves
        wrong = _wrong_again([d_move._replace(real=_real_of(d_move, table)), g_move])
        if wrong:
            return wrong
    return None


inner_steps = Exercise(
    id="gan_training.inner_steps",
    title="let D run ahead",
    minutes=15,
    difficulty=3,
    text="Algorithm 1 for any k: D moves k times, then G once. `next_batch()` returns fresh `real, noise` each time it "
         "is called, and each move of D takes a batch of its own, real samples and fakes. The losses are those of "
         "`training_step`; G's may use the last noise or fresh noise.",
    hints=(
        "Which lines of your training step must be inside the loop, and which behind it?",
        "The loop holds all that D's move needs: a batch, fakes from its noise, a loss, `zero_grad`, `backward` and "
        "`step`.",
        "`for _ in range(k):`, then `real, noise = next_batch()`, then D's half of the training step. G's half follows "
        "once, outside the loop.",
    ),
    checks=(k_then_one, fresh_each_time, g_learns_last, one_is_the_simple_step),
    explanation="With more moves D comes nearer to the best answer to this generator, so what G learns from is nearer "
                "to C(G). Fresh batches matter: on the same one D would learn these samples by heart.",
)


# What is wrong with moves


def _played(table: Table, game: Callable) -> Sequence[Move] | Wrong:
    """The moves, or what an error of PyTorch means here."""
    frozen = table.frozen()
    try:
        return game()
    except RuntimeError as error:
        if frozen and "does not require grad" in str(error):
            return Wrong("both move again", f"{' and '.join(frozen)} cannot", THAW)
        words = next((words for part, words in ERRORS.items() if part in str(error)), "")
        if not words:
            raise
        return Wrong("a step without an error", f"RuntimeError: {str(error)[:60]}...", words)


def _wrong_order(moves, expected, table):
    if isinstance(moves, Wrong):
        return moves
    got = "".join(move.player for move in moves)
    if got == expected:
        return None
    k = len(expected) - 1
    if not got and table.moved():
        mistake = "weights moved, but not by the optimisers that were given: take these, and make none of your own"
    elif not got:
        mistake = "nobody moved: both optimisers need a `step()`"
    elif "D" not in got or "G" not in got:
        mistake = f"{'G' if 'D' in got else 'D'} never moved: its optimiser needs a `step()`"
    elif got.startswith("G"):
        mistake = "G moved first: in Algorithm 1 D answers first, and G learns from what D has learned"
    elif got == "DG" * k:
        mistake = "G moved inside the loop: its half belongs behind it"
    elif got.count("D") != k:
        mistake = f"D's optimiser stepped {got.count('D')} times where {k} is asked for"
    else:
        mistake = f"G's optimiser stepped {got.count('G')} times: it moves once, after D"
    return Wrong(" ".join(expected), " ".join(got) or "no move", mistake)


def _wrong_d(move):
    if move.noise is None:
        return Wrong("fakes", "none drawn before D moved", "call `generator(noise)` and show D what comes")
    if move.gradient is None:
        return Wrong(D_WANTS, "nothing", f"no gradient arrived at D: {BACKWARD}")
    name, factor = recognise(move.gradient, d_gradients(move))
    return _wrong_gradient(D_WANTS, factor, None if name == "right" else D_MISTAKES.get(
        name, ("another", "D's loss has two terms and nothing else: real samples with label 1, fakes with label 0")))


def _wrong_g(move, d_move):
    if move.gradient is None:
        idle = move.other is None or d_move.gradient is not None and torch.equal(move.other, d_move.gradient)
        return Wrong(G_WANTS, "nothing",
                     f"no gradient arrived at G: {BACKWARD}" if idle else
                     "G never moves: its own fakes must not be detached, or drawn under `no_grad()`, and its loss is "
                     "D's answer to them, not to `real`")
    known = g_gradients(move, d_move.discriminator)
    name, factor = recognise(move.gradient, known)
    if not name and d_move.other is not None:           # what G held already when D moved
        fresh = recognise(move.gradient - d_move.other, known)[0]
        name = "left over" if fresh == "right" else ""
    return _wrong_gradient(G_WANTS, factor, None if name == "right" else G_MISTAKES.get(
        name, ("another", "G's loss asks D about fresh fakes, with label 1, and about nothing else")))


def _wrong_gradient(expected, factor, mistake):
    if mistake:
        return Wrong(expected, *mistake)
    if 0.4 < factor < 2.5:              # both halves averaged together is as good
        return None
    return Wrong("a mean over the batch", f"{factor:.2g} times that",
                 "a sum grows with the batch, and so does the move: take means" if factor > 1 else
                 "this loss was divided by something more: the mean over its own batch is all")


def _wrong_again(moves):
    """What is wrong with the moves of a later step that were right in the first."""
    if isinstance(moves, Wrong):
        return moves
    d_move, g_move = moves
    if d_move.gradient is None or g_move.gradient is None:
        player = "D" if d_move.gradient is None else "G"
        return Wrong("both move again", f"{player} does not", THAW)
    for move, wrong in ((d_move, _wrong_d(d_move)), (g_move, _wrong_g(g_move, d_move))):
        if wrong:
            return Wrong("the gradient of this batch alone", f"more than that in {move.player}",
                         "what the step before left is still in it: `zero_grad()` before each `backward()`")
    return None


def _batch_of(move, table):
    """The number of the batch on which D moved, or None."""
    if move.gradient is None or move.noise is None:
        return None
    known = (d_gradients(move._replace(real=batch.real)) for batch in table.given)
    return next((i for i, each in enumerate(known) if recognise(move.gradient, each)[0] == "right"), None)


def _real_of(move, table):
    """The real samples on which D moved; those of the last batch if that cannot be said."""
    return table.given[_batch_of(move, table) or 0].real
