"""How learners write the losses and the step of GAN-CLS, rightly and wrongly; the words are those they are told.

The mistakes are small changes of the reference: each function does what its name says and all else right.
"""

import math

import torch
from torch.nn import functional as F
from torch.nn.functional import logsigmoid, softplus

from t2ilib.exercises.answers.cls_pairs import between, discriminator_loss
from t2ilib.losses import logistic_no, logistic_yes


def nothing(*given):
    len(given)


def named(name, answer):
    answer.__name__ = name
    return answer


def yes(logits):
    return softplus(-logits).mean()


def no(logits):
    return softplus(logits).mean()


# cls_pairs.discriminator_loss


def by_cross_entropy(s_r, s_w, s_f):
    bce, ones, zeros = F.binary_cross_entropy_with_logits, torch.ones_like(s_r), torch.zeros_like(s_r)
    return bce(s_r, ones) + 0.5 * bce(s_w, zeros) + 0.5 * bce(s_f, zeros)


def by_logsigmoid(real, wrong, fake):
    """log(1 - sigmoid(x)) is logsigmoid(-x); fakes and wrong texts are interchangeable."""
    return -(logsigmoid(real) + (logsigmoid(-fake) + logsigmoid(-wrong)) / 2).mean()


def as_one_row(s_r, s_w, s_f):
    signs = torch.tensor([[-2.0], [1.0], [1.0]])
    return (softplus(torch.stack([s_r, s_w, s_f]) * signs.sign()) * signs.abs()).mean(1).sum() / 2


def without_wrong_pair(s_r, s_w, s_f):
    return yes(s_r) + no(s_f)


def without_wrong_pair_halved(s_r, s_w, s_f):
    return yes(s_r) + no(s_f) / 2


def without_fakes(s_r, s_w, s_f):
    return yes(s_r) + no(s_w)


def without_yes(s_r, s_w, s_f):
    return no(s_w) + no(s_f)


def full_weights(s_r, s_w, s_f):
    return yes(s_r) + no(s_w) + no(s_f)


def half_for_one_alone(s_r, s_w, s_f):
    return yes(s_r) + no(s_w) / 2 + no(s_f)


def all_halved(s_r, s_w, s_f):
    return discriminator_loss(s_r, s_w, s_f) / 2


def raised(s_r, s_w, s_f):
    return -discriminator_loss(s_r, s_w, s_f)


def minus_for_the_first_alone(s_r, s_w, s_f):
    return yes(s_r) - (no(s_w) + no(s_f)) / 2


def wrong_pair_is_a_yes(s_r, s_w, s_f):
    return yes(s_r) + (yes(s_w) + no(s_f)) / 2


def fake_is_a_yes(s_r, s_w, s_f):
    return yes(s_r) + (no(s_w) + yes(s_f)) / 2


def one_minus_forgotten(s_r, s_w, s_f):
    return yes(s_r) + (yes(s_w) + yes(s_f)) / 2


def labels_turned(s_r, s_w, s_f):
    return no(s_r) + (yes(s_w) + yes(s_f)) / 2


def everything_a_no(s_r, s_w, s_f):
    return no(s_r) + (no(s_w) + no(s_f)) / 2


def right_and_wrong_exchanged(s_r, s_w, s_f):
    return discriminator_loss(s_w, s_r, s_f)


def real_and_fake_exchanged(s_r, s_w, s_f):
    return discriminator_loss(s_f, s_w, s_r)


def summed(s_r, s_w, s_f):
    return len(s_r) * discriminator_loss(s_r, s_w, s_f)


def not_averaged(s_r, s_w, s_f):
    return softplus(-s_r) + (softplus(s_w) + softplus(s_f)) / 2


def of_mean_logits(s_r, s_w, s_f):
    return discriminator_loss(s_r.mean(), s_w.mean(), s_f.mean())


def sigmoid_twice(s_r, s_w, s_f):
    return discriminator_loss(s_r.sigmoid(), s_w.sigmoid(), s_f.sigmoid())


def logits_as_probabilities(s_r, s_w, s_f):
    return -(s_r.log() + ((1 - s_w).log() + (1 - s_f).log()) / 2).mean()


def in_bits(s_r, s_w, s_f):
    return discriminator_loss(s_r, s_w, s_f) / math.log(2)


def log_of_rounded(s_r, s_w, s_f):
    return -(s_r.sigmoid().log() + ((1 - s_w.sigmoid()).log() + (1 - s_f.sigmoid()).log()) / 2).mean()


def with_epsilon(s_r, s_w, s_f):
    return -((s_r.sigmoid() + 1e-8).log() + ((1 - s_w.sigmoid() + 1e-8).log()
                                             + (1 - s_f.sigmoid() + 1e-8).log()) / 2).mean()


def cross_entropy_of_probabilities(s_r, s_w, s_f):
    bce, ones, zeros = F.binary_cross_entropy, torch.ones_like(s_r), torch.zeros_like(s_r)
    return bce(s_r.sigmoid(), ones) + (bce(s_w.sigmoid(), zeros) + bce(s_f.sigmoid(), zeros)) / 2


def as_a_number(s_r, s_w, s_f):
    return discriminator_loss(s_r, s_w, s_f).item()


def wrong_pair_detached(s_r, s_w, s_f):
    return discriminator_loss(s_r, s_w.detach(), s_f)


# cls_pairs.generator_loss


def g_by_cross_entropy(s_f):
    return F.binary_cross_entropy_with_logits(s_f, torch.ones_like(s_f))


def g_by_logsigmoid(s_f):
    return logsigmoid(s_f).neg().mean()


def saturating(s_f):
    return -no(s_f)


def g_asks_for_a_no(s_f):
    return no(s_f)


def g_raised(s_f):
    return -yes(s_f)


def g_summed(s_f):
    return softplus(-s_f).sum()


def g_not_averaged(s_f):
    return softplus(-s_f)


def g_in_bits(s_f):
    return yes(s_f) / math.log(2)


def g_sigmoid_twice(s_f):
    return yes(s_f.sigmoid())


def without_logarithm(s_f):
    return -s_f.sigmoid().mean()


def mean_logit(s_f):
    return -s_f.mean()


def g_of_mean_logit(s_f):
    return yes(s_f.mean())


def log_of_mean(s_f):
    return -s_f.sigmoid().mean().log()


def g_log_of_rounded(s_f):
    return -s_f.sigmoid().log().mean()


def g_with_epsilon(s_f):
    return -(s_f.sigmoid() + 1e-8).log().mean()


def g_detached(s_f):
    return yes(s_f.detach())


# cls_pairs.between


def by_lerp(text, beta):
    pairs = text[:len(text) - len(text) % 2].unflatten(0, (-1, 2))
    return torch.lerp(pairs[:, 1], pairs[:, 0], beta)


def by_loop(text, beta):
    return torch.stack([text[i] * beta + text[i + 1] * (1 - beta) for i in range(0, len(text) - 1, 2)])


def by_product(text, beta):
    weights = torch.zeros(len(text) // 2, len(text))
    for pair, row in enumerate(weights):
        row[2 * pair], row[2 * pair + 1] = beta, 1 - beta
    return weights @ text


def weights_exchanged(text, beta):
    return between(text, 1 - beta)


def always_halfway(text, beta):
    return between(text, 0.5)


def added(text, beta):
    even = len(text) // 2 * 2
    return text[0:even:2] + text[1:even:2]


def beta_for_both(text, beta):
    return beta * added(text, beta)


def half_a_batch_apart(text, beta):
    half = len(text) // 2
    return beta * text[:half] + (1 - beta) * text[half:2 * half]


def overlapping(text, beta):
    return (beta * text[:-1] + (1 - beta) * text[1:])[:len(text) // 2]


def with_the_last(text, beta):
    half = len(text) // 2
    return beta * text[:half] + (1 - beta) * text.flip(0)[:half]


def rolled(text, beta):
    return beta * text + (1 - beta) * text.roll(-1, 0)


def first_of_each(text, beta):
    return text[0:len(text) // 2 * 2:2]


def random_beta(text, beta):
    return between(text, torch.rand(len(text) // 2, 1))


def even_batches_only(text, beta):
    return beta * text[0::2] + (1 - beta) * text[1::2]


def odd_one_with_itself(text, beta):
    return between(torch.cat([text, text[-1:]]) if len(text) % 2 else text, beta)


def in_place(text, beta):
    even = len(text) // 2 * 2
    return text[0:even:2].mul_(beta) + (1 - beta) * text[1:even:2]


def detached(text, beta):
    return between(text.detach(), beta)


def second_detached(text, beta):
    even = len(text) // 2 * 2
    return beta * text[0:even:2] + (1 - beta) * text[1:even:2].detach()


def as_an_array(text, beta):
    return between(text.detach(), beta).numpy()


# cls_training.interpolated_generator_loss, rightly


def in_two_passes(generator, discriminator, text, noise, beta):
    """Fresh noise for texts between, and sums over all answers."""
    middle = between(text, beta)
    own, = discriminator(generator(noise, text), text)
    fresh, = discriminator(generator(torch.randn(len(middle), noise.shape[1]), middle), middle)
    return (softplus(-own).sum() + softplus(-fresh).sum()) / (len(own) + len(fresh))


def d_frozen_meanwhile(generator, discriminator, text, noise, beta):
    """By keywords, with the noise of the second of each pair, texts between on top; no gradient is left in D."""
    discriminator.requires_grad_(False)
    texts = torch.cat([by_lerp(text, beta), text])
    image = generator(text=texts, noise=torch.cat([noise[1::2], noise]))
    answers = discriminator(image, texts)[0].sigmoid()
    discriminator.requires_grad_(True)
    return -answers.log().mean()


# and wrongly


def asks(weigh=yes, judged=None, noises=None, mix=between):
    """The reference, with one part changed."""
    def answer(generator, discriminator, text, noise, beta):
        middle = mix(text, beta)
        texts = torch.cat([text, middle])
        more = noises(noise, beta, len(middle)) if noises else noise[:len(middle)]
        by = judged(text, middle) if judged else texts
        return weigh(discriminator(generator(torch.cat([noise, more]), texts), by)[0])
    return answer


def halves(combine):
    """A loss made of the answers to own captions and to texts between."""
    def weigh(logits):
        own = round(len(logits) / 1.5 + 0.25)
        return combine(logits[:own], logits[own:])
    return weigh


def no_noise_for_between(generator, discriminator, text, noise, beta):
    texts = torch.cat([text, between(text, beta)])
    return yes(discriminator(generator(noise, texts), texts)[0])


def halfway_pictures(generator, discriminator, text, noise, beta):
    fake, texts = generator(noise, text), torch.cat([text, between(text, beta)])
    mixed = between(fake, beta)
    return yes(discriminator(torch.cat([fake, mixed]), texts)[0])


def own_alone(generator, discriminator, text, noise, beta):
    return yes(discriminator(generator(noise, text), text)[0])


def between_alone(generator, discriminator, text, noise, beta):
    middle = between(text, beta)
    return yes(discriminator(generator(noise[:len(middle)], middle), middle)[0])


def pictures_detached(generator, discriminator, text, noise, beta):
    def draw(*asked):
        return generator(*asked).detach()
    return asks()(draw, discriminator, text, noise, beta)


def middle_without_gradient(generator, discriminator, text, noise, beta):
    middle = between(text, beta)
    with torch.no_grad():
        half = generator(noise[:len(middle)], middle)
    texts = torch.cat([text, middle])
    return yes(discriminator(torch.cat([generator(noise, text), half]), texts)[0])


def own_without_gradient(generator, discriminator, text, noise, beta):
    middle = between(text, beta)
    half = generator(noise[:len(middle)], middle)
    texts = torch.cat([text, middle])
    return yes(discriminator(torch.cat([generator(noise, text).detach(), half]), texts)[0])


def goes_backward(generator, discriminator, text, noise, beta):
    loss = asks()(generator, discriminator, text, noise, beta)
    loss.backward()
    return loss


def tuple_forgotten(generator, discriminator, text, noise, beta):
    texts = torch.cat([text, between(text, beta)])
    return yes(discriminator(generator(torch.cat([noise, noise[:len(text) // 2]]), texts), texts))


def never_drawn(generator, discriminator, text, noise, beta):
    return yes(noise[:, 0])


def never_judged(generator, discriminator, text, noise, beta):
    return generator(noise, text).mean()


def loss_as_a_number(*given):
    return asks()(*given).item()


INTERPOLATED = {
    named("judged_with_the_first", asks(judged=lambda text, middle: torch.cat([text, text[:2 * len(middle):2]]))):
        "not with one of its two captions",
    named("mean_of_means", asks(halves(lambda own, middle: (yes(own) + yes(middle)) / 2))): "the mean of two means",
    named("sum_of_means", asks(halves(lambda own, middle: yes(own) + yes(middle)))): "the two means were added",
    named("thirds", asks(halves(lambda own, middle: (2 * yes(own) + yes(middle)) / 3))): "hold for even batches alone",
    named("sum_of_all", asks(lambda logits: softplus(-logits).sum())): "this is a sum",
    named("divided_by_b", asks(halves(lambda own, middle: softplus(-torch.cat([own, middle])).sum() / len(own)))):
        "and not by B",
    named("own_counted", asks(halves(lambda own, middle: yes(own)))): "the texts between do not count",
    named("between_counted", asks(halves(lambda own, middle: yes(middle)))): "the own captions do not count",
    named("minimax", asks(lambda logits: -no(logits))): "this is the minimax loss",
    named("wants_a_no", asks(no)): "this asks for a no",
    named("uphill", asks(lambda logits: -yes(logits))): "the sign: G lowers -log D",
    named("twice", asks(lambda logits: yes(logits.sigmoid()))): "a sigmoid too many",
    named("each_answer", asks(lambda logits: softplus(-logits))): "one number for all 3B/2 answers",
    named("one_noise", asks(noises=lambda noise, beta, count: noise[:1].expand(count, -1))): "the same for several",
    named("zeros", asks(noises=lambda noise, beta, count: torch.zeros(count, noise.shape[1]))): "the same for several",
    named("noise_mixed", asks(noises=lambda noise, beta, count: between(noise, beta))): "it is too small",
    named("one_minus_beta", asks(mix=weights_exchanged)): "beta and 1 - beta changed places",
    named("halfway", asks(mix=always_halfway)): "these are halfway",
    named("apart", asks(mix=half_a_batch_apart)): "0 with 1, 2 with 3, and no others",
    named("between_unsolved", asks(mix=nothing)): "does your `between` return its texts?",
    no_noise_for_between: "each text needs a row of noise",
    halfway_pictures: "a double exposure",
    own_alone: "no text between was drawn",
    between_alone: "G keeps its own term",
    pictures_detached: "so G cannot learn from D's answers",
    middle_without_gradient: "that of own captions alone",
    own_without_gradient: "that of texts between alone",
    goes_backward: "leave `backward()` to who calls this",
    tuple_forgotten: "gives a tuple",
    never_drawn: "call `generator(noise, text)`",
    never_judged: "with G's pictures",
    loss_as_a_number: "the loss is a plain number",
    nothing: "call `generator(noise, text)`",
}


# cls_training.training_step, rightly


def move(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def drawn(game, batch):
    return game.generator(batch.noise, batch.text)


def d_loss(game, batch, fake):
    s_r, s_w = game.discriminator(batch.image, batch.text, batch.wrong_text)
    return discriminator_loss(s_r, s_w, *game.discriminator(fake, batch.text))


def g_loss(game, batch):
    return yes(*game.discriminator(drawn(game, batch), batch.text))


def drawn_once(game, optimizers, batch):
    """One drawing for both steps, detached for D's; zeroes at the start; a backward for each term; the losses."""
    g, d = optimizers["generator"], optimizers["discriminator"]
    g.zero_grad(), d.zero_grad()
    fake = game.generator(batch.noise, batch.text)
    terms = [yes(*game.discriminator(batch.image, batch.text)),
             no(*game.discriminator(batch.image, batch.wrong_text)) / 2,
             no(*game.discriminator(fake.detach(), batch.text)) / 2]
    for term in terms:
        term.backward()
    d.step()
    last = yes(*game.discriminator(fake, batch.text))
    last.backward()
    g.step()
    return {"D": sum(terms).item(), "G": last.item()}


def frozen_and_fresh(game, optimizers, batch):
    """D is frozen in G's step, G in D's; fresh noise each time, and D's loss as a mean of yes and no."""
    def answers(text):
        return game.discriminator(game.generator(torch.randn_like(batch.noise), text), text)[0]

    game.generator.requires_grad_(False)
    s_r, s_w = game.discriminator(batch.image, batch.text, batch.wrong_text)
    move(optimizers["discriminator"], discriminator_loss(s_r, s_w, answers(batch.text)) / 2)
    game.generator.requires_grad_(True)
    game.discriminator.requires_grad_(False)
    move(optimizers["generator"], F.binary_cross_entropy_with_logits(answers(batch.text), torch.ones(len(batch.text))))
    game.discriminator.requires_grad_(True)


def slopes_by_hand(game, optimizers, batch):
    """Logarithms as in the paper, and gradients written into the weights."""
    def climb(player, value):
        weights = list(getattr(game, player).parameters())
        for weight, slope in zip(weights, torch.autograd.grad(value, weights)):
            weight.grad = -slope
        optimizers[player].step()

    def judge(image, text):
        return game.discriminator(image, text)[0].sigmoid()

    s_r, s_w = judge(batch.image, batch.text), judge(batch.image, batch.wrong_text)
    s_f = judge(drawn(game, batch).detach(), batch.text)
    climb("discriminator", (s_r.log() + ((1 - s_w).log() + (1 - s_f).log()) / 2).mean())
    climb("generator", judge(drawn(game, batch), batch.text).log().mean())
    for player in (game.generator, game.discriminator):
        player.zero_grad()


# and wrongly


def steps(d=None, g=None, fake=drawn):
    """The reference, with a loss of D, a loss of G or the fakes of D's step changed."""
    def step(game, optimizers, batch):
        with torch.no_grad():
            shown = fake(game, batch)
        if d:
            s_r, s_w = game.discriminator(batch.image, batch.text, batch.wrong_text)
            s_f, = game.discriminator(shown, batch.text)
            move(optimizers["discriminator"], d(s_r, s_w, s_f))
        else:
            move(optimizers["discriminator"], d_loss(game, batch, shown))
        move(optimizers["generator"], g(game, batch) if g else g_loss(game, batch))
    return step


def judged(weigh):
    """A loss of G by D's answers to its pictures."""
    return lambda game, batch: weigh(*game.discriminator(drawn(game, batch), batch.text))


def d_by(pairs):
    """D's loss from pairs of its own choice: (game, batch, fake) -> s_r, s_w, s_f."""
    def step(game, optimizers, batch):
        move(optimizers["discriminator"], discriminator_loss(*pairs(game.discriminator, batch,
                                                                    drawn(game, batch).detach())))
        move(optimizers["generator"], g_loss(game, batch))
    return step


def fake_judged_with_wrong_text(d, batch, fake):
    return *d(batch.image, batch.text, batch.wrong_text), *d(fake, batch.wrong_text)


def wrong_text_with_the_fake(d, batch, fake):
    return *d(batch.image, batch.text), *d(fake, batch.wrong_text, batch.text)


def wrong_text_unused(d, batch, fake):
    return *d(batch.image, batch.text, batch.text), *d(fake, batch.text)


def texts_exchanged(d, batch, fake):
    return *d(batch.image, batch.wrong_text, batch.text), *d(fake, batch.text)


def never_zeroed(game, optimizers, batch):
    d_loss(game, batch, drawn(game, batch).detach()).backward()
    optimizers["discriminator"].step()
    g_loss(game, batch).backward()
    optimizers["generator"].step()


def d_never_zeroed(game, optimizers, batch):
    d_loss(game, batch, drawn(game, batch).detach()).backward()
    optimizers["discriminator"].step()
    move(optimizers["generator"], g_loss(game, batch))


def d_loss_runs_into_g(game, optimizers, batch):
    move(optimizers["discriminator"], d_loss(game, batch, drawn(game, batch)))
    move(optimizers["generator"], g_loss(game, batch))


def g_asks_yesterdays_d(game, optimizers, batch):
    optimizers["generator"].zero_grad()
    g_loss(game, batch).backward()
    move(optimizers["discriminator"], d_loss(game, batch, drawn(game, batch).detach()))
    optimizers["generator"].step()


def slopes_of_yesterdays_d(game, optimizers, batch):
    weights = list(game.generator.parameters())
    slopes = torch.autograd.grad(g_loss(game, batch), weights)
    move(optimizers["discriminator"], d_loss(game, batch, drawn(game, batch).detach()))
    for weight, slope in zip(weights, slopes):
        weight.grad = slope
    optimizers["generator"].step()


def old_answers(game, optimizers, batch):
    fake = drawn(game, batch)
    says, = game.discriminator(fake, batch.text)
    move(optimizers["discriminator"], d_loss(game, batch, fake.detach()))
    move(optimizers["generator"], yes(says))


def graph_twice(game, optimizers, batch):
    fake = drawn(game, batch)
    move(optimizers["discriminator"], d_loss(game, batch, fake))
    move(optimizers["generator"], yes(*game.discriminator(fake, batch.text)))


def both_losses_at_once(game, optimizers, batch):
    for optimizer in optimizers.values():
        optimizer.zero_grad()
    (d_loss(game, batch, drawn(game, batch).detach()) + g_loss(game, batch)).backward()
    optimizers["discriminator"].step()
    optimizers["generator"].step()


def g_first(game, optimizers, batch):
    move(optimizers["generator"], g_loss(game, batch))
    move(optimizers["discriminator"], d_loss(game, batch, drawn(game, batch).detach()))


def a_step_for_each_pair(game, optimizers, batch):
    move(optimizers["discriminator"], yes(*game.discriminator(batch.image, batch.text)))
    move(optimizers["discriminator"], no(*game.discriminator(batch.image, batch.wrong_text)) / 2)
    move(optimizers["discriminator"], no(*game.discriminator(drawn(game, batch).detach(), batch.text)) / 2)
    move(optimizers["generator"], g_loss(game, batch))


def d_alone(game, optimizers, batch):
    move(optimizers["discriminator"], d_loss(game, batch, drawn(game, batch).detach()))


def without_backward(game, optimizers, batch):
    optimizers["discriminator"].zero_grad()
    d_loss(game, batch, drawn(game, batch).detach())
    optimizers["discriminator"].step()
    move(optimizers["generator"], g_loss(game, batch))


def g_drawn_without_gradient(game, optimizers, batch):
    fake = drawn(game, batch).detach()
    move(optimizers["discriminator"], d_loss(game, batch, fake))
    move(optimizers["generator"], yes(*game.discriminator(fake, batch.text)))


def d_stays_frozen(game, optimizers, batch):
    move(optimizers["discriminator"], d_loss(game, batch, drawn(game, batch).detach()))
    game.discriminator.requires_grad_(False)
    move(optimizers["generator"], g_loss(game, batch))


def own_optimisers(game, optimizers, batch):
    move(torch.optim.Adam(game.discriminator.parameters()), d_loss(game, batch, drawn(game, batch).detach()))
    move(torch.optim.Adam(game.generator.parameters()), g_loss(game, batch))


def four_pictures(game, optimizers, batch):
    move(optimizers["discriminator"], d_loss(game, batch, drawn(game, batch).detach()))
    says, = game.discriminator(drawn(game, batch), batch.text)
    move(optimizers["generator"], F.binary_cross_entropy_with_logits(says, torch.ones(4)))


def without_fakes_at_all(game, optimizers, batch):
    s_r, s_w = game.discriminator(batch.image, batch.text, batch.wrong_text)
    move(optimizers["discriminator"], yes(s_r) + no(s_w))
    move(optimizers["generator"], g_loss(game, batch))


def by_the_library(game, optimizers, batch):
    move(optimizers["discriminator"], sum(game.d_loss(batch).values()))
    move(optimizers["generator"], sum(game.g_loss(batch).values()))


def step_without_unpacking(game, optimizers, batch):
    fake = drawn(game, batch).detach()
    s_r, s_w = game.discriminator(batch.image, batch.text, batch.wrong_text)
    move(optimizers["discriminator"], logistic_yes(s_r) + (logistic_no(s_w)
                                                           + softplus(game.discriminator(fake, batch.text))) / 2)


TRAINING = {
    never_zeroed: "what the step before left is still in it",
    d_never_zeroed: "what the step before left is still in it",
    named("wrong_pair_missing", steps(without_wrong_pair)): "this D never has to read",
    named("wrong_pair_missing_halved", steps(without_wrong_pair_halved)): "this D never has to read",
    named("fakes_missing", steps(without_fakes)): "nobody tells fakes",
    named("yes_missing", steps(without_yes)): "saying no to everything is enough",
    named("weights_of_one", steps(full_weights)): "that with s_w and s_f in full",
    named("one_half", steps(half_for_one_alone)): "that with s_f in full",
    named("other_half", steps(lambda s_r, s_w, s_f: half_for_one_alone(s_r, s_f, s_w))): "that with s_w in full",
    named("d_raised", steps(raised)): "D lowers minus what the paper raises",
    named("wrong_is_yes", steps(wrong_pair_is_a_yes)): "a real picture with a wrong text was called a yes",
    named("fake_is_yes", steps(fake_is_a_yes)): "fakes were called a yes",
    named("all_yes", steps(one_minus_forgotten)): "everything was called a yes",
    named("turned", steps(labels_turned)): "yes and no changed places",
    named("d_sums", steps(summed)): "a sum grows with the batch",
    named("d_tenth", steps(lambda *logits: discriminator_loss(*logits) / 10)): "divided by something more",
    named("d_sigmoid_twice", steps(sigmoid_twice)): "the slope of -log s_r - (log(1 - s_w) + log(1 - s_f)) / 2, got "
                                                    "nearly that",
    named("least_squares", steps(lambda s_r, s_w, s_f: ((s_r - 1) ** 2 + (s_w ** 2 + s_f ** 2) / 2).mean())):
        "D's loss has three terms",
    named("fake_with_wrong_text", d_by(fake_judged_with_wrong_text)): "any other text makes its no too easy",
    named("wrong_text_with_fake", d_by(wrong_text_with_the_fake)): "so D would not have to read",
    named("wrong_text_left_out", d_by(wrong_text_unused)): "the same pair is a yes and a no",
    named("texts_in_wrong_order", d_by(texts_exchanged)): "`text` and `wrong_text` changed places",
    named("g_draws_wrong_text", steps(fake=lambda game, batch: game.generator(batch.noise, batch.wrong_text))):
        "in D's step: wrong texts are for real pictures alone",
    named("g_saturating", steps(g=judged(saturating))): "this is the minimax loss",
    named("g_helps_d", steps(g=judged(no))): "G helps D to find its fakes",
    named("g_uphill", steps(g=judged(g_raised))): "this move lowers s_f",
    named("g_twice", steps(g=judged(g_sigmoid_twice))): "the slope of -log s_f, got nearly that",
    named("g_judged_with_wrong_text",
          steps(g=lambda game, batch: yes(*game.discriminator(drawn(game, batch), batch.wrong_text)))):
        "D judges G's picture with the text it was drawn for",
    named("g_asked_for_wrong_text", steps(g=lambda game, batch: yes(*game.discriminator(
        game.generator(batch.noise, batch.wrong_text), batch.wrong_text)))):
        "in G's step: wrong texts are for real pictures alone",
    named("g_copies", steps(g=lambda game, batch: (drawn(game, batch) - batch.image).square().mean())):
        "G's loss asks D about fakes",
    d_loss_runs_into_g: "the way back through G was for nothing",
    g_asks_yesterdays_d: "first D's three lines, then G's",
    slopes_of_yesterdays_d: "ask D again after it has moved",
    old_answers: "D moved after it gave these answers",
    graph_twice: "the fakes still hang on G",
    both_losses_at_once: "G's loss went backward before D moved, and pushed D",
    g_first: "G moved first",
    a_step_for_each_pair: "add the terms of a loss up",
    d_alone: "G never moved",
    without_backward: "no gradient arrived at D",
    g_drawn_without_gradient: "no gradient arrived at G",
    d_stays_frozen: "weights that were frozen have to be thawed",
    own_optimisers: "make none of your own",
    four_pictures: "a batch size is written into the step",
    without_fakes_at_all: "none drawn before D moved",
    by_the_library: "write the losses by hand",
    step_without_unpacking: "gives a tuple",
    nothing: "nobody moved",
}
RIGHT = {
    "cls_pairs.discriminator_loss": [by_cross_entropy, by_logsigmoid, as_one_row],
    "cls_pairs.generator_loss": [g_by_cross_entropy, g_by_logsigmoid],
    "cls_pairs.between": [by_lerp, by_loop, by_product],
    "cls_training.interpolated_generator_loss": [in_two_passes, d_frozen_meanwhile],
    "cls_training.training_step": [drawn_once, frozen_and_fresh, slopes_by_hand],
}
MISTAKES = {
    "cls_pairs.discriminator_loss": {
        without_wrong_pair: "this D lets G ignore the text",
        without_wrong_pair_halved: "a term is missing",
        without_fakes: "nobody tells fakes from real pictures",
        without_yes: "saying no to everything would be enough",
        full_weights: "each no counts 1/2",
        half_for_one_alone: "both kinds of no are halved",
        all_halved: "this is half of it",
        raised: "the sign: the paper raises",
        minus_for_the_first_alone: "the terms cancel",
        wrong_pair_is_a_yes: "s_w is called a yes",
        fake_is_a_yes: "s_f is called a yes",
        one_minus_forgotten: "everything is called a yes",
        labels_turned: "the labels are turned around",
        everything_a_no: "everything is called a no",
        right_and_wrong_exchanged: "s_r and s_w changed places",
        real_and_fake_exchanged: "s_r and s_f changed places",
        summed: "this is a sum over the batch",
        not_averaged: "one number for the whole batch",
        of_mean_logits: "this is the loss of the mean logit",
        sigmoid_twice: "a sigmoid too many",
        logits_as_probabilities: "these are logits, not probabilities",
        in_bits: "this is in bits",
        log_of_rounded: "the logarithm of 0 ends it",
        with_epsilon: "a small number was added",
        cross_entropy_of_probabilities: "a small number was added",
        as_a_number: "`item`, `detach` and NumPy",
        wrong_pair_detached: "s_w was detached",
        nothing: "is there a `return`?",
    },
    "cls_pairs.generator_loss": {
        saturating: "this is the minimax loss",
        g_asks_for_a_no: "this asks for a no",
        g_raised: "the sign: the paper raises log s_f",
        g_summed: "this is a sum over the batch",
        g_not_averaged: "one number for the whole batch",
        g_in_bits: "this is in bits",
        g_sigmoid_twice: "a sigmoid too many",
        without_logarithm: "the logarithm is missing",
        mean_logit: "this is the mean logit",
        g_of_mean_logit: "this is the loss of the mean logit",
        log_of_mean: "this is the logarithm of the mean",
        g_log_of_rounded: "the logarithm of 0 ends it",
        g_with_epsilon: "a small number was added",
        g_detached: "`item`, `detach` and NumPy",
        nothing: "is there a `return`?",
    },
    "cls_pairs.between": {
        weights_exchanged: "the weights changed places",
        always_halfway: "this is halfway, whatever beta is",
        added: "the weights have to add up to 1",
        beta_for_both: "both were weighed with beta",
        half_a_batch_apart: "these pair text i with text i + B/2",
        overlapping: "these pair 0 with 1, and then 1 with 2",
        with_the_last: "these pair the first with the last",
        rolled: "half as many as captions",
        first_of_each: "not mixed at all",
        random_beta: "beta * first + (1 - beta) * second of neighbours",
        even_batches_only: "has a last one without a partner",
        odd_one_with_itself: "gives no text between",
        in_place: "this changed the batch in place",
        detached: "`item`, `detach` and NumPy",
        second_detached: "one of the two captions was detached",
        as_an_array: "so that G and D can read it",
        nothing: "is there a `return`?",
    },
    "cls_training.interpolated_generator_loss": INTERPOLATED,
    "cls_training.training_step": TRAINING,
}
