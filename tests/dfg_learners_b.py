"""How learners train, measure, diagnose and experiment with DF-GAN, rightly and wrongly; with what they are told."""

import numpy as np
import torch
from dfg_learners import named, nothing, penalty_of, sixth, squares, weighed
from scipy.stats import linregress, norm
from torch.nn import functional as F

from t2ilib.exercises.answers.dfg_diagnosis import find_cause
from t2ilib.exercises.answers.dfg_judging import hinge
from t2ilib.exercises.answers.dfg_measure import channel_table, truncated_noise
from t2ilib.exercises.answers.dfg_penalty import gradient_penalty
from t2ilib.losses import gradient_penalty as library_penalty
from t2ilib.losses import hinge_no, hinge_yes
from t2ilib.papers.df_gan import Config

# dfg_training.training_step, rightly


def move(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def drawn(game, batch):
    return game.generator(batch.noise, batch.text)


def penalty(game, batch, fake):
    return gradient_penalty(game.discriminator, batch.image, fake, batch.text, batch.wrong_text)


def g_loss(game, batch):
    return -game.discriminator(drawn(game, batch), batch.text)[0].mean()


def as_in_the_library(game, optimizers, batch):
    """One look at the real picture serves both texts and the penalty; one drawing serves both steps."""
    image, text = batch.image.requires_grad_(), batch.text.requires_grad_()
    fake = game.generator(batch.noise, text.detach())
    s_r, s_w = game.discriminator(image, text, batch.wrong_text)
    s_f, = game.discriminator(fake.detach(), text)
    slope = 2 * library_penalty(s_r, image, text, power=6)
    move(optimizers["discriminator"], hinge_yes(s_r) + (hinge_no(s_w) + hinge_no(s_f)) / 2 + slope)
    s_f, = game.discriminator(fake, text.detach())
    move(optimizers["generator"], -s_f.mean())


def frozen_and_fresh(game, optimizers, batch):
    """G is frozen in D's step and D in G's, each with fresh noise; terms go backward one by one."""
    def fakes():
        return game.generator(torch.randn_like(batch.noise), batch.text)

    d, g = optimizers["discriminator"], optimizers["generator"]
    game.generator.requires_grad_(False)
    d.zero_grad()
    fake = fakes()
    s_r, s_w = game.discriminator(batch.image, batch.text, batch.wrong_text)
    for term in (F.relu(1 - s_r).mean() + F.relu(1 + s_w).mean() / 2,
                 F.relu(1 + game.discriminator(fake, batch.text)[0]).mean() / 2, penalty(game, batch, fake)):
        term.backward()
    d.step()
    game.generator.requires_grad_(True)
    game.discriminator.requires_grad_(False)
    move(g, -game.discriminator(fakes(), batch.text)[0].mean())
    game.discriminator.requires_grad_(True)


def slopes_by_hand(game, optimizers, batch):
    """Gradients of losses, written into the weights."""
    def descend(name, loss):
        weights = list(getattr(game, name).parameters())
        for weight, slope in zip(weights, torch.autograd.grad(loss, weights, allow_unused=True)):
            weight.grad = slope
        optimizers[name].step()
        getattr(game, name).zero_grad()

    fake = drawn(game, batch).detach()
    said = *game.discriminator(batch.image, batch.text, batch.wrong_text), *game.discriminator(fake, batch.text)
    descend("discriminator", hinge(*said) + penalty(game, batch, fake))
    descend("generator", g_loss(game, batch))


# and wrongly


def steps(d=hinge, valley=gradient_penalty, g=g_loss):
    """The reference, with the hinge, the penalty or G's loss changed."""
    def step(game, optimizers, batch):
        with torch.no_grad():
            fake = drawn(game, batch)
        said = *game.discriminator(batch.image, batch.text, batch.wrong_text), *game.discriminator(fake, batch.text)
        loss = d(*said) + valley(game.discriminator, batch.image, fake, batch.text, batch.wrong_text)
        move(optimizers["discriminator"], loss)
        move(optimizers["generator"], g(game, batch))
    return step


def no_valley(*given):
    return 0.0


def d_by(pairs):
    """D's loss from pairs of its own choice: (discriminator, batch, fake) -> s_r, s_w, s_f."""
    def step(game, optimizers, batch):
        fake = drawn(game, batch).detach()
        said = pairs(game.discriminator, batch, fake)
        move(optimizers["discriminator"], hinge(*said) + penalty(game, batch, fake))
        move(optimizers["generator"], g_loss(game, batch))
    return step


def judged(weigh, text="text"):
    """A loss of G by D's answers to its pictures."""
    return lambda game, batch: weigh(game.discriminator(drawn(game, batch), getattr(batch, text))[0])


def d_part(game, batch, fake):
    said = *game.discriminator(batch.image, batch.text, batch.wrong_text), *game.discriminator(fake, batch.text)
    return hinge(*said) + penalty(game, batch, fake)


def never_zeroed(game, optimizers, batch):
    d_part(game, batch, drawn(game, batch).detach()).backward()
    optimizers["discriminator"].step()
    g_loss(game, batch).backward()
    optimizers["generator"].step()


def d_loss_runs_into_g(game, optimizers, batch):
    move(optimizers["discriminator"], d_part(game, batch, drawn(game, batch)))
    move(optimizers["generator"], g_loss(game, batch))


def g_moves_d_too(game, optimizers, batch):
    move(optimizers["discriminator"], d_part(game, batch, drawn(game, batch).detach()))
    optimizers["discriminator"].zero_grad()
    move(optimizers["generator"], g_loss(game, batch))
    optimizers["discriminator"].step()


def d_moved_by_hand(game, optimizers, batch):
    move(optimizers["discriminator"], d_part(game, batch, drawn(game, batch).detach()))
    move(optimizers["generator"], g_loss(game, batch))
    with torch.no_grad():
        for weights in game.discriminator.parameters():
            weights -= 0.01 * weights.grad


def second_step_for_the_penalty(game, optimizers, batch):
    fake = drawn(game, batch).detach()
    said = *game.discriminator(batch.image, batch.text, batch.wrong_text), *game.discriminator(fake, batch.text)
    move(optimizers["discriminator"], hinge(*said))
    move(optimizers["discriminator"], penalty(game, batch, fake))
    move(optimizers["generator"], g_loss(game, batch))


def slopes_of_yesterdays_d(game, optimizers, batch):
    weights = list(game.generator.parameters())
    slopes = torch.autograd.grad(g_loss(game, batch), weights)
    move(optimizers["discriminator"], d_part(game, batch, drawn(game, batch).detach()))
    for weight, slope in zip(weights, slopes):
        weight.grad = slope
    optimizers["generator"].step()


def g_first(game, optimizers, batch):
    move(optimizers["generator"], g_loss(game, batch))
    move(optimizers["discriminator"], d_part(game, batch, drawn(game, batch).detach()))


def both_at_once(game, optimizers, batch):
    for optimizer in optimizers.values():
        optimizer.zero_grad()
    fake = drawn(game, batch).detach()
    (d_part(game, batch, fake) + g_loss(game, batch)).backward()
    optimizers["discriminator"].step()
    optimizers["generator"].step()


def d_alone(game, optimizers, batch):
    move(optimizers["discriminator"], d_part(game, batch, drawn(game, batch).detach()))


def without_backward(game, optimizers, batch):
    d_part(game, batch, drawn(game, batch).detach())
    optimizers["discriminator"].zero_grad()
    optimizers["discriminator"].step()
    move(optimizers["generator"], g_loss(game, batch))


def g_detached(game, optimizers, batch):
    fake = drawn(game, batch).detach()
    move(optimizers["discriminator"], d_part(game, batch, fake))
    move(optimizers["generator"], -game.discriminator(fake, batch.text)[0].mean())


def d_stays_frozen(game, optimizers, batch):
    move(optimizers["discriminator"], d_part(game, batch, drawn(game, batch).detach()))
    game.discriminator.requires_grad_(False)
    move(optimizers["generator"], g_loss(game, batch))


def own_optimisers(game, optimizers, batch):
    move(torch.optim.Adam(game.discriminator.parameters()), d_part(game, batch, drawn(game, batch).detach()))
    move(torch.optim.Adam(game.generator.parameters()), g_loss(game, batch))


def four_pictures(game, optimizers, batch):
    move(optimizers["discriminator"], d_part(game, batch, drawn(game, batch).detach()))
    move(optimizers["generator"], (g_loss(game, batch) * len(batch.text) / 4))


def g_draws_wrong_text(game, optimizers, batch):
    move(optimizers["discriminator"], d_part(game, batch, game.generator(batch.noise, batch.wrong_text).detach()))
    move(optimizers["generator"], g_loss(game, batch))


def by_the_library(game, optimizers, batch):
    move(optimizers["discriminator"], sum(game.d_loss(batch).values()))
    move(optimizers["generator"], sum(game.g_loss(batch).values()))


def slope_not_asked(game, optimizers, batch):
    s_r, = game.discriminator(batch.image, batch.text)
    slopes = torch.autograd.grad(s_r.sum(), (batch.image, batch.text), create_graph=True)
    move(optimizers["discriminator"], sixth(*(one.flatten(1) for one in slopes)))


TRAINING = {
    named("no_penalty", steps(valley=no_valley)): "the penalty is missing",
    named("no_graph", steps(valley=penalty_of(create=False))): "the penalty is missing",
    named("at_fakes", steps(valley=penalty_of(pair="ft"))): "at fakes D must be steep",
    named("at_wrong_pairs", steps(valley=penalty_of(pair="iw"))): "between right and wrong D must be steep",
    named("no_text", steps(valley=penalty_of(lambda x, e: sixth(x, 0 * e)))): "the text was left out of MA-GP",
    named("no_picture", steps(valley=penalty_of(lambda x, e: sixth(0 * x, e)))): "the picture was left out of MA-GP",
    named("two_lengths", steps(valley=penalty_of(lambda x, e: 2 * (x.norm(dim=1) + e.norm(dim=1)).pow(6).mean()))):
        "that of two lengths",
    named("no_weight", steps(valley=penalty_of(lambda x, e: sixth(x, e) / 2))): "the weight of MA-GP is missing",
    named("penalty_summed", steps(valley=penalty_of(lambda x, e: len(x) * sixth(x, e)))): "MA-GP was summed",
    named("squared", steps(valley=penalty_of(lambda x, e: 2 * squares(x, e).mean()))): "takes the sixth power",
    named("penalty_alone", steps(d=lambda *said: 0.0)): "the hinge losses are missing",
    named("penalty_raised", steps(valley=penalty_of(lambda x, e: -sixth(x, e)))): "the sign of MA-GP",
    named("uphill", steps(lambda *said: -hinge(*said), penalty_of(lambda x, e: -sixth(x, e)))): "plus the penalty",
    named("no_wrong_pair", steps(weighed(1, 0, 1))): "this D never has to read",
    named("no_wrong_pair_half", steps(weighed(1, 0, 0.5))): "this D never has to read",
    named("no_fakes", steps(weighed(1, 1, 0))): "nobody tells fakes",
    named("no_yes", steps(weighed(0, 1, 1))): "saying no to everything is enough",
    named("full_weights", steps(weighed(1, 1, 1))): "noes would outvote it",
    named("turned", steps(weighed(1, 0.5, 0.5, hinge_no, hinge_yes, hinge_yes))): "yes and no changed places",
    named("wrong_is_yes", steps(weighed(1, 0.5, 0.5, wrong=hinge_yes))): "a real picture with a wrong text was called",
    named("fake_is_yes", steps(weighed(1, 0.5, 0.5, fake=hinge_yes))): "fakes were called a yes",
    named("logistic", steps(lambda r, w, f: F.softplus(-r).mean() + (F.softplus(w) + F.softplus(f)).mean() / 2)):
        "here it is the hinge",
    named("no_end", steps(lambda r, w, f: ((w + f) / 2 - r).mean())): "nothing stops at 0",
    named("fake_wrong_text", d_by(lambda d, b, fake: (*d(b.image, b.text, b.wrong_text), *d(fake, b.wrong_text)))):
        "any other text makes its no too easy",
    named("wrong_with_fake", d_by(lambda d, b, fake: (*d(b.image, b.text), *d(fake, b.wrong_text, b.text)))):
        "so D would not have to read",
    named("wrong_unused", d_by(lambda d, b, fake: (*d(b.image, b.text, b.text), *d(fake, b.text)))):
        "the same pair is a yes and a no",
    named("d_summed", steps(lambda *said: 4 * hinge(*said), penalty_of(lambda x, e: 4 * sixth(x, e)))):
        "a sum grows with the batch",
    named("d_tenth", steps(lambda *said: hinge(*said) / 10, penalty_of(lambda x, e: sixth(x, e) / 10))):
        "divided by something more",
    named("least_squares", steps(lambda r, w, f: ((r - 1) ** 2 + (w ** 2 + f ** 2) / 2).mean())):
        "D's loss has three hinge terms",
    named("g_uphill", steps(g=judged(torch.mean))): "so that D's answer rises",
    named("g_hinge", steps(g=judged(hinge_yes))): "G has no margin",
    named("g_logistic", steps(g=judged(lambda said: F.softplus(-said).mean()))): "here G lowers -s_f",
    named("g_wrong_text", steps(g=judged(lambda said: -said.mean(), "wrong_text"))):
        "D judges G's picture with the text",
    named("g_squared", steps(g=judged(lambda said: ((said - 1) ** 2).mean()))): "minus the mean of D's answers",
    never_zeroed: "what the step before left is still in it",
    d_loss_runs_into_g: "draw the fakes of D's loss under `no_grad()`",
    g_moves_d_too: "G lowers its loss by its own weights alone",
    d_moved_by_hand: "only G's optimiser steps there",
    second_step_for_the_penalty: "with the penalty if there is one",
    slopes_of_yesterdays_d: "G answers yesterday's D",
    g_first: "G moved first",
    both_at_once: "pushed D, too",
    d_alone: "G never moved",
    without_backward: "no gradient arrived at D",
    g_detached: "Its own fakes must not be detached",
    d_stays_frozen: "weights that were frozen",
    own_optimisers: "not by the optimisers that were given",
    four_pictures: "divided by something more",
    g_draws_wrong_text: "in D's step: wrong texts are for real pictures alone",
    by_the_library: "has a `generator` and a `discriminator`",
    slope_not_asked: "*before* D sees them",
    nothing: "nobody moved",
}


# dfg_measure.channel_table


def table_by_the_library(size, channels):
    widths = Config(size=size).widths(channels)[::-1]
    return np.array([(8 << i, *pair) for i, pair in enumerate(zip(widths, widths[1:]))])


def table_by_a_loop(size, channels):
    """From the full side down, then turned."""
    rows, side, width = [], size, channels
    while side > 4:
        wider = min(2 * width, 8 * channels)
        rows.insert(0, [side, wider, width])
        side, width = side // 2, wider
    return rows


def table_with(change):
    """The right table, changed as a whole: (rows, size, channels) -> rows."""
    return lambda size, channels: change(channel_table(size, channels), size, channels)


TABLES = {
    named("side_it_takes", table_with(lambda rows, *_: [(side // 2, a, b) for side, a, b in rows])):
        "so it gives side 8",
    named("largest_first", table_with(lambda rows, *_: rows[::-1])): "the generator begins at 4 x 4",
    named("way_of_d", table_with(lambda rows, *_: [(rows[i][0], b, a) for i, (_, a, b) in enumerate(rows[::-1])])):
        "this is D's way",
    named("turned", table_with(lambda rows, *_: [(side, b, a) for side, a, b in rows])): "inputs and outputs changed",
    named("no_limit", lambda size, channels: [(s, 2 * channels * size // s, channels * size // s)
                                              for s, _, _ in channel_table(size, channels)]): "channels stop growing",
    named("never_narrower", table_with(lambda rows, *_: [(side, b, b) for side, _, b in rows])):
        "what the block before it gives",
    named("too_wide", lambda size, channels: [(s, channels * min(4 * size // s, 8), channels * min(2 * size // s, 8))
                                              for s, _, _ in channel_table(size, channels)]): "not 2 * `channels`",
    named("three_colours", table_with(lambda rows, *_: [*rows[:-1], (*rows[-1][:2], 3)])): "`to_rgb` makes three",
    named("one_too_many", table_with(lambda rows, *_: [(4, rows[0][1], rows[0][1]), *rows])): "a block too many",
    named("last_missing", table_with(lambda rows, *_: rows[:-1])): "the last block is missing",
    named("first_missing", table_with(lambda rows, *_: rows[1:])): "the first block is missing",
    named("pairs", table_with(lambda rows, *_: [row[1:] for row in rows])): "three numbers in each row",
    named("sixteen", lambda size, channels: [(s, channels * min(2 * size // s, 16), channels * min(size // s, 16))
                                             for s, _, _ in channel_table(size, channels)]): "1, 2, 4, 8, 8, ...",
    nothing: "is there a `return`?",
}


# dfg_measure.truncated_noise


def noise_by_inverse(count, dim, bound, scale, stream):
    """By the inverse of the distribution function."""
    low, chance = norm.cdf(-bound), torch.rand(count, dim, generator=stream, dtype=torch.float64)
    return scale * torch.special.ndtri(low + (1 - 2 * low) * chance).float()


def noise_by_pytorch(count, dim, bound, scale, stream):
    return scale * torch.nn.init.trunc_normal_(torch.empty(count, dim), a=-bound, b=bound, generator=stream)


def noise_by_choice(count, dim, bound, scale, stream):
    """Far too many are drawn, and the first that fit are taken."""
    many = torch.randn(8 * count * dim + 100, generator=stream)
    return scale * many[many.abs() <= bound][:count * dim].reshape(count, dim)


def noise_with(change):
    """Normal noise with another treatment of what is beyond the bound; the scale at the end."""
    return lambda count, dim, bound, scale, stream: scale * change(torch.randn(count, dim, generator=stream), bound)


def scaled_first(count, dim, bound, scale, stream):
    noise = scale * torch.randn(count, dim, generator=stream)
    while (beyond := noise.abs() > bound).any():
        noise[beyond] = scale * torch.randn(int(beyond.sum()), generator=stream)
    return noise


def once_again(count, dim, bound, scale, stream):
    noise = torch.randn(count, dim, generator=stream)
    beyond = noise.abs() > bound
    noise[beyond] = torch.randn(int(beyond.sum()), generator=stream)
    return scale * noise


def torch_luck(count, dim, bound, scale, stream):
    return truncated_noise(count, dim, bound, scale, torch.Generator().manual_seed(int(torch.randint(99, ()))))


def always_the_same(count, dim, bound, scale, stream):
    return truncated_noise(count, dim, bound, scale, torch.Generator().manual_seed(1))


def one_row_for_all(count, dim, bound, scale, stream):
    return truncated_noise(1, dim, bound, scale, stream).repeat(count, 1)


def evenly(count, dim, bound, scale, stream):
    return scale * bound * (2 * torch.rand(count, dim, generator=stream) - 1)


def turned_over(count, dim, bound, scale, stream):
    return truncated_noise(dim, count, bound, scale, stream)


NOISES = {
    named("cut_off", noise_with(lambda noise, bound: noise.clamp(-bound, bound))): "there is a heap at the edge",
    named("zeroed", noise_with(lambda noise, bound: noise.where(noise.abs() <= bound, torch.zeros(())))): "became 0",
    named("wrapped", noise_with(lambda noise, bound: noise.fmod(bound))): "and change nothing else",
    named("squashed", noise_with(lambda noise, bound: bound * (noise / bound).tanh())): "and change nothing else",
    named("not_cut", noise_with(lambda noise, bound: noise)): "some are further out",
    scaled_first: "scaled before the bound was asked",
    named("not_scaled", lambda n, dim, bound, scale, stream: truncated_noise(n, dim, bound, 1.0, stream)):
        "the numbers were not scaled",
    once_again: "some are further out",
    torch_luck: "chance from elsewhere",
    always_the_same: "nothing is drawn from the stream",
    one_row_for_all: "one draw served several places",
    evenly: "all are equally likely",
    turned_over: "a row of `dim` numbers",
    nothing: "is there a `return`?",
}


# dfg_endless.fid_at_infinity


def by_linregress(counts, values):
    return linregress([1 / n for n in counts], values).intercept


def by_normal_equations(counts, values):
    x, y = 1 / np.asarray(counts, float), np.asarray(values, float)
    return y.mean() - x.mean() * ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()


def fitted(axis, degree=1, at=-1):
    """A coefficient of another fit."""
    return lambda counts, values: np.polyfit(axis(np.asarray(counts, float)), values, degree)[at]


def inverse(counts):
    return 1 / counts


def between_two(first, last):
    def answer(counts, values):
        x, y = 1 / np.asarray(counts, float), np.asarray(values)
        return y[last] - x[last] * (y[last] - y[first]) / (x[last] - x[first])
    return answer


def weighed_by_count(counts, values):
    return np.polyfit(1 / np.asarray(counts), values, 1, w=np.sqrt(counts))[1]


def never_negative(counts, values):
    return max(0.0, by_linregress(counts, values))


def parabola(counts, values):
    return np.polyfit(1 / np.asarray(counts), values, min(2, len(counts) - 1))[-1]


ENDLESS = {
    named("at_most", lambda counts, values: values[-1]): "at the most pictures",
    named("mean", lambda counts, values: np.mean(values)): "this is the mean",
    named("slope", fitted(inverse, at=0)): "this is the slope of the line",
    named("line_in_n", fitted(lambda n: n)): "that is no picture at all",
    named("line_in_root", fitted(lambda n: n ** -0.5)): "a line in 1 / sqrt(n)",
    named("line_in_log", fitted(np.log)): "a line in log n",
    named("one_picture", lambda counts, values: np.polyval(np.polyfit(1 / counts, values, 1), 1)): "a single picture",
    named("last_two", between_two(-2, -1)): "through the last two points",
    named("ends", between_two(0, -1)): "the first and the last point",
    named("both", lambda counts, values: np.polyfit(1 / np.asarray(counts), values, 1)): "one for all",
    weighed_by_count: "the points were weighed",
    parabola: "it follows the noise",
    never_negative: "a negative value means",
    nothing: "is there a `return`?",
}


# dfg_diagnosis.find_cause


def cause_by_hand(log):
    """In another order, and by other signs: D's gap, and the answer to fakes."""
    right, wrong, fake, at_real, _, variety = (values[-8:].mean() for values in log.values())
    if fake - right > 1:
        return "margins swapped"
    if right - wrong < 0.5:
        return "no wrong pairs"
    if variety == 0:
        return "scales from 0"
    return "healthy" if at_real < 0.09 else "penalty at fakes" if at_real < 5 else "no penalty"


def unless(cause, said):
    """Takes one cause for another."""
    def answer(log):
        found = find_cause(log)
        return said if found == cause else found
    return named(f"takes {cause} for {said}", answer)


DIAGNOSES = {
    unless("healthy", "penalty at fakes"): "compare it with the runs you were shown",
    unless("healthy", "scales from 0"): "the variety is small, but not 0",
    unless("healthy", "no wrong pairs"): "and flat at real pictures",
    unless("penalty at fakes", "healthy"): "higher than in any healthy run",
    unless("penalty at fakes", "no penalty"): "somebody does hold D down here",
    unless("no penalty", "healthy"): "MA-GP is in the hundreds",
    unless("no penalty", "penalty at fakes"): "*and* at fakes",
    unless("no wrong pairs", "healthy"): "D does not have to read",
    unless("no wrong pairs", "scales from 0"): "nobody asks for a no",
    unless("scales from 0", "healthy"): "pictures of one text are all the same",
    unless("scales from 0", "margins swapped"): "here it was from the beginning",
    unless("margins swapped", "scales from 0"): "lost here only after a while",
    unless("margins swapped", "healthy"): "yes and no have changed places",
    named("other_words", lambda log: "broken"): "return one of healthy, no wrong pairs",
    nothing: "is there a `return` for every one of them?",
}


# dfg_experiment.raised_weight


def trial(k, seed):
    """A quick one: the slope falls with the weight, "AUC" seems to rise with the first seeds, "variety" is noise."""
    slope = (1 + k) ** -0.2 + 0.01 * (seed % 3)
    lucky = 0.01 * (k > 0) + 0.01 * (k > 2) if seed < 3 else -0.01 * (k > 0)
    noise = 0.01 * (1 if (seed + int(k)) % 2 else -1)
    return dict.fromkeys(("D(real, right text)", "D(real, wrong text)", "D(fake, right text)", "slope at fakes",
                          "right colours"), 0.5) | {"slope at real": slope, "AUC": 0.8 + lucky, "variety": 0.2 + noise}


def word(steps):
    return "rises" if np.min(steps) > 0 else "falls" if np.max(steps) < 0 else "unclear"


def experiment(weights=(0.0, 2.0, 200.0), number="slope at real", predicted="falls", found=None, seeds=(0, 1, 2)):
    """The honest way, or with a finding that was typed."""
    def answer(trial):
        steps = np.diff([[trial(k, seed)[number] for k in weights] for seed in seeds])
        return list(weights), number, predicted, found or word(steps)
    return answer


def seed_by_seed(trial):
    """Four weights, five seeds, and a finding from ranks."""
    weights = [0, 1, 30, 900]
    rows = [[trial(k, seed)["slope at real"] for k in weights] for seed in range(5)]
    orders = {tuple(np.argsort(row)) for row in rows}
    found = {((0, 1, 2, 3),): "rises", ((3, 2, 1, 0),): "falls"}.get(tuple(orders), "unclear")
    return np.array(weights), "slope at real", "unclear", found


def other_seeds(trial):
    table = [[trial(k, seed + i)["slope at real"] for i, k in enumerate((0.0, 2.0, 200.0))] for seed in range(3)]
    return [0.0, 2.0, 200.0], "slope at real", "falls", word(np.diff(table))


def one_never_tried(trial):
    table = [[trial(k, seed)["slope at real"] for k in (0.0, 200.0)] for seed in range(3)]
    return [0.0, 2.0, 200.0], "slope at real", "falls", word(np.diff(table))


def turned_round(trial):
    weights, number, predicted, found = experiment()(trial)
    return weights, number, predicted, {"falls": "rises", "rises": "falls"}.get(found, found)


def predicted_afterwards(trial):
    weights, number, _, found = experiment()(trial)
    return weights, number, found, found


EXPERIMENTS = {
    named("three_things", lambda trial: ([0.0, 2.0, 9.0], "AUC", "falls")): "return weights, number, predicted, found",
    named("other_number", lambda trial: ([0.0, 2.0, 9.0], "auc", "falls", "falls")): "one of AUC, D(real, right text)",
    named("other_word", lambda trial: ([0.0, 2.0, 9.0], "AUC", "down", "down")): "these three words are for",
    named("two_weights", experiment((0.0, 200.0))): "a third one can contradict",
    named("downwards", experiment((200.0, 2.0, 0.0))): "and none twice",
    named("twice_the_same", experiment((0.0, 2.0, 2.0))): "and none twice",
    named("one_seed", experiment(seeds=(0,))): "one training is an anecdote",
    named("same_seed", experiment(seeds=(0, 0, 0))): "one training is an anecdote",
    one_never_tried: "measure with k = 2, too",
    other_seeds: "another seed is another world",
    turned_round: "look at what your own trials moved",
    named("doubtful", experiment(number="variety", found="falls")): "so it is unclear",
    named("typed", experiment(found="falls")): "the finding was written down beforehand",
    predicted_afterwards: "a prediction is made before the first trial",
    named("unclear", experiment(number="variety")): "an honest finding, but go on",
    named("lucky", experiment(number="AUC", predicted="rises")): "it was luck",
    nothing: "is there a `return`?",
}


RIGHT = {
    "dfg_training.training_step": [as_in_the_library, frozen_and_fresh, slopes_by_hand],
    "dfg_measure.channel_table": [table_by_the_library, table_by_a_loop],
    "dfg_measure.truncated_noise": [noise_by_inverse, noise_by_pytorch, noise_by_choice],
    "dfg_endless.fid_at_infinity": [by_linregress, by_normal_equations],
    "dfg_diagnosis.find_cause": [cause_by_hand],
    "dfg_experiment.raised_weight": [seed_by_seed, named("predicted_wrongly", experiment(predicted="rises"))],
}
MISTAKES = {
    "dfg_training.training_step": TRAINING,
    "dfg_measure.channel_table": TABLES,
    "dfg_measure.truncated_noise": NOISES,
    "dfg_endless.fid_at_infinity": ENDLESS,
    "dfg_diagnosis.find_cause": DIAGNOSES,
    "dfg_experiment.raised_weight": EXPERIMENTS,
}
