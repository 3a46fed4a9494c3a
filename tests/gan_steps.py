"""How learners write a training step, rightly and wrongly; the words are those they are told.

The mistakes are small changes of the reference: each function does what its name says and all else right.
"""

import torch
from torch.nn.functional import binary_cross_entropy, binary_cross_entropy_with_logits, logsigmoid, softplus


def move(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def d_loss(d, real, fake):
    return softplus(-d(real)).mean() + softplus(d(fake)).mean()


def g_loss(d, fake):
    return softplus(-d(fake)).mean()


# training_step, rightly


def like_dcgan(g, d, g_optimizer, d_optimizer, real, noise):
    """Zeroes at the start, two backwards for D, and the attached fakes used again."""
    d_optimizer.zero_grad()
    binary_cross_entropy_with_logits(d(real), torch.ones(len(real))).backward()
    fake = g(noise)
    binary_cross_entropy_with_logits(d(fake.detach()), torch.zeros(len(real))).backward()
    d_optimizer.step()
    g_optimizer.zero_grad()
    binary_cross_entropy_with_logits(d(fake), torch.ones(len(real))).backward()
    g_optimizer.step()


def in_one_batch(g, d, g_optimizer, d_optimizer, real, noise):
    """One look at both for D, no gradient for its fakes, fresh noise for G, and zeroes at the end; returns losses."""
    with torch.no_grad():
        fake = g(noise)
    labels = torch.cat([torch.ones(len(real)), torch.zeros(len(fake))])
    loss = binary_cross_entropy_with_logits(d(torch.cat([real, fake])), labels)
    loss.backward()
    d_optimizer.step()
    d_optimizer.zero_grad()
    d.requires_grad_(False)
    other = -logsigmoid(d(g(torch.randn_like(noise)))).mean()
    other.backward()
    d.requires_grad_(True)
    g_optimizer.step()
    g_optimizer.zero_grad()
    return loss.item(), other.item()


def by_gradients(g, d, g_optimizer, d_optimizer, real, noise):
    """Logarithms as in the paper, and gradients written into the weights by hand."""
    value = d(real).sigmoid().log().mean() + (1 - d(g(noise)).sigmoid()).log().mean()
    for weights, slope in zip(d.parameters(), torch.autograd.grad(-value, list(d.parameters()))):
        weights.grad = slope
    d_optimizer.step()
    loss = -d(g(noise)).sigmoid().log().mean()
    for weights, slope in zip(g.parameters(), torch.autograd.grad(loss, list(g.parameters()))):
        weights.grad = slope
    g_optimizer.step()


def thawed_when_needed(g, d, g_optimizer, d_optimizer, real, noise):
    """D is frozen at the end, and thawed at the start."""
    d.requires_grad_(True)
    move(d_optimizer, d_loss(d, real, g(noise).detach()))
    d.requires_grad_(False)
    move(g_optimizer, g_loss(d, g(noise)))


def attached_but_zeroed(g, d, g_optimizer, d_optimizer, real, noise):
    """D's loss runs into G, but G's gradients are zeroed before its own: wasteful, and right."""
    move(d_optimizer, d_loss(d, real, g(noise)))
    move(g_optimizer, g_loss(d, g(noise)))


# training_step, wrongly


def never_zeroed(g, d, g_optimizer, d_optimizer, real, noise):
    d_loss(d, real, g(noise).detach()).backward()
    d_optimizer.step()
    g_loss(d, g(noise)).backward()
    g_optimizer.step()


def d_never_zeroed(g, d, g_optimizer, d_optimizer, real, noise):
    d_loss(d, real, g(noise).detach()).backward()
    d_optimizer.step()
    move(g_optimizer, g_loss(d, g(noise)))


def zeroed_too_early(g, d, g_optimizer, d_optimizer, real, noise):
    g_optimizer.zero_grad()
    move(d_optimizer, d_loss(d, real, g(noise)))
    g_loss(d, g(noise)).backward()
    g_optimizer.step()


def one_loss_for_both(g, d, g_optimizer, d_optimizer, real, noise):
    g_optimizer.zero_grad()
    d_optimizer.zero_grad()
    (d_loss(d, real, g(noise).detach()) + g_loss(d, g(noise))).backward()
    d_optimizer.step()
    g_optimizer.step()


def swapped_labels(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, d_loss(d, g(noise).detach(), real))
    move(g_optimizer, g_loss(d, g(noise)))


def d_uphill(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, -d_loss(d, real, g(noise).detach()))
    move(g_optimizer, g_loss(d, g(noise)))


def fakes_only(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, softplus(d(g(noise).detach())).mean())
    move(g_optimizer, g_loss(d, g(noise)))


def real_only(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, softplus(-d(real)).mean() + 0 * d(g(noise).detach()).mean())
    move(g_optimizer, g_loss(d, g(noise)))


def real_without_fakes(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, softplus(-d(real)).mean())
    move(g_optimizer, g_loss(d, g(noise)))


def all_called_real(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, softplus(-d(real)).mean() + softplus(-d(g(noise).detach())).mean())
    move(g_optimizer, g_loss(d, g(noise)))


def all_called_fake(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, softplus(d(real)).mean() + softplus(d(g(noise).detach())).mean())
    move(g_optimizer, g_loss(d, g(noise)))


def sums(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, len(real) * d_loss(d, real, g(noise).detach()))
    move(g_optimizer, len(real) * g_loss(d, g(noise)))


def sigmoid_twice(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, d_loss(lambda x: d(x).sigmoid(), real, g(noise).detach()))
    move(g_optimizer, g_loss(d, g(noise)))


def g_sigmoid_twice(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, d_loss(d, real, g(noise).detach()))
    move(g_optimizer, g_loss(lambda x: d(x).sigmoid(), g(noise)))


def saturating(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, d_loss(d, real, g(noise).detach()))
    move(g_optimizer, (1 - d(g(noise)).sigmoid()).log().mean())


def g_helps_d(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, d_loss(d, real, g(noise).detach()))
    move(g_optimizer, binary_cross_entropy(d(g(noise)).sigmoid(), torch.zeros(len(noise))))


def g_uphill(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, d_loss(d, real, g(noise).detach()))
    move(g_optimizer, -g_loss(d, g(noise)))


def g_detached(g, d, g_optimizer, d_optimizer, real, noise):
    fake = g(noise).detach()
    move(d_optimizer, d_loss(d, real, fake))
    move(g_optimizer, g_loss(d, fake))


def g_detached_and_d_frozen(g, d, g_optimizer, d_optimizer, real, noise):
    fake = g(noise).detach()
    move(d_optimizer, d_loss(d, real, fake))
    d.requires_grad_(False)
    move(g_optimizer, g_loss(d, fake))


def d_stays_frozen(g, d, g_optimizer, d_optimizer, real, noise):
    if not next(d.parameters()).requires_grad:
        d_optimizer.zero_grad()
        d_optimizer.step()
    else:
        move(d_optimizer, d_loss(d, real, g(noise).detach()))
    d.requires_grad_(False)
    move(g_optimizer, g_loss(d, g(noise)))


def d_twice(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, softplus(-d(real)).mean())
    move(d_optimizer, softplus(d(g(noise).detach())).mean())
    move(g_optimizer, g_loss(d, g(noise)))


def g_first(g, d, g_optimizer, d_optimizer, real, noise):
    move(g_optimizer, g_loss(d, g(noise)))
    move(d_optimizer, d_loss(d, real, g(noise).detach()))


def without_backward(g, d, g_optimizer, d_optimizer, real, noise):
    d_optimizer.zero_grad()
    d_loss(d, real, g(noise).detach())
    d_optimizer.step()
    move(g_optimizer, g_loss(d, g(noise)))


def g_without_backward(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, d_loss(d, real, g(noise).detach()))
    g_optimizer.zero_grad()
    g_loss(d, g(noise))
    g_optimizer.step()


def without_step(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, d_loss(d, real, g(noise).detach()))
    g_optimizer.zero_grad()
    g_loss(d, g(noise)).backward()


def g_asks_yesterdays_d(g, d, g_optimizer, d_optimizer, real, noise):
    g_optimizer.zero_grad()
    g_loss(d, g(noise)).backward()
    move(d_optimizer, d_loss(d, real, g(noise).detach()))
    g_optimizer.step()


def d_loss_moves_g(g, d, g_optimizer, d_optimizer, real, noise):
    g_optimizer.zero_grad()
    move(d_optimizer, d_loss(d, real, g(noise)))
    g_optimizer.step()


def graph_twice(g, d, g_optimizer, d_optimizer, real, noise):
    fake = g(noise)
    move(d_optimizer, d_loss(d, real, fake))
    move(g_optimizer, g_loss(d, fake))


def old_answers(g, d, g_optimizer, d_optimizer, real, noise):
    fake = g(noise)
    says = d(fake)
    d_optimizer.zero_grad()
    (softplus(-d(real)).mean() + softplus(d(fake.detach())).mean()).backward()
    d_optimizer.step()
    move(g_optimizer, softplus(-says).mean())


def sixteen(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, binary_cross_entropy_with_logits(d(real), torch.ones(16)) + softplus(d(g(noise).detach())).mean())
    move(g_optimizer, g_loss(d, g(noise)))


def cleared_too_late(g, d, g_optimizer, d_optimizer, real, noise):
    d_loss(d, real, g(noise).detach()).backward()
    d_optimizer.zero_grad()
    d_optimizer.step()
    move(g_optimizer, g_loss(d, g(noise)))


def d_frozen_for_good(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, d_loss(d, real, g(noise).detach()))
    d.requires_grad_(False)
    move(g_optimizer, g_loss(d, g(noise)))


def own_optimisers(g, d, g_optimizer, d_optimizer, real, noise):
    move(torch.optim.Adam(d.parameters()), d_loss(d, real, g(noise).detach()))
    move(torch.optim.Adam(g.parameters()), g_loss(d, g(noise)))


def logits_as_probabilities(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, binary_cross_entropy(d(real), torch.ones(len(real))))
    move(g_optimizer, g_loss(d, g(noise)))


def g_asks_about_real(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, d_loss(d, real, g(noise).detach()))
    move(g_optimizer, g_loss(d, real))


def a_tenth(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, d_loss(d, real, g(noise).detach()) / 10)
    move(g_optimizer, g_loss(d, g(noise)))


def other_d_loss(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, (d(real) - 1).square().mean() + d(g(noise).detach()).square().mean())
    move(g_optimizer, g_loss(d, g(noise)))


def other_g_loss(g, d, g_optimizer, d_optimizer, real, noise):
    move(d_optimizer, d_loss(d, real, g(noise).detach()))
    move(g_optimizer, (g(noise) - real).square().mean())


def nothing(*given):
    len(given)


# inner_steps, rightly


def batches_first(g, d, g_optimizer, d_optimizer, next_batch, k):
    """All batches are drawn before the loop, and G takes the last noise."""
    batches = [next_batch() for _ in range(k)]
    for real, noise in batches:
        move(d_optimizer, d_loss(d, real, g(noise).detach()))
    move(g_optimizer, g_loss(d, g(batches[-1].noise)))


def counting_down(g, d, g_optimizer, d_optimizer, next_batch, k):
    while k > 0:
        batch = next_batch()
        like_bce = binary_cross_entropy_with_logits
        with torch.no_grad():
            fake = g(batch.noise)
        move(d_optimizer, like_bce(d(batch.real), torch.ones(len(fake))) + like_bce(d(fake), torch.zeros(len(fake))))
        k -= 1
    move(g_optimizer, g_loss(d, g(batch.noise)))


# inner_steps, wrongly


def k_ignored(g, d, g_optimizer, d_optimizer, next_batch, k):
    batches_first(g, d, g_optimizer, d_optimizer, next_batch, 1)


def g_in_the_loop(g, d, g_optimizer, d_optimizer, next_batch, k):
    for _ in range(k):
        batches_first(g, d, g_optimizer, d_optimizer, next_batch, 1)


def g_as_often(g, d, g_optimizer, d_optimizer, next_batch, k):
    batches_first(g, d, g_optimizer, d_optimizer, next_batch, k)
    for _ in range(k - 1):
        move(g_optimizer, g_loss(d, g(next_batch().noise)))


def g_before(g, d, g_optimizer, d_optimizer, next_batch, k):
    move(g_optimizer, g_loss(d, g(next_batch().noise)))
    for _ in range(k):
        real, noise = next_batch()
        move(d_optimizer, d_loss(d, real, g(noise).detach()))


def same_batch(g, d, g_optimizer, d_optimizer, next_batch, k):
    real, noise = next_batch()
    for _ in range(k):
        move(d_optimizer, d_loss(d, real, g(noise).detach()))
    move(g_optimizer, g_loss(d, g(noise)))


def same_batch_after_drawing(g, d, g_optimizer, d_optimizer, next_batch, k):
    batches = [next_batch() for _ in range(k)]
    for _ in batches:
        move(d_optimizer, d_loss(d, batches[0].real, g(batches[0].noise).detach()))
    move(g_optimizer, g_loss(d, g(batches[0].noise)))


def same_fakes(g, d, g_optimizer, d_optimizer, next_batch, k):
    fake = g(next_batch().noise).detach()
    for _ in range(k):
        move(d_optimizer, d_loss(d, next_batch().real, fake))
    move(g_optimizer, g_loss(d, g(next_batch().noise)))


def zeroed_once(g, d, g_optimizer, d_optimizer, next_batch, k):
    d_optimizer.zero_grad()
    for _ in range(k):
        real, noise = next_batch()
        d_loss(d, real, g(noise).detach()).backward()
        d_optimizer.step()
    move(g_optimizer, g_loss(d, g(noise)))


def inner_swapped(g, d, g_optimizer, d_optimizer, next_batch, k):
    for _ in range(k):
        real, noise = next_batch()
        move(d_optimizer, d_loss(d, g(noise).detach(), real))
    move(g_optimizer, g_loss(d, g(noise)))


def inner_saturating(g, d, g_optimizer, d_optimizer, next_batch, k):
    for _ in range(k):
        real, noise = next_batch()
        move(d_optimizer, d_loss(d, real, g(noise).detach()))
    move(g_optimizer, -softplus(d(g(noise))).mean())


def g_zeroed_before_the_loop(g, d, g_optimizer, d_optimizer, next_batch, k):
    g_optimizer.zero_grad()
    for _ in range(k):
        real, noise = next_batch()
        move(d_optimizer, d_loss(d, real, g(noise)))
    g_loss(d, g(noise)).backward()
    g_optimizer.step()


def d_frozen_behind_the_loop(g, d, g_optimizer, d_optimizer, next_batch, k):
    for _ in range(k):
        real, noise = next_batch()
        move(d_optimizer, d_loss(d, real, g(noise).detach()))
    d.requires_grad_(False)
    move(g_optimizer, g_loss(d, g(noise)))


def divided_by_k(g, d, g_optimizer, d_optimizer, next_batch, k):
    for _ in range(k):
        real, noise = next_batch()
        move(d_optimizer, d_loss(d, real, g(noise).detach()) / k)
    move(g_optimizer, g_loss(d, g(noise)))


def at_most_three(g, d, g_optimizer, d_optimizer, next_batch, k):
    batches_first(g, d, g_optimizer, d_optimizer, next_batch, min(k, 3))


RIGHT = {
    "gan_training.training_step": [like_dcgan, in_one_batch, by_gradients, thawed_when_needed,
                                   attached_but_zeroed],
    "gan_training.inner_steps": [batches_first, counting_down],
}
MISTAKES = {
    "gan_training.training_step": {
        never_zeroed: "what the step before left is still in it",
        d_never_zeroed: "what the step before left is still in it",
        zeroed_too_early: "D's step left a gradient in G",
        one_loss_for_both: "G's loss went backward before D moved",
        swapped_labels: "the labels are swapped",
        d_uphill: "D lowers -V to raise V",
        fakes_only: "D was shown no real samples",
        real_only: "D was shown no fakes",
        real_without_fakes: "call `generator(noise)` and show D what comes",
        all_called_real: "fakes are called real",
        all_called_fake: "real samples are called fake",
        sums: "a sum grows with the batch",
        sigmoid_twice: "a sigmoid too many",
        g_sigmoid_twice: "a sigmoid too many",
        saturating: "this is the minimax loss: it saturates",
        g_helps_d: "label 0 in G's step",
        g_uphill: "the sign: this move lowers D(G(z))",
        g_detached: "its own fakes must not be detached",
        g_detached_and_d_frozen: "nothing leads from this loss back to a weight",
        d_stays_frozen: "weights that were frozen have to be thawed",
        d_twice: "D's optimiser stepped 2 times where 1 is asked for",
        g_first: "G moved first",
        without_backward: "no gradient arrived at D",
        g_without_backward: "no gradient arrived at G",
        without_step: "G never moved: its optimiser needs a `step()`",
        g_asks_yesterdays_d: "G answers yesterday's D",
        d_loss_moves_g: "D's loss went backward into G",
        graph_twice: "the fakes still hang on G",
        old_answers: "D moved after it gave these answers",
        sixteen: "a batch size is written into the step",
        cleared_too_late: "no gradient arrived at D",
        d_frozen_for_good: "weights that were frozen have to be thawed",
        own_optimisers: "make none of your own",
        logits_as_probabilities: "D gives logits, not probabilities",
        g_asks_about_real: "its own fakes must not be detached",
        a_tenth: "divided by something more",
        other_d_loss: "D's loss has two terms and nothing else",
        other_g_loss: "G's loss asks D about fresh fakes",
        nothing: "nobody moved",
    },
    "gan_training.inner_steps": {
        k_ignored: "D's optimiser stepped 1 times where 3 is asked for",
        g_in_the_loop: "G moved inside the loop",
        g_as_often: "G's optimiser stepped 3 times",
        g_before: "G moved first",
        same_batch: "ask for one inside the loop",
        same_batch_after_drawing: "three different batches",
        same_fakes: "draw the fakes inside the loop",
        zeroed_once: "`zero_grad()` belongs into the loop",
        inner_swapped: "the labels are swapped",
        inner_saturating: "this is the minimax loss: it saturates",
        g_zeroed_before_the_loop: "D's step left a gradient in G",
        d_frozen_behind_the_loop: "weights that were frozen have to be thawed",
        divided_by_k: "divided by something more",
        at_most_three: "D's optimiser stepped 3 times where 5 is asked for",
        nothing: "nobody moved",
    },
}
