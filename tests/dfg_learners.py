"""How learners write the fusion of DF-GAN, what D says and where it is flat, rightly and wrongly; with what they hear.

The mistakes are small changes of the reference: each function does what its name says and all else right.
"""

import math
import warnings

import torch
from torch import nn
from torch.nn import functional as F

from t2ilib.exercises.answers.dfg_judging import hinge
from t2ilib.exercises.answers.dfg_start import starting_at


def nothing(*given):
    len(given)


def named(name, answer):
    answer.__name__ = name
    return answer


# dfg_fusion.df_block


def wide(numbers):
    return numbers[:, :, None, None]


def affine(features, pair):
    return wide(pair[0]) * features + wide(pair[1])


def leaky(features):
    return F.leaky_relu(features, 0.2)


def fusion_by_layers(features, first, second):
    """By addcmul and a maximum; sizes read from the features."""
    count, channels, *_ = features.shape
    for scale, shift in (first, second):
        features = torch.addcmul(shift.view(count, channels, 1, 1), features, scale.view(count, channels, 1, 1))
        features = torch.maximum(features, features / 5)
    return features


def fusion_by_einsum(features, first, second):
    """Places first, so that scales fit the last two axes."""
    x = features.permute(2, 3, 0, 1)
    for scale, shift in (first, second):
        x = nn.LeakyReLU(0.2)(torch.einsum("hwbc,bc->hwbc", x, scale) + shift)
    return x.permute(2, 3, 0, 1)


def halves(step):
    """A fusion that takes another step twice."""
    def answer(features, first, second):
        for pair in (first, second):
            features = step(features, pair)
        return features
    return answer


def joined(*functions):
    """A fusion that does these things in turn; "1" and "2" are the two affines."""
    def answer(features, first, second):
        for one in functions:
            features = affine(features, {"1": first, "2": second}[one]) if isinstance(one, str) else one(features)
        return features
    return answer


def over_the_places(features, pair):
    return leaky(pair[0] * features + pair[1])


def over_the_columns(features, pair):
    return leaky(pair[0][:, None, None] * features + pair[1][:, None, None])


def first_picture(features, pair):
    return leaky(affine(features, (pair[0][:1], pair[1][:1])))


def normalised(features, pair):
    return leaky(affine(F.instance_norm(features), pair))


def in_place(features, first, second):
    for scale, shift in (first, second):
        features *= wide(scale)
        features += wide(shift)
        F.leaky_relu(features, 0.2, inplace=True)
    return features


def four_by_four(features, first, second):
    for pair in (first, second):
        scale, shift = (one.repeat_interleave(4 * len(features[0, 0]), dim=1).view(*features.shape[:3], 4)
                        for one in pair)
        features = leaky(scale * features + shift)
    return features


def scale_detached(features, first, second):
    for scale, shift in (first, second):
        features = leaky(affine(features, (scale.detach(), shift)))
    return features


def as_array(features, first, second):
    return joined("1", leaky, "2", leaky)(features, first, second).detach().numpy()


# dfg_start.starting_at


class Gated(nn.Module):
    """`start`, and a perceptron behind a gate that begins closed."""

    def __init__(self, inputs, channels, start):
        super().__init__()
        self.start, self.gate = start, nn.Parameter(torch.zeros(channels))
        self.hidden, self.last = nn.Linear(inputs, channels), nn.Linear(channels, channels)

    def forward(self, sentence):
        return self.start + self.gate * self.last(self.hidden(sentence).relu())


def by_attributes(inputs, channels, start):
    network = nn.Sequential(nn.Linear(inputs, channels), nn.ReLU(), nn.Linear(channels, channels))
    with torch.no_grad():
        network[2].weight *= 0
        network[2].bias[:] = start
    return network


def gated(inputs, channels, start):
    return Gated(inputs, channels, start)


def changed(change):
    """The reference, with something done to its layers."""
    def answer(inputs, channels, start):
        network = starting_at(inputs, channels, start)
        change(network, start)
        return network
    return answer


def as_pytorch_makes_it(network, start):
    network[2].reset_parameters()


def bias_alone(network, start):
    network[2].reset_parameters()
    nn.init.constant_(network[2].bias, start)


def bias_of_the_first(network, start):
    nn.init.zeros_(network[2].bias)
    nn.init.constant_(network[0].bias, start)


def always_one(network, start):
    nn.init.ones_(network[2].bias)


def both_zero(network, start):
    nn.init.zeros_(network[0].weight)
    nn.init.zeros_(network[0].bias)


def frozen(network, start):
    network.requires_grad_(False)


def last_frozen(network, start):
    network[2].weight.requires_grad_(False)


def one_layer(inputs, channels, start):
    last = nn.Linear(inputs, channels)
    nn.init.zeros_(last.weight)
    nn.init.constant_(last.bias, start)
    return last


def without_relu(inputs, channels, start):
    network = starting_at(inputs, channels, start)
    return nn.Sequential(network[0], network[2])


def relu_behind(inputs, channels, start):
    network = starting_at(inputs, channels, start)
    return nn.Sequential(network[0], network[2], nn.ReLU())


def one_output(inputs, channels, start):
    return starting_at(inputs, 1, start)


def what_it_gives(inputs, channels, start):
    return starting_at(inputs, channels, start)(torch.zeros(1, inputs))


class Fixed(nn.Module):
    """Gives `start`, and learns nothing."""

    def __init__(self, channels, start):
        super().__init__()
        self.channels, self.start = channels, start

    def forward(self, sentence):
        return torch.full((len(sentence), self.channels), float(self.start))


def fixed(inputs, channels, start):
    return Fixed(channels, start)


# dfg_fusion.collapse


def collapse_by_two_points(first, second):
    """From what comes of 0 and of 1."""
    at = [second[0] * (first[0] * x + first[1]) + second[1] for x in (0.0, 1.0)]
    return at[1] - at[0], at[0]


def collapse_by_matrices(first, second):
    """As products of 2 x 2 matrices."""
    def matrix(scale, shift):
        return torch.stack([torch.stack([scale, shift], -1), torch.stack([0 * scale, 0 * scale + 1], -1)], -2)
    whole = matrix(*second) @ matrix(*first)
    return whole[..., 0, 0], whole[..., 0, 1]


def collapse_as(scale, shift):
    return lambda first, second: (scale(*first, *second), shift(*first, *second))


def product(a, b, c, d):
    return c * a


def right_shift(a, b, c, d):
    return c * b + d


# dfg_judging.hinge


def yes(logits):
    return F.relu(1 - logits).mean()


def no(logits):
    return F.relu(1 + logits).mean()


def hinge_as_printed(s_r, s_w, s_f):
    """Minimum for minimum, as the formula stands."""
    zero = torch.zeros(())
    return -(torch.minimum(zero, -1 + s_r).mean() + torch.minimum(zero, -1 - s_w).mean() / 2
             + torch.minimum(zero, -1 - s_f).mean() / 2)


def hinge_by_clamp(s_r, s_w, s_f):
    return ((1 - s_r).clamp(min=0) + 0.5 * (1 + s_w).clamp(min=0) + 0.5 * (1 + s_f).clamp(min=0)).mean()


def hinge_in_a_row(s_r, s_w, s_f):
    """By PyTorch's hinge embedding loss, which takes max(0, margin - x) of label -1."""
    def below(x):
        return F.hinge_embedding_loss(x, -torch.ones_like(x))
    return below(s_r) + below(-s_w) / 2 + below(-s_f) / 2


def weighed(a, b, c, real=yes, wrong=no, fake=no):
    """A hinge with other weights or other wishes."""
    return lambda s_r, s_w, s_f: a * real(s_r) + b * wrong(s_w) + c * fake(s_f)


def means_first(s_r, s_w, s_f):
    return hinge(s_r.mean(), s_w.mean(), s_f.mean())


def logistic(s_r, s_w, s_f):
    return F.softplus(-s_r).mean() + (F.softplus(s_w).mean() + F.softplus(s_f).mean()) / 2


def without_margin(s_r, s_w, s_f):
    return F.relu(-s_r).mean() + (F.relu(s_w).mean() + F.relu(s_f).mean()) / 2


def without_end(s_r, s_w, s_f):
    return (1 - s_r).mean() + ((1 + s_w).mean() + (1 + s_f).mean()) / 2


def end_of_the_whole(s_r, s_w, s_f):
    return F.relu(without_end(s_r, s_w, s_f))


def squared(s_r, s_w, s_f):
    return (F.relu(1 - s_r) ** 2 + F.relu(1 + s_w) ** 2 / 2 + F.relu(1 + s_f) ** 2 / 2).mean()


def leaking(s_r, s_w, s_f):
    return (F.leaky_relu(1 - s_r, 1e-8) + F.leaky_relu(1 + s_w, 1e-8) / 2 + F.leaky_relu(1 + s_f, 1e-8) / 2).mean()


def wrong_detached(s_r, s_w, s_f):
    return hinge(s_r, s_w.detach(), s_f)


# dfg_judging.one_way


def stacked_with(tile, *, flat=lambda answers: answers.flatten()):
    """The reference, with the text laid out, or the answers flattened, in another way."""
    def answer(see, head, image, fake, text, wrong_text):
        real = see(image)
        return tuple(flat(head(tile(features, said))) for features, said in (
            (real, text), (real, wrong_text), (see(fake), text)))
    return answer


def behind(features, text):
    return torch.cat([features, text[:, :, None, None].expand(-1, -1, *features.shape[2:])], dim=1)


def one_pass(see, head, image, fake, text, wrong_text):
    """All pictures in one batch, all questions in another."""
    real, drawn = see(torch.cat([image, fake])).chunk(2)
    texts = torch.cat([text, wrong_text, text])
    features = torch.cat([real, real, drawn])
    return head(behind(features, texts))[:, 0, 0, 0].chunk(3)


def by_broadcasting(see, head, image, fake, text, wrong_text):
    def ask(features, said):
        places = said.view(*said.shape, 1, 1) + torch.zeros_like(features[:, :1])
        return head(torch.hstack([features, places])).view(-1)
    real, drawn = see(image), see(fake)
    return [ask(real, text), ask(real, wrong_text), ask(drawn, text)]


def text_first(features, text):
    return torch.cat([behind(features, text)[:, features.shape[1]:], features], dim=1)


def cut_up(features, text):
    return torch.cat([features, text.repeat(1, 16).view(len(text), -1, 4, 4)], dim=1)


def batch_mixed(features, text):
    return torch.cat([features, text.repeat(16, 1).view(len(text), -1, 4, 4)], dim=1)


def text_cut_off(features, text):
    return behind(features, text.detach())


def asked(*pairs):
    """The reference with other pairs, named by "i", "f", "t" and "w"."""
    def answer(see, head, image, fake, text, wrong_text):
        seen, said = {"i": see(image), "f": see(fake)}, {"t": text, "w": wrong_text}
        return tuple(head(behind(seen[picture], said[words])).flatten() for picture, words in pairs)
    return answer


def looks_again(see, head, image, fake, text, wrong_text):
    return tuple(head(behind(see(picture), said)).flatten()
                 for picture, said in ((image, text), (image, wrong_text), (fake, text)))


def fake_cut_off(see, head, image, fake, text, wrong_text):
    return one_pass(see, head, image, fake.detach(), text, wrong_text)


# dfg_penalty.gradient_penalty


def penalty_of(weigh=None, *, pair="it", create=True, before=torch.sum):
    """The reference with another pair, or another way from the slopes (B, N) and (B, E) to a number."""
    def answer(discriminator, image, fake, text, wrong_text):
        known = {"i": image, "f": fake, "t": text, "w": wrong_text, "m": (image + fake) / 2}
        inputs = [known[name].detach().clone().requires_grad_() for name in pair]
        answers, = discriminator(*inputs)
        slopes = torch.autograd.grad(before(answers), inputs, create_graph=create)
        return (weigh or sixth)(*(slope.flatten(1) for slope in slopes))
    return answer


def squares(x, e):
    return x.square().sum(1) + e.square().sum(1)


def sixth(x, e):
    return 2 * squares(x, e).pow(3).mean()


def length(*slopes):
    return torch.cat(slopes, dim=1).norm(dim=1)


def by_norm(discriminator, image, fake, text, wrong_text):
    """In the order of the authors' code, with a norm that is safe at 0; the gradient is asked of the given tensors."""
    image.requires_grad_(), text.requires_grad_()
    answers, = discriminator(image, text)
    slopes = torch.autograd.grad(answers, (image, text), torch.ones_like(answers), create_graph=True)
    return 2 * (length(*(slope.flatten(1) for slope in slopes)) ** 6).mean()


def pair_by_pair(discriminator, image, fake, text, wrong_text):
    """A pair at a time, by torch.func."""
    def ask(one, said):
        return discriminator(one[None], said[None])[0].squeeze()

    x, e = torch.func.vmap(torch.func.grad(ask, argnums=(0, 1)))(image, text)
    return 2 * sum(squares(x.flatten(1), e) ** 3) / len(image)


def both_places(discriminator, image, fake, text, wrong_text):
    pictures, texts = torch.cat([image, fake]), torch.cat([text, text])
    return penalty_of()(discriminator, pictures, pictures, texts, wrong_text)


def by_backward(discriminator, image, fake, text, wrong_text):
    image.requires_grad_(), text.requires_grad_()
    with warnings.catch_warnings():             # PyTorch warns of what is wrong about it
        warnings.simplefilter("ignore")
        discriminator(image, text)[0].sum().backward(create_graph=True)
    return sixth(image.grad.flatten(1), text.grad)


def tuple_forgotten(discriminator, image, fake, text, wrong_text):
    image.requires_grad_()
    answers = discriminator(image, text)
    return sixth(torch.autograd.grad(answers.sum(), image, create_graph=True)[0].flatten(1), text)


def without_asking(discriminator, image, fake, text, wrong_text):
    answers, = discriminator(image, text)
    return sixth(*(one.flatten(1) for one in torch.autograd.grad(answers.sum(), (image, text), create_graph=True)))


def sum_forgotten(discriminator, image, fake, text, wrong_text):
    image.requires_grad_(), text.requires_grad_()
    answers, = discriminator(image, text)
    return sixth(*(one.flatten(1) for one in torch.autograd.grad(answers, (image, text), create_graph=True)))


def too_late(discriminator, image, fake, text, wrong_text):
    answers, = discriminator(image.clone().requires_grad_(), text.clone().requires_grad_())
    image.requires_grad_(), text.requires_grad_()
    return sixth(*(one.flatten(1) for one in torch.autograd.grad(answers.sum(), (image, text), create_graph=True)))


def three_pairs(x, e):
    return 2 * squares(x, e).pow(3).sum() / 3


# dfg_power.same_strength


def strength_by_logarithms(k, p, power, slope):
    cost = math.exp(math.log(k) + (p - power) * math.log(slope))
    return cost, p / power * cost


def strength_by_derivatives(k, p, power, slope):
    """By autograd, as tensors."""
    s = torch.tensor(slope, dtype=torch.float64, requires_grad=True)
    pull, = torch.autograd.grad(k * s ** p, s)
    unit, = torch.autograd.grad(s ** power, s)
    return torch.stack([(k * s ** p / s ** power).detach(), pull / unit])


def weights(cost, pull):
    """What is returned, from k, p, power and slope, and the right cost."""
    return lambda k, p, power, slope: (cost(k, p, power, slope), pull(k, p, power, slope))


def right_cost(k, p, power, slope):
    return k * slope ** (p - power)


def right_pull(k, p, power, slope):
    return right_cost(k, p, power, slope) * p / power


RIGHT = {
    "dfg_fusion.df_block": [fusion_by_layers, fusion_by_einsum],
    "dfg_fusion.collapse": [collapse_by_two_points, collapse_by_matrices],
    "dfg_start.starting_at": [by_attributes, gated],
    "dfg_judging.hinge": [hinge_as_printed, hinge_by_clamp, hinge_in_a_row],
    "dfg_judging.one_way": [one_pass, by_broadcasting],
    "dfg_penalty.gradient_penalty": [by_norm, pair_by_pair],
    "dfg_power.same_strength": [strength_by_logarithms, strength_by_derivatives],
}
MISTAKES = {
    "dfg_fusion.df_block": {
        named("over_the_places", halves(over_the_places)): "meets the last two axes",
        named("over_the_columns", halves(over_the_columns)): "the scale was laid over the columns",
        named("no_shift", halves(lambda x, pair: leaky(wide(pair[0]) * x))): "the shifts are missing",
        named("shift_first", halves(lambda x, pair: leaky(wide(pair[0]) * (x + wide(pair[1]))))): "shift came before",
        named("once", joined("1", leaky)): "`first` alone acted",
        named("second_once", joined("2", leaky)): "`second` alone acted",
        named("other_order", joined("2", leaky, "1", leaky)): "`second` acted before `first`",
        named("first_twice", joined("1", leaky, "1", leaky)): "`first` acted twice",
        named("one_more", halves(lambda x, pair: leaky(affine(x, (1 + pair[0], pair[1]))))): "1 was added to the scale",
        named("first_picture", halves(first_picture)): "the numbers of the first one",
        named("normalised", halves(normalised)): "nothing is normalised here",
        named("no_activation", joined("1", "2")): "there is no activation",
        named("none_between", joined("1", "2", leaky)): "the activation between the two is missing",
        named("none_behind", joined("1", leaky, "2")): "the last activation is missing",
        named("activated_before", joined(leaky, "1", leaky, "2")): "the activation came before each affine",
        named("one_too_many", joined(leaky, "1", leaky, "2", leaky)): "an activation too many",
        named("relu", joined("1", torch.relu, "2", torch.relu)): "this is ReLU",
        named("default_slope", joined("1", F.leaky_relu, "2", F.leaky_relu)): "0.01 is PyTorch's slope",
        in_place: "this worked in place",
        four_by_four: "a size is written into it",
        scale_detached: "a gradient at the first scale, got none",
        as_array: "got ndarray",
        nothing: "is there a `return`?",
    },
    "dfg_start.starting_at": {
        named("as_made", changed(as_pytorch_makes_it)): "it depends on the sentence",
        named("bias_alone", changed(bias_alone)): "it depends on the sentence",
        named("bias_of_the_first", changed(bias_of_the_first)): "but not `start`",
        named("always_one", changed(always_one)): "but not `start`",
        named("both_zero", changed(both_zero)): "all zeros nothing moves",
        named("frozen", changed(frozen)): "but stay able to learn",
        named("last_frozen", changed(last_frozen)): "all zeros nothing moves",
        fixed: "but stay able to learn",
        one_layer: "put a ReLU between both layers",
        without_relu: "put a ReLU between both layers",
        relu_behind: "put a ReLU between both layers",
        one_output: "one row for each sentence",
        what_it_gives: "return the network itself",
        nothing: "is there a `return`?",
    },
    "dfg_fusion.collapse": {
        named("scales_added", collapse_as(lambda a, b, c, d: a + c, right_shift)): "the scales multiply",
        named("first_scale", collapse_as(lambda a, b, c, d: a, right_shift)): "the scale of the first alone",
        named("pair_turned", collapse_as(right_shift, product)): "scale and shift changed places",
        named("shifts_added", collapse_as(product, lambda a, b, c, d: b + d)): "the first shift is scaled as well",
        named("second_first", collapse_as(product, lambda a, b, c, d: a * d + b)): "`second` acted first",
        named("both_scaled", collapse_as(product, lambda a, b, c, d: c * (b + d))): "not scaled by anything",
        named("by_the_first", collapse_as(product, lambda a, b, c, d: a * b + d)): "not by the first",
        named("by_both", collapse_as(product, lambda a, b, c, d: c * a * b + d)): "by the second scale alone",
        named("no_second_shift", collapse_as(product, lambda a, b, c, d: c * b)): "the second shift is missing",
        named("second_shift", collapse_as(product, lambda a, b, c, d: d)): "this is the second shift alone",
        named("scale_alone", lambda first, second: second[0] * first[0]): "got Tensor",
        nothing: "is there a `return`?",
    },
    "dfg_judging.hinge": {
        named("full_weights", weighed(1, 1, 1)): "each no counts 1/2",
        named("half_for_one", weighed(1, 0.5, 1)): "both kinds of no are halved",
        named("without_wrong", weighed(1, 0, 1)): "this D lets G ignore the text",
        named("without_wrong_halved", weighed(1, 0, 0.5)): "a term is missing",
        named("without_fakes", weighed(1, 1, 0)): "nobody tells fakes from real pictures",
        named("all_halved", weighed(0.5, 0.25, 0.25)): "this is half of it",
        named("raised", weighed(-1, -0.5, -0.5)): "the sign: the formula",
        named("summed", lambda *logits: len(logits[0]) * hinge(*logits)): "this is a sum over the batch",
        named("not_averaged", lambda r, w, f: F.relu(1 - r) + F.relu(1 + w) / 2 + F.relu(1 + f) / 2):
            "one number for the whole batch",
        named("turned", weighed(1, 0.5, 0.5, no, yes, yes)): "the margins changed sides",
        named("all_no", weighed(1, 0.5, 0.5, no)): "everything is called a no",
        named("all_yes", weighed(1, 0.5, 0.5, yes, yes, yes)): "everything is called a yes",
        named("wrong_is_yes", weighed(1, 0.5, 0.5, yes, yes)): "s_w is called a yes",
        named("fake_is_yes", weighed(1, 0.5, 0.5, yes, no, yes)): "s_f is called a yes",
        named("exchanged", lambda s_r, s_w, s_f: hinge(s_w, s_r, s_f)): "s_r and s_w changed places",
        named("sigmoids", lambda *logits: hinge(*(2 * (one.sigmoid() - 0.5) for one in logits))): "and half of max",
        logistic: "this is the logistic loss",
        without_margin: "the margin is missing",
        without_end: "nothing stops at 0",
        end_of_the_whole: "max(0, ...) was taken of the whole",
        means_first: "this is the loss of the mean logit",
        squared: "this is the squared hinge",
        leaking: "beyond its margin an answer has no slope",
        wrong_detached: "s_w was detached",
        nothing: "is there a `return`?",
    },
    "dfg_judging.one_way": {
        named("text_first", stacked_with(text_first)): "the text came first",
        named("cut_up", stacked_with(cut_up)): "the text was cut up",
        named("batch_mixed", stacked_with(batch_mixed)): "the text was cut up",
        named("fake_with_wrong", asked("it", "iw", "fw")): "judged with the text it was drawn for",
        named("wrong_with_fake", asked("it", "fw", "ft")): "belongs to a *real* picture",
        named("order", asked("it", "ft", "iw")): "(fake, right) changed places",
        named("texts_exchanged", asked("iw", "it", "ft")): "right and wrong text changed places",
        named("wrong_unused", asked("it", "it", "ft")): "ask `head` about image and wrong_text",
        named("probabilities", stacked_with(behind, flat=lambda answers: answers.flatten().sigmoid())):
            "a sigmoid too many",
        named("maps", stacked_with(behind, flat=lambda answers: answers)): "flatten it",
        named("squeezed", stacked_with(behind, flat=torch.squeeze)): "that of the batch as well",
        named("two_answers", asked("it", "ft")): "return the answers to the three kinds",
        looks_again: "keep `see(image)`, and use it",
        fake_cut_off: "none for fake -",
        named("text_cut_off", stacked_with(text_cut_off)): "none for text and wrong_text",
        nothing: "is there a `return`?",
    },
    "dfg_penalty.gradient_penalty": {
        named("at_fakes", penalty_of(pair="ft")): "this is the slope at fakes",
        named("at_wrong", penalty_of(pair="iw")): "with *wrong* texts",
        named("at_fakes_and_wrong", penalty_of(pair="fw")): "fakes with wrong texts",
        named("between", penalty_of(pair="mt")): "between real and fake",
        both_places: "the fakes are what has to move",
        named("no_graph", penalty_of(create=False)): "without `create_graph=True`",
        named("no_weight", penalty_of(lambda x, e: sixth(x, e) / 2)): "the weight is missing",
        named("summed", penalty_of(lambda x, e: 2 * squares(x, e).pow(3).sum())): "this is a sum over the batch",
        named("each", penalty_of(lambda x, e: 2 * squares(x, e).pow(3))): "one number: the mean",
        named("weight_inside", penalty_of(lambda x, e: (2 * length(x, e)).pow(6).mean())): "not inside the power",
        named("no_text", penalty_of(lambda x, e: sixth(x, 0 * e))): "the text was left out",
        named("no_picture", penalty_of(lambda x, e: sixth(0 * x, e))): "the picture was left out",
        named("two_lengths", penalty_of(lambda x, e: 2 * (x.norm(dim=1) + e.norm(dim=1)).pow(6).mean())):
            "these are two lengths, added",
        named("powers_added", penalty_of(lambda x, e: 2 * (length(x) ** 6 + length(e) ** 6).mean())):
            "raised by itself",
        named("p_inside", penalty_of(lambda x, e: 2 * (x.pow(6).sum(1) + e.pow(6).sum(1)).mean())): "p came inside:",
        named("p_in_the_root", penalty_of(lambda x, e: 2 * (x.pow(6).sum(1) + e.pow(6).sum(1)).sqrt().mean())):
            "p came inside the root",
        named("squared", penalty_of(lambda x, e: 2 * squares(x, e).mean())): "this is the square of the length",
        named("length_alone", penalty_of(lambda x, e: 2 * length(x, e).mean())): "this is the length alone",
        named("twelve", penalty_of(lambda x, e: 2 * squares(x, e).pow(6).mean())): "that is p = 12",
        named("whole_batch", penalty_of(lambda x, e: 2 * squares(x, e).sum().pow(3))): "one length for the whole batch",
        named("mean_first", penalty_of(lambda x, e: 2 * length(x, e).mean().pow(6))): "the mean came before the power",
        named("mean_answer", penalty_of(before=torch.mean)): "this is the slope of the mean answer",
        named("centred", penalty_of(lambda x, e: 2 * (length(x, e) - 1).pow(2).mean())): "centred at 1",
        named("rooted", penalty_of(lambda x, e: 2 * squares(x, e).sqrt().pow(6).mean())): "an infinite slope at 0",
        named("text_detached", penalty_of(lambda x, e: sixth(x, e.detach()))): "a part of the slope was detached",
        named("as_a_number", penalty_of(lambda x, e: sixth(x, e).item())): "`item` and NumPy cut off",
        named("three_pairs", penalty_of(three_pairs)): "a batch size is written into it",
        by_backward: "take `torch.autograd.grad`",
        tuple_forgotten: "gives a tuple",
        without_asking: "before* you ask D",
        sum_forgotten: "take their sum first",
        too_late: "by a tensor that D has not seen",
        nothing: "is there a `return`?",
    },
    "dfg_power.same_strength": {
        named("one_weight", right_cost): "return one for the cost",
        named("turned", weights(right_pull, right_cost)): "cost and pull changed places",
        named("same_for_both", weights(right_cost, right_cost)): "1 to any power is 1",
        named("upside_down", weights(right_cost, lambda k, p, q, s: right_cost(k, p, q, s) * q / p)): "solve for k'",
        named("pull_itself", weights(right_cost, lambda k, p, q, s: k * p * s ** (p - 1))): "12 is the pull itself",
        named("second_derivative", weights(right_cost, lambda k, p, q, s: right_cost(k, p, q, s) * p * (p - 1) / q
                                           / (q - 1))): "the second derivatives",
        named("pull_for_both", weights(right_pull, right_pull)): "agree if the weights do",
        named("at_one_alone", weights(lambda k, p, q, s: k, lambda k, p, q, s: k * p / q)): "at slope 1 alone",
        named("other_exponent", lambda k, p, q, s: tuple(k * s ** (q - p) * one for one in (1, p / q))):
            "not power - p",
        named("constant_pull", weights(right_cost, lambda k, p, q, s: k * p / q)): "the pull depends on the slope",
        named("one_less", weights(right_cost, lambda k, p, q, s: k * p / q * s ** (p - q - 1))): "it cancels",
        named("new_slope_forgotten", weights(right_cost, lambda k, p, q, s: k * p / q * s ** (p - 1))):
            "slope^(power - 1)",
        nothing: "is there a `return`?",
    },
}
