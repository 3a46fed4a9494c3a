"""How learners write values, conditions, slopes and steps of a conditional GAN; and what they are told."""

import numpy as np
import torch
from dfg_learners import named, nothing
from dfg_learners_b import move
from torch.nn import functional as F

from t2ilib.blocks import replicate
from t2ilib.data.conditions import one_hot, place_vectors
from t2ilib.exercises.answers.cgn_paths import two_paths
from t2ilib.exercises.answers.cgn_place import class_at_place
from t2ilib.exercises.answers.cgn_vectors import class_vectors, join
from t2ilib.losses import logistic_no, logistic_yes

# cgn_value.conditional_value


def by_cross_entropy(discriminator, generator, real, condition, noise):
    """V = -(BCE(real, 1) + BCE(fake, 0))."""
    own, made = discriminator(real, condition), discriminator(generator(noise, condition), condition)
    return -F.binary_cross_entropy(own, torch.ones_like(own)) - F.binary_cross_entropy(made, torch.zeros_like(made))


def in_numpy(discriminator, generator, real, condition, noise):
    own = np.array(discriminator(real, condition))
    made = np.array(discriminator(generator(noise, condition), condition))
    return np.mean(np.log(own)) + np.mean(np.log1p(-made))


def told(real=True, fake=True, g=True, value=None, other=lambda c: c):
    """A value whose players are told c, or not; `value` weighs the two kinds of answer, D of fakes hears `other(c)`."""
    value = value or (lambda own, made: own.log().mean() + (1 - made).log().mean())

    def answer(discriminator, generator, x, condition, noise):
        made = generator(noise, condition) if g else generator(noise)
        return value(discriminator(x, condition) if real else discriminator(x),
                     discriminator(made, other(condition)) if fake else discriminator(made))
    return answer


def both_shuffled(discriminator, generator, real, condition, noise):
    c = condition.roll(1, 0)
    return discriminator(real, c).log().mean() + (1 - discriminator(generator(noise, condition), c)).log().mean()


def class_by_class(discriminator, generator, real, condition, noise):
    kinds = condition.argmax(1)
    rows = [kinds == kind for kind in kinds.unique()]
    return torch.stack([by_cross_entropy(discriminator, generator, real[one], condition[one], noise[one])
                        for one in rows]).mean()


VALUES = {
    named("real_not_told", told(real=False)): "D was not told c beside the real pictures",
    named("fake_not_told", told(fake=False)): "drops D's own c",
    named("g_not_told", told(g=False)): "G was not told c: nothing was asked",
    named("d_deaf", told(real=False, fake=False)): "D was never told c",
    named("fakes_without", told(fake=False, g=False)): "nobody was told c beside the fakes",
    named("nobody_told", told(False, False, False)): "this is V of chapter 01",
    both_shuffled: "shuffled on their way to D",
    named("fake_shuffled", told(other=lambda c: c.roll(1, 0))): "another c than they were drawn for",
    named("minus", told(value=lambda own, made: -own.log().mean() - (1 - made).log().mean())): "D *raises* V",
    named("subtracted", told(value=lambda own, made: own.log().mean() - (1 - made).log().mean())):
        "the second term was subtracted",
    named("bits", told(value=lambda own, made: own.log2().mean() + (1 - made).log2().mean())): "this is in bits",
    named("base_10", told(value=lambda own, made: own.log10().mean() + (1 - made).log10().mean())): "to base 10",
    named("halved", told(value=lambda own, made: (own.log().mean() + (1 - made).log().mean()) / 2)):
        "one mean over all",
    named("summed", told(value=lambda own, made: own.log().sum() + (1 - made).log().sum())): "a sum grows",
    named("log_of_fake", told(value=lambda own, made: own.log().mean() + made.log().mean())): "D wants a no to a fake",
    named("swapped", told(value=lambda own, made: made.log().mean() + (1 - own).log().mean())):
        "the terms changed places",
    named("log_of_mean", told(value=lambda own, made: own.mean().log() + (1 - made.mean()).log())): "log of a mean",
    named("no_logs", told(value=lambda own, made: own.mean() + (1 - made).mean())): "the logarithms are missing",
    named("moved", told(value=lambda own, made: (own + 1e-8).log().mean() + (1 - made + 1e-8).log().mean())):
        "cut off or moved",
    named("for_each", told(value=lambda own, made: own.log() + (1 - made).log())): "for each of two terms",
    class_by_class: "each class counts the same here",
    nothing: "is there a `return`?",
}


# cgn_vectors.class_vectors


def by_eye(classes, count):
    return torch.eye(count + 1)[classes][..., :count]


def by_comparison(classes, count):
    return (classes[..., None] == torch.arange(count)).float()


def by_scatter(classes, count):
    rows = torch.zeros(*classes.shape, count + 1)
    return rows.scatter(-1, (classes % (count + 1))[..., None], 1.0)[..., :count]


def last_class(classes, count):
    return torch.eye(count)[classes]


def first_class(classes, count):
    return F.one_hot(classes.clamp(min=0), count).float()


def silent_as(value):
    """Another row where nothing is said: `value(count)` everywhere."""
    return lambda classes, count: torch.where((classes < 0)[..., None], value(count), class_vectors(classes, count))


def in_place(classes, count):
    silent = classes < 0
    classes[silent] = 0
    return F.one_hot(classes, count).float() * ~silent[..., None]


VECTORS = {
    named("plain", lambda classes, count: F.one_hot(classes, count).float()): "`F.one_hot` knows no -1",
    last_class: "`-1` as a position is the last one",
    first_class: "nothing said became class 0",
    named("evenly", silent_as(lambda count: 1 / count)): "a little of everything",
    named("everything", silent_as(lambda count: 1.0)): "everything at once",
    named("minus_one", silent_as(lambda count: -1.0)): "the opposite of a class",
    named("extra_column", lambda classes, count: F.one_hot(classes + 1, count + 1).float()): "a column too many",
    named("columns", lambda classes, count: class_vectors(classes, count).T): "rows are pictures",
    named("numbers", lambda classes, count: classes.float()): "2 is not twice 1",
    named("whole", lambda classes, count: class_vectors(classes, count).long()): "turn it into `float`",
    named("shifted", lambda classes, count: class_vectors((classes + 1) % count, count)): "classes were shifted by one",
    named("left_out", lambda classes, count: class_vectors(classes[classes >= 0], count)): "pictures were left out",
    named("flat", lambda classes, count: class_vectors(classes, count).flatten(1)): "the parts were joined",
    named("listed", lambda classes, count: class_vectors(classes, count).tolist()): "stay in PyTorch",
    in_place: "`classes` was changed in place",
    nothing: "is there a `return`?",
}


# cgn_vectors.join


def join_by_library(inputs, condition):
    if inputs.ndim == 4:
        return replicate(condition, inputs)
    return torch.cat([inputs, condition.to(inputs)], dim=1)


def join_by_ones(inputs, condition):
    """Ones of the inputs' places, times the condition."""
    places = torch.ones_like(inputs[:, :1])
    return torch.cat([inputs, places * condition.to(inputs).view(*condition.shape, *[1] * (inputs.ndim - 2))], dim=1)


def tiles(inputs, condition):
    return condition.reshape(*condition.shape, *[1] * (inputs.ndim - 2)).expand(-1, -1, *inputs.shape[2:])


def beside(noise, maps=join):
    """Joined in one way beside noise, in another behind maps."""
    return lambda inputs, condition: (noise if inputs.ndim == 2 else maps)(inputs, condition)


def behind(change):
    return beside(join, change)


def batch_for_places(inputs, condition):
    """Broadcasting an axis too few: where there are as many conditions as numbers in one, nobody notices."""
    square = inputs.ndim == 4 and len(condition) == condition.shape[1]
    return join(inputs, condition.T if square else condition)


JOINS = {
    named("added", beside(lambda x, c: x + c)): "noise could cancel it",
    named("along_the_batch", beside(lambda x, c: torch.cat([x, c]))): "noise of a picture of its own",
    named("first_c", beside(lambda x, c: torch.cat([c, x], dim=1))): "on the order of both",
    named("first_for_all", beside(lambda x, c: join(x, c[:1].expand_as(c)))):
        "every one got the condition of the first",
    named("turned_round", beside(lambda x, c: join(x, c.flip(0)))): "the batch was turned round",
    named("interleaved", beside(lambda x, c: torch.stack([x, c], 2).flatten(1))): "mixed number by number",
    named("all_pairs", beside(lambda x, c: torch.cat([x.expand(3, 3, -1), c[:, None].expand(-1, 3, -1)], dim=2))):
        "every picture met every condition",
    named("maps_added", behind(lambda x, c: x + tiles(x, c))): "the condition was added: then nobody",
    named("maps_wide", behind(lambda x, c: torch.cat([x, tiles(x, c)], dim=3))): "along the width",
    named("maps_batch", behind(lambda x, c: torch.cat([x, tiles(x, c)], dim=0))): "would be a picture of its own",
    named("maps_first_c", behind(lambda x, c: torch.cat([tiles(x, c), x], dim=1))):
        "published weights count on the order",
    named("maps_first", behind(lambda x, c: join(x, c[:1].expand_as(c)))): "every picture got the condition of",
    named("mixed", behind(lambda x, c: torch.cat([x, c.repeat(x[0, 0].numel(), 1).view(*c.shape, *x.shape[2:])], 1))):
        "two conditions were mixed",
    named("spread", behind(lambda x, c: torch.cat([x, c.repeat(1, x[0, 0].numel()).view(*c.shape, *x.shape[2:])], 1))):
        "were spread over the places",
    batch_for_places: "places were taken for pictures",
    named("four", behind(lambda x, c: torch.cat([x, c[:, :, None, None].expand(-1, -1, *(4, 4) if len(c) == 2 else
                                                                               x.shape[2:])], 1))):
        "is written into it",
    named("type_of_c", behind(lambda x, c: torch.cat([x.float(), tiles(x, c)], dim=1))):
        "the condition decided the type",
    named("detached", behind(lambda x, c: join(x, c.detach()))): "cut the condition off",
    nothing: "is there a `return`?",
}


# cgn_place.class_at_place


def place_by_library(classes, boxes, mirrored, count):
    shown = torch.where(mirrored[:, None], torch.cat([1 - boxes[:, :1] - boxes[:, 2:3], boxes[:, 1:]], dim=1), boxes)
    return torch.cat([one_hot(classes, count), place_vectors(shown)], dim=1)


def place_by_loop(classes, boxes, mirrored, count):
    rows = []
    for kind, (x, y, width, height), turned in zip(classes.tolist(), boxes.tolist(), mirrored.tolist()):
        middle = 1 - x - width / 2 if turned else x + width / 2
        place = [10 * (middle - 0.5), 10 * (y + height / 2 - 0.5), 10 * ((width * height) ** 0.5 - 0.7)]
        rows.append([float(kind == i) for i in range(count)] + place)
    return torch.tensor(rows)


def placed(change):
    """The right answer with its place changed: (box of the middle and size, boxes) -> (B, 3)."""
    def answer(classes, boxes, mirrored, count):
        middle = boxes[:, :2] + boxes[:, 2:] / 2
        middle[:, 0] = torch.where(mirrored, 1 - middle[:, 0], middle[:, 0])
        seen = torch.cat([middle, boxes[:, 2:].prod(1, keepdim=True).sqrt()], dim=1)
        return torch.cat([F.one_hot(classes, count).float(), change(seen, boxes)], dim=1)
    return answer


USUAL = torch.tensor([0.5, 0.5, 0.7])


def mirrored_as(change):
    return lambda classes, boxes, mirrored, count: class_at_place(classes, boxes, change(mirrored), count)


def corner_mirrored(classes, boxes, mirrored, count):
    x = torch.where(mirrored, 1 - boxes[:, 0], boxes[:, 0])
    return class_at_place(classes, torch.cat([x[:, None], boxes[:, 1:]], dim=1), mirrored & False, count)


def upside_down(classes, boxes, mirrored, count):
    y = torch.where(mirrored, 1 - boxes[:, 1] - boxes[:, 3], boxes[:, 1])
    return class_at_place(classes, torch.stack([boxes[:, 0], y, *boxes.T[2:]], dim=1), mirrored & False, count)


def mirrored_in_place(classes, boxes, mirrored, count):
    boxes[mirrored, 0] = 1 - boxes[mirrored, 0] - boxes[mirrored, 2]
    return class_at_place(classes, boxes, mirrored & False, count)


def products(classes, boxes, mirrored, count):
    place = class_at_place(classes, boxes, mirrored, count)[:, None, -3:]
    return (F.one_hot(classes, count)[:, :, None] * place).flatten(1)


PLACES = {
    named("class_alone", lambda k, b, m, count: F.one_hot(k, count).float()): "the place is missing",
    named("class_number", lambda k, b, m, count: torch.cat([k[:, None].float(), class_at_place(k, b, m, count)[:, -3:]],
                                                           1)): "a column for each class: 2 is not",
    named("four_numbers", lambda k, b, m, count: torch.cat([F.one_hot(k, count).float(), b], 1)):
        "the size is one number",
    products: "a column for each class at each place?",
    named("place_first", lambda k, b, m, count: class_at_place(k, b, m, count).roll(3, 1)): "the place came first",
    named("corner", placed(lambda seen, boxes: 10 * (torch.cat([boxes[:, :2], seen[:, 2:]], 1) - USUAL))):
        "this is the box's corner",
    named("fractions", placed(lambda seen, boxes: seen)): "a place hardly changes",
    named("not_shifted", placed(lambda seen, boxes: 10 * seen)): "a usual place is 0",
    named("not_scaled", placed(lambda seen, boxes: seen - USUAL)): "divide by 0.1",
    named("area", placed(lambda seen, boxes: 10 * (torch.cat([seen[:, :2], boxes[:, 2:].prod(1, keepdim=True)], 1)
                                                   - USUAL))): "the root of the area: a bird that tilts",
    named("y_first", placed(lambda seen, boxes: 10 * (seen - USUAL)[:, [1, 0, 2]])): "x and y changed places",
    named("never_mirrored", mirrored_as(lambda m: m & False)): "nothing was mirrored",
    named("the_others", lambda k, b, m, count: class_at_place(k, b, ~m if m.any() else m, count)):
        "the wrong ones were mirrored",
    named("all_mirrored", lambda k, b, m, count: class_at_place(k, b, m | m.any(), count)):
        "all pictures were mirrored",
    corner_mirrored: "became the other corner",
    upside_down: "birds keep their feet below",
    mirrored_in_place: "change nothing in place",
    named("three_classes", lambda k, b, m, count: class_at_place(k, b, m, 3)): "`count` columns for the class",
    nothing: "is there a `return`?",
}


# cgn_paths.two_paths


def paths_by_detach(generator, discriminator, noise, condition):
    """One c, detached in one place or the other."""
    c = condition.detach().clone().requires_grad_()
    asked = ((c, c.detach()), (c.detach(), c))
    slopes = [torch.autograd.grad(logistic_yes(discriminator(generator(noise, g), d)), c)[0] for g, d in asked]
    return logistic_yes(discriminator(generator(noise, condition), condition)), *slopes


def paths_by_chain(generator, discriminator, noise, condition):
    """By G's picture first, then by what is in it."""
    to_g, to_d = (condition.detach().clone().requires_grad_() for _ in range(2))
    image = generator(noise, to_g)
    by_image, by_d = torch.autograd.grad(F.binary_cross_entropy_with_logits(
        logits := discriminator(image, to_d), torch.ones_like(logits)), (image, to_d), retain_graph=True)
    by_g, = torch.autograd.grad(image, to_g, by_image)
    return -F.logsigmoid(discriminator(generator(noise, condition), condition)).mean(), by_g, by_d


def lost(loss):
    """The right slopes with another loss: (generator, discriminator, noise, condition) -> loss."""
    def answer(generator, discriminator, noise, condition):
        given = generator, discriminator, noise, condition
        return loss(*given), *two_paths(*given)[1:]
    return answer


def judged(to_d=lambda c: c, to_g=lambda c: c, weigh=logistic_yes):
    return lost(lambda g, d, noise, c: weigh(d(g(noise, to_g(c)), to_d(c))))


def slopes(change):
    """The right loss with other slopes: (through_g, through_d) -> two."""
    def answer(generator, discriminator, noise, condition):
        loss, *right = two_paths(generator, discriminator, noise, condition)
        return loss, *change(*right)
    return answer


def by_plain_logs(generator, discriminator, noise, condition):
    return -discriminator(generator(noise, condition), condition).sigmoid().log().mean()


PATHS = {
    named("loss_alone", lambda g, d, z, c: logistic_yes(d(g(z, c), c))): "return loss, through_g, through_d",
    named("means", slopes(lambda a, b: (a.mean(0), b.mean(0)))): "a slope by c has the shape of c",
    named("d_not_told", judged(to_d=lambda c: 0 * c)): "drops it",
    named("d_shuffled", judged(to_d=lambda c: c.roll(1, 0))): "c was shuffled on its way to D",
    named("d_turned", judged(to_d=lambda c: c.flip(0))): "c was turned round",
    named("g_not_told", judged(to_g=lambda c: 0 * c)): "G was not told c",
    named("nobody_told", judged(lambda c: 0 * c, lambda c: 0 * c)): "nobody was told c",
    named("uphill", judged(weigh=lambda logits: -logistic_yes(logits))): "the sign: G lowers -log D",
    named("minimax", judged(weigh=lambda logits: -logistic_no(logits))): "it saturates",
    named("a_no", judged(weigh=logistic_no)): "G wants a yes",
    named("summed", judged(weigh=lambda logits: F.softplus(-logits).sum())): "take the mean",
    named("sigmoid_twice", judged(weigh=lambda logits: logistic_yes(logits.sigmoid()))): "a sigmoid too many",
    named("mean_logit", judged(weigh=lambda logits: logistic_yes(logits.mean()))): "the loss of the mean logit",
    named("swapped", slopes(lambda a, b: (b, a))): "the two ways changed places",
    named("together", slopes(lambda a, b: (a + b, b))): "by both ways together",
    named("no_way", slopes(lambda a, b: (0 * a, b))): "nothing came through",
    named("minus_slope", slopes(lambda a, b: (a, -b))): "it is the slope of the loss",
    named("sum_slope", slopes(lambda a, b: (a, 6 * b))): "the slope of the sum",
    named("averaged", slopes(lambda a, b: (a.mean(0).expand_as(a), b))): "averaged over the batch",
    named("detached_in_d", judged(to_d=lambda c: c.detach())): "c was detached inside D",
    named("detached_in_g", judged(to_g=lambda c: c.detach())): "c was detached inside G",
    named("copied", judged(lambda c: c.detach(), lambda c: c.detach())):
        "expected a loss with a gradient, got one without",
    named("item", lost(lambda *given: two_paths(*given)[0].item())): "expected a loss with a gradient, got one without",
    named("plain_logs", lost(by_plain_logs)): "the sigmoid of a large logit",
    named("clipped", judged(weigh=lambda logits: logistic_yes(logits.clamp(-20, 20)))): "something was clipped",
    named("no_gradient", lambda g, d, z, c: (0.0, *torch.autograd.grad(logistic_yes(d(g(z, c), c)), c))):
        "nothing leads back to c",
    nothing: "is there a `return`?",
}


# cgn_training.training_step, rightly


def pair(game, batch, image, condition):
    return game.discriminator(image, condition)[0]


def g_loss(game, batch):
    return logistic_yes(*game.discriminator(game.generator(batch.noise, batch.condition), batch.condition))


def d_loss(game, batch, fake):
    return logistic_yes(*game.discriminator(batch.real, batch.condition)) + logistic_no(
        *game.discriminator(fake, batch.condition))


def drawn_once(game, optimizers, batch):
    """One drawing serves both steps."""
    fake = game.generator(batch.noise, batch.condition)
    move(optimizers["discriminator"], d_loss(game, batch, fake.detach()))
    move(optimizers["generator"], logistic_yes(*game.discriminator(fake, batch.condition)))


def frozen_and_fresh(game, optimizers, batch):
    """G is frozen in D's step and D in G's, with fresh noise; both kinds of picture in one batch."""
    game.generator.requires_grad_(False)
    fake = game.generator(torch.randn_like(batch.noise), condition=batch.condition)
    logits, = game.discriminator(torch.cat([batch.real, fake]), torch.cat([batch.condition, batch.condition]))
    labels = torch.cat([torch.ones(len(fake)), torch.zeros(len(fake))])
    move(optimizers["discriminator"], 2 * F.binary_cross_entropy_with_logits(logits, labels))
    game.generator.requires_grad_(True)
    game.discriminator.requires_grad_(False)
    made, = game.discriminator(game.generator(torch.randn_like(batch.noise), batch.condition), batch.condition)
    move(optimizers["generator"], -F.logsigmoid(made).mean())
    game.discriminator.requires_grad_(True)


# and wrongly


def steps(d=d_loss, g=g_loss, asked=lambda batch: batch.condition):
    """The reference, with D's loss, G's loss or what is asked for in D's step changed."""
    def step(game, optimizers, batch):
        fake = game.generator(batch.noise, asked(batch)).detach()
        move(optimizers["discriminator"], d(game, batch, fake))
        move(optimizers["generator"], g(game, batch))
    return step


def d_by(real=lambda b: b.condition, fake=lambda b: b.condition, yes=logistic_yes, no=logistic_no):
    """D's loss, with other conditions or labels."""
    return steps(lambda game, b, image: yes(*game.discriminator(b.real, real(b)))
                 + no(*game.discriminator(image, fake(b))))


def g_by(told=lambda b: b.condition, weigh=logistic_yes, asked=lambda b: b.condition):
    return steps(g=lambda game, b: weigh(*game.discriminator(game.generator(b.noise, asked(b)), told(b))))


def zero(logits):
    return 0 * logits.sum()


def wrong(batch):
    return batch.wrong_condition


def rolled(batch):
    return batch.condition.roll(1, 0)


def silent(batch):
    return 0 * batch.condition


def evenly(batch):
    """Classes of one's own, each as likely as another."""
    return torch.eye(4)[torch.arange(len(batch.noise)) % 4]


def with_wrong_pairs(weight):
    return steps(lambda game, b, fake: logistic_yes(*game.discriminator(b.real, b.condition)) + weight * (
        logistic_no(*game.discriminator(b.real, b.wrong_condition)) + logistic_no(
            *game.discriminator(fake, b.condition))))


def never_zeroed(game, optimizers, batch):
    d_loss(game, batch, game.generator(batch.noise, batch.condition).detach()).backward()
    optimizers["discriminator"].step()
    g_loss(game, batch).backward()
    optimizers["generator"].step()


def d_loss_runs_into_g(game, optimizers, batch):
    move(optimizers["discriminator"], d_loss(game, batch, game.generator(batch.noise, batch.condition)))
    move(optimizers["generator"], g_loss(game, batch))


def fakes(game, batch):
    return game.generator(batch.noise, batch.condition).detach()


def g_moved_by_hand(game, optimizers, batch):
    with torch.no_grad():
        fake = fakes(game, batch)
    move(optimizers["discriminator"], d_loss(game, batch, fake))
    with torch.no_grad():
        for weights in game.generator.parameters():
            weights += 0.01
    move(optimizers["generator"], g_loss(game, batch))


def d_moved_by_hand(game, optimizers, batch):
    steps()(game, optimizers, batch)
    with torch.no_grad():
        for weights in game.discriminator.parameters():
            weights -= 0.01 * weights.grad


def d_moves_twice(game, optimizers, batch):
    steps()(game, optimizers, batch)
    optimizers["discriminator"].step()


def g_first(game, optimizers, batch):
    move(optimizers["generator"], g_loss(game, batch))
    move(optimizers["discriminator"], d_loss(game, batch, fakes(game, batch)))


def both_at_once(game, optimizers, batch):
    for optimizer in optimizers.values():
        optimizer.zero_grad()
    (d_loss(game, batch, fakes(game, batch)) + g_loss(game, batch)).backward()
    optimizers["discriminator"].step()
    optimizers["generator"].step()


def yesterdays_d(game, optimizers, batch):
    weights = list(game.generator.parameters())
    slopes_before = torch.autograd.grad(g_loss(game, batch), weights)
    move(optimizers["discriminator"], d_loss(game, batch, fakes(game, batch)))
    for weight, slope in zip(weights, slopes_before):
        weight.grad = slope
    optimizers["generator"].step()


def g_detached(game, optimizers, batch):
    fake = fakes(game, batch)
    move(optimizers["discriminator"], d_loss(game, batch, fake))
    move(optimizers["generator"], logistic_yes(*game.discriminator(fake, batch.condition)))


def by_the_library(game, optimizers, batch):
    move(optimizers["discriminator"], sum(game.d_loss(batch).values()))


def twice(logits):
    return logistic_yes(logits.sigmoid())


def four_pictures(game, optimizers, batch):
    steps(g=lambda game, b: g_loss(game, b) * len(b.noise) / 4)(game, optimizers, batch)


STEPS = {
    named("no_fakes", d_by(no=zero)): "D was shown no fakes",
    named("no_real", d_by(yes=zero)): "D was shown no real pictures",
    named("fake_is_yes", d_by(no=logistic_yes)): "fakes were called a yes",
    named("all_no", d_by(yes=logistic_no)): "real pictures with their own c want a yes",
    named("turned", d_by(yes=logistic_no, no=logistic_yes)): "yes and no changed places",
    named("uphill", steps(lambda *given: -d_loss(*given))): "so D lowers -V to raise V",
    named("wrong_pairs", with_wrong_pairs(1.0)): "that with a no for (real, wrong c)",
    named("wrong_pairs_halved", with_wrong_pairs(0.5)): "that with two halves of a no",
    named("real_wrong", d_by(real=wrong)): "a real picture goes with its own c",
    named("fake_wrong", d_by(fake=wrong)): "any other makes its no too easy",
    named("both_wrong", d_by(wrong, wrong)): "that with a wrong c for both",
    named("both_shuffled_d", d_by(rolled, rolled)): "that with a shuffled c for both",
    named("real_shuffled", d_by(real=rolled)): "that of real pictures with a shuffled c",
    named("fake_shuffled_d", d_by(fake=rolled)): "got that of fakes with a shuffled c - c was shuffled before D: rows",
    named("d_deaf_step", d_by(silent, silent)): "D was handed zeros",
    named("real_silent", d_by(real=silent)): "D was not told c beside the real pictures",
    named("fake_silent", d_by(fake=silent)): "the source's formula drops it, too",
    named("d_sigmoid_twice", d_by(yes=twice, no=lambda logits: logistic_no(logits.sigmoid()))): "a sigmoid too many",
    named("d_summed", steps(lambda *given: 4 * d_loss(*given))): "a sum grows with the batch",
    named("least_squares", d_by(yes=lambda s: ((s - 1) ** 2).mean(), no=lambda s: (s ** 2).mean())):
        "D's loss has two terms",
    named("asked_wrong", steps(asked=wrong)): "in D's step: those are of other classes",
    named("asked_evenly", steps(asked=evenly)): "as often as you draw them",
    named("asked_silent", steps(asked=silent)): "in D's step: G was told nothing",
    named("asked_rolled", steps(asked=lambda b: b.condition.flip(0))): "take them as they are",
    named("g_asked_wrong", g_by(asked=wrong)): "in G's step: those are of other classes",
    named("g_told_wrong", g_by(told=wrong)): "D judges G's picture with the c",
    named("g_told_shuffled", g_by(told=rolled)): "by what was asked for another",
    named("g_told_nothing", g_by(told=silent)): "D's own c was dropped",
    named("g_minimax", g_by(weigh=lambda s: -logistic_no(s))): "this is the minimax loss",
    named("g_helps_d", g_by(weigh=logistic_no)): "G helps D to find its fakes",
    named("g_uphill", g_by(weigh=lambda s: -logistic_yes(s))): "this move lowers D's answer",
    named("g_squares", g_by(weigh=lambda s: ((s - 1) ** 2).mean())): "G's loss asks D about fakes",
    never_zeroed: "what the step before left is still in it",
    d_loss_runs_into_g: "draw the fakes of D's loss under `no_grad()`",
    g_moved_by_hand: "D's step moved G's weights",
    d_moved_by_hand: "only G's optimiser steps there",
    d_moves_twice: "D moved again in G's step",
    g_first: "G moved first",
    both_at_once: "pushed D, too",
    yesterdays_d: "G answers yesterday's D",
    g_detached: "Its own fakes must not be detached",
    by_the_library: "has a `generator` and a `discriminator`",
    four_pictures: "divided by something more",
    nothing: "nobody moved",
}


RIGHT = {
    "cgn_value.conditional_value": [by_cross_entropy, in_numpy],
    "cgn_vectors.class_vectors": [by_eye, by_comparison, by_scatter, one_hot],
    "cgn_vectors.join": [join_by_library, join_by_ones],
    "cgn_place.class_at_place": [place_by_library, place_by_loop],
    "cgn_paths.two_paths": [paths_by_detach, paths_by_chain],
    "cgn_training.training_step": [drawn_once, frozen_and_fresh],
}
MISTAKES = {
    "cgn_value.conditional_value": VALUES,
    "cgn_vectors.class_vectors": VECTORS,
    "cgn_vectors.join": JOINS,
    "cgn_place.class_at_place": PLACES,
    "cgn_paths.two_paths": PATHS,
    "cgn_training.training_step": STEPS,
}
