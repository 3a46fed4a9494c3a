# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 3 · Told what to draw
#
# Choose a colour for each part of a bird, and look at eight birds that nobody has ever painted.
#
# **Guess first:** no bird in the training pictures had exactly these colours together. Will it mix them up?

# %% tags=["parameters"]
profile = ""    # "smoke", "laptop" or "gpu"; empty takes T2I_PROFILE, else laptop

# %%
from t2ilib import runtime
from t2ilib.widgets.condition_picker import condition_picker

profile = runtime.profile(profile)
condition_picker()

# %% [markdown]
# **What to see.** It does not mix them up: over 2,000 requests, each for one to ten parts, 94 % of the named parts
# have their colour, read by a probe that took no part in the training. Beak and legs are left open here. Now and then
# a bird has two heads. Nobody asked for one.
#
# This chapter tells both players what is wanted: a *condition*. It is the last step before sentences.

# %% [markdown]
# | | |
# |---|---|
# | **Question** | How do you tell a GAN what to draw, and how do you check that it listens? |
# | **You will be able to** | give a condition to both players · write the conditional value function · measure obedience against ceiling and floor · find out who does not listen · make D name what it sees |
# | **You need** | chapters 1 and 2; no GPU, no download; four hours |
# | **Time** | smoke 22 s, 999 MB; laptop 45 s, 998 MB (2 cores) |
# | **Source** | Mirza and Osindero 2014, *Conditional Generative Adversarial Nets*: Equation 2 → §3.2, Figure 1 → §3.4, Section 4.1 → §3.3 · Odena et al. 2017 (ICML), *AC-GAN*: Equations 2 and 3 → §3.8 |

# %%
from t2ilib import figures_world

figures_world.paper_map("03_conditional_gan")

# %% [markdown]
# ## 3.1 "Make a 2"
#
# A GAN turns noise into pictures of the kind it was shown. It cannot be told which. If you want a 2, there is one way:
# draw, look, throw away, draw again (*rejection*). With ten classes, equally frequent, that takes ten draws on average.
# **Guess:** how often does it take more than twenty?

# %%
chance = 1 / 10
unlucky = (1 - chance) ** 20
print(f"more than 20 draws: {unlucky:.0%} of the time; a class of 2 %: {0.98**20:.0%}")

# %% [markdown]
# ### Exercise 3.1 · the price of asking a GAN that cannot be told
#
# Let it draw until a reader says "a 2". **Guess** for a class of 2 %: how many draws, and would twice as many surprise
# you?

# %% tags=["exercise-cgn_counting.rejection_cost"]
def rejection_cost(read, wanted):
    """Classes read (N,), and one class -> mean draws until it comes, their spread."""
    ...

# %%
from t2ilib import exercises

exercises.cgn_counting.rejection_cost.card()

# %% [markdown]
# ## 3.2 The value, given c
#
# Let $c$ be what is known of a picture: its class, the place of the bird, the colour of its wings. Tell it to both.
# $G(z, c)$ draws a picture for $c$; $D(x, c)$ says how likely $x$ is real, *given* $c$:
#
# $$V(D, G) = \mathbb{E}_{x, c}[\log D(x, c)] + \mathbb{E}_{z, c}[\log(1 - D(G(z, c), c))]$$
#
# In the first term $x$ and $c$ belong together: a real picture with what is known of it. In the second the same $c$
# stands twice: $G$ drew for it, and $D$ judges by it.

# %% [markdown]
# **Traps.** The paper writes $D(x \mid c)$. That looks like a density, and is none: it is a probability, that of
# "real". One source says that "$D(x \mid c)$ *or* $G(z \mid c)$" gets the condition: it has to be *and*; §3.6 shows
# what happens otherwise. Another prints $G$'s loss as $\log D(G(z, c))$ and has lost $D$'s own $c$.
#
# If $c$ is always the same, it says nothing, and $V$ is that of chapter 1. For each $c$ there is a game of its own:
# the best $D$ is $p_{data}(x \mid c)\,/\,(p_{data}(x \mid c) + p_g(x \mid c))$, and $G$ wins if $p_g(x \mid c) =
# p_{data}(x \mid c)$.

# %% [markdown]
# ### Exercise 3.2 · the value, with a condition
#
# The formula as code. Count first: how many times does $c$ occur, and who is told it each time?

# %% tags=["exercise-cgn_value.conditional_value"]
def conditional_value(discriminator, generator, real, condition, noise):
    """V of Equation 2, from samples: one number."""
    ...

# %%
exercises.cgn_value.conditional_value.card()

# %% [markdown]
# ### Exercise 3.3 · two ways for a condition
#
# In $\log D(G(z, c), c)$ the condition stands twice. **Guess:** if one of the two is cut off with `detach()`, what
# can still be learned?

# %% tags=["exercise-cgn_paths.two_paths"]
def two_paths(generator, discriminator, noise, condition):
    """G's loss, its slope by c through G's picture, and its slope through D's own c."""
    ...

# %%
exercises.cgn_paths.two_paths.card()

# %% [markdown]
# ## 3.3 From scratch
#
# The smallest conditional GAN, on the digits of chapter 1, with plain players. A class becomes ten numbers, nine of
# them 0 (*one-hot*). It stands beside the noise in $G$ and beside the pixels in $D$: that is all.

# %% [markdown]
# ### Exercise 3.4 · a class, or nothing at all

# %% tags=["exercise-cgn_vectors.class_vectors"]
def class_vectors(classes, count):
    """Whole numbers below `count`, or -1 -> one more axis: a single 1, or zeros."""
    ...

# %%
exercises.cgn_vectors.class_vectors.card()

# %%
import torch
from torch import nn

from t2ilib.data import conditions, digits


class Told(nn.Module):
    """A plain network that hears a condition beside what it is given."""
    def __init__(self, inputs, outputs, hidden=256):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(inputs + 10, hidden), nn.LeakyReLU(0.2),
                                    nn.Linear(hidden, outputs))

    def forward(self, given, classes):
        return self.layers(torch.cat([given, classes], dim=1))

# %%
from torch.nn.functional import softplus

from t2ilib.papers.variants.flat_cgan import Config

torch.manual_seed(0)
g, d = Told(32, 64), Told(64, 1)
movers = [torch.optim.Adam(player.parameters(), lr=1e-3, betas=(0.5, 0.999))
          for player in (g, d)]
batches = conditions.DigitBatches(digits.load("train"), 64, Config())


def move(mover, loss):
    mover.zero_grad()
    loss.backward()
    mover.step()

# %%
for step in range(20 if profile == "smoke" else 1500):
    real, c, _, z = batches(step)
    fake = g(z, c).tanh()
    said, judged = d(real.flatten(1), c), d(fake.detach(), c)
    move(movers[1], softplus(-said).mean() + softplus(judged).mean())
    move(movers[0], softplus(-d(fake, c)).mean())

# %%
from t2ilib import figures_toys

z = torch.randn(8, 32, generator=runtime.generator(1)).repeat(3, 1)
c = torch.eye(10)[[2, 5, 7]].repeat_interleave(8, 0)
rows = g(z, c).tanh().split(8)
figures_toys.digit_rows({f"a {n}": row for n, row in zip((2, 5, 7), rows)})

# %% [markdown]
# **What to see.** Most in a row are what was asked for. Down a column the noise is the same, and so is the hand: in
# the sixth all three are narrow and dark.

# %% [markdown]
# ### Exercise 3.5 · one step of a conditional GAN
#
# As in the loop above, with your own hands: both players are told, each moves in its own turn, and the classes that are
# asked for are those of the batch.

# %% tags=["exercise-cgn_training.training_step"]
def training_step(game, optimizers, batch):
    """Move D once, then G once, judged by the D of now."""
    ...

# %%
exercises.cgn_training.training_step.card()

# %% [markdown]
# Now with the library's game and its steadier recipe (two hidden layers, a penalty on $D$'s slope, averaged weights),
# before your eyes:

# %%
from t2ilib import sample, train
from t2ilib.papers.variants.flat_cgan import FlatCgan
from t2ilib.studies import cgan_digits
from t2ilib.widgets.live import live_game, log_card

recipe = cgan_digits.recipe(profile)
torch.manual_seed(0)
fabric = train.make_fabric("cpu", "32-true")
state = train.TrainState(FlatCgan(Config()), recipe, fabric)
train.fit_gan(state.task, state, batches, live_game())
log_card(state.history)

# %%
from t2ilib.widgets.digit_picker import digit_picker

digit_picker(state.average.module, sample.load_gan().generator)

# %% [markdown]
# **What to see.** Ask for a digit: the conditional GAN answers at once. The GAN of chapter 1 draws until the reader
# says so. Below, eight draws for each class with the first seed, then the count with three:

# %%
from t2ilib import figures_cgan, studies

names = ("cGAN", "nobody is told")
figures_cgan.asked_digits({name: studies.arrays("cgan_digits")[f"digits: {name}"]
                           for name in names})

# %%
metrics = {name: f"draws, counted: {name}" for name in names}
rows = studies.by_seed("cgan_digits", metrics)
figures_toys.seed_dots(rows, "draws until it comes", 10, "1 / frequency")

# %% [markdown]
# **What to see.** The conditional GAN needs 1.00 draws; 99.8 % of its digits are those that were asked for, even more
# than of real ones (98.5 %). Whoever is told nothing needs 9.5; ten were expected.

# %% [markdown]
# ## 3.4 The library version
#
# The players are those of DCGAN. In $G$ the condition goes in at the start, beside the noise, through a small layer
# that makes 128 numbers of it. The condition has 110 = 10 parts × 11 colours numbers, a one-hot for each part. In $D$
# another such layer makes 128 numbers of it, the same at each of the 4 × 4 places of the last map.

# %%
from t2ilib.papers import cgan
from t2ilib.source import show_source

figures_cgan.architecture(cgan.build(cgan.STEADY))

# %%
show_source(cgan.Generator, cgan.Discriminator)

# %% [markdown]
# Behind the place where both meet, $D$ has one more *hidden* layer. Without it, its answer would be a sum
# $f(x) + g(c)$: "how real is $x$" plus "how likely is $c$". Such a sum can never ask whether the two *fit*.

# %% [markdown]
# ### Exercise 3.6 · say it to both players
#
# Beside the noise in G, behind the features in D: one function for both. PyTorch lays a condition over the wrong axis
# without a word if the shapes allow it: the check knows.

# %% tags=["exercise-cgn_vectors.join"]
def join(inputs, condition):
    """(B, F) or (B, F, h, w), and (B, C) -> F + C in place of F."""
    ...

# %%
exercises.cgn_vectors.join.card()

# %% [markdown]
# ## 3.5 Three kinds of condition
#
# The same code, told three things: the *class* (one of ten species), the *place* of the bird (middle and size), the
# *colours* of its parts. Pictures of 32 × 32 pixels, with birds that roam over them. What was asked is compared with
# what is read, on conditions that training never had (but for the classes). **Guess:** which is the easiest to obey?

# %%
from t2ilib import figures_control

told = studies.results("cgan_conditions")["measures"]
kept = studies.arrays("cgan_conditions")
figures_control.obedience(told)

# %%
figures_cgan.colour_matrix(kept["asked and read: colours"])

# %%
figures_cgan.place_scatter(kept["asked and read: place"])

# %% [markdown]
# **What to see.** After 6,000 steps nearly all are above their floor, and none is at its ceiling (two seeds; the
# pictures below the first figure show the first of them). On the way from floor to ceiling place comes first, 89 % of
# it down and 80 % across, on the 96 % of pictures that show a bird; then the class, 67 %. Size and colours come last,
# 30 and 26 %. Nearly all birds come out too small. Large parts do better than small ones, though not in strict order.
# If $D$ is not told, the class has hardly an effect: 9 % with one seed, 19 with the other, where chance is 10 (§3.6).

# %% [markdown]
# ### Exercise 3.7 · this bird, there
#
# A class and a place at once. Some pictures are shown mirrored: where is their bird then?

# %% tags=["exercise-cgn_place.class_at_place"]
def class_at_place(classes, boxes, mirrored, count):
    """(B,), (B, 4) and (B,) -> (B, count + 3): the class, then x, y and size."""
    ...

# %%
exercises.cgn_place.class_at_place.card()

# %% [markdown]
# ## 3.6 Who does not listen?
#
# Cut one wire: $D$ is not told $c$, or $G$ is not, or nobody. **Guess** the share of right digits for each, before you
# look.

# %%
from t2ilib import figures_cls

cut = studies.results("cgan_digits")["measures"]
figures_cls.study_table(cut, {name: name for name in cgan_digits.VARIANTS},
                        {"accuracy": "the digit that was asked for"})

# %% [markdown]
# **What to see.** Both have to be told. If $D$ is not, nobody pays $G$ for listening: 15 %. (That is more than 10
# with every seed; $c$ is then one more noise, and why some of it fits we have not measured.) If $G$ is not, it cannot
# know: 10 %, and so if nobody is.

# %% [markdown]
# ### Exercise 3.8 · one player is not told: predict one number
#
# An experiment without a single right answer: who is not told, one number, and a prediction made before the first
# trial. A wrong prediction is fine, a wrong finding is not. One trial takes about two seconds.

# %% tags=["exercise-cgn_experiment.deaf_player"]
def deaf_player(trial):
    """Who is not told, a number, what you predicted of it, and what you found."""
    ...

# %%
exercises.cgn_experiment.deaf_player.card()

# %% [markdown]
# ## 3.7 What D is never shown
#
# $D$ is shown real pictures with their own condition, and fakes. It is never shown a *real* picture with a *wrong*
# condition. So nobody ever tells it that the two must fit, except through fakes that do not. Does it learn it all the
# same? Ask it about pairs it never met. The *AUC* counts how often a right pair scores above a wrong one; 0.5 is a
# coin.

# %%
judged = studies.arrays("cgan_pairs")
said = figures_control.pair_kinds(judged, ("class", "colours"))
figures_control.answer_histograms(said)

# %% [markdown]
# **What to see.** Fakes are told from real ones by far; even a $D$ that is told nothing does that (AUC 0.90). Own and
# wrong colours hardly differ: 0.56 with two seeds, and 0.51 with one colour exchanged. Classes differ somewhat: 0.64
# (the picture shows the first seed). The $D$ of GAN-CLS in chapter 5 is shown wrong sentences and reaches 0.88 after
# half as many steps. There the condition is a sentence, so it is not the same test.

# %% [markdown]
# ### Exercise 3.9 · does D know a wrong condition?
#
# Twenty scores, highest first. Draw the curve on paper: one step up for a right pair, one to the right for a wrong
# one, and a slanted one where both have the same score.

# %%
print(exercises.cgn_roc.scores())

# %% tags=["exercise-cgn_roc.roc"]
def roc(right, wrong):
    """Scores (N,) and (M,) -> false-alarm rates, hit rates, and the area."""
    ...

# %%
exercises.cgn_roc.roc.card()

# %% [markdown]
# ## 3.8 A D that has to say it
#
# Telling $D$ the condition only *allows* it to compare. Turn it round (**AC-GAN**, Odena et al. 2017): do not tell $D$,
# and make it *name* the condition, with a second head on the same features.
#
# - $D$ learns names from real pictures: $-\log P(c \mid x)$, beside real and fake. (The paper's $D$ learns them from
#   fakes, too; then both could agree on a sign that stands for a colour and is none.)
# - $G$ pays $-\log P(c \mid G(z, c))$: for pictures that are not named as they were asked for.
#
# The generator has the same layers. **Guess:** with as many steps, how many of the requested colours are found now?

# %%
from t2ilib.papers import ac_gan

show_source(ac_gan.Discriminator, ac_gan.AcGan.misnamed, ac_gan.AcGan.g_loss)

# %%
figures_control.obedience(told, figures_control.HEARD)

# %%
heard = studies.results("cgan_pairs")["measures"]
for name, (_, title) in figures_control.HEARD.items():
    wrong, one = (heard[f"AUC {kind}: {title}"] for kind in ("wrong", "swapped"))
    print(f"{name}: AUC against wrong colours {wrong['value']:.2f},",
          f"with one exchanged {one['value']:.2f}")

# %% [markdown]
# **What to see.** 45 % of the colours instead of 30 %, after the same 6,000 steps on pictures of 32 × 32 pixels. Score
# a pair by how likely its names are: an AUC of 0.98 against wrong colours, 0.89 against one exchanged; in §3.7 it was
# the real-or-fake answer that was scored. This $D$ was never shown a wrong pair. To name something right is to know
# what would be wrong.

# %% [markdown]
# The model at the top is an AC-GAN, too: 64 × 64 pixels, 12,500 steps instead of 6,000, and birds that do not roam. Its
# card says how often it obeys, on combinations of colours that no training picture had. **Guess:** which part is the
# hardest?

# %%
from t2ilib import checkpoint

card = checkpoint.read_card(checkpoint.find("ac_gan"))["metrics"]
figures_control.parts_obeyed(card)

# %% [markdown]
# **What to see.** 94 % of all (n = 2,000; 95 % interval 93.5 to 95.0), from 97 % of the wings down to 88 % of the
# throats. Size alone is not the reason: beak, legs and crown are as small. All named parts of a bird are right in 75 %.
# A second probe of another architecture reads 93 %, so it is no sign that only one network can read.

# %% [markdown]
# ## 3.9 What c leaves open
#
# A class says nothing of the pose. So it should not decide it: over many noises, the birds of one class should face
# both ways. *Explained variance* measures it: the share of the variance between conditions, 0 to 1. **Guess:** how
# much of the place is explained by class, by colours, and by the place that was asked for?

# %%
figures_control.explained(told)

# %% [markdown]
# **What to see.** Dotted: 5 %, our bound for "decides nothing". The place that was asked for explains 60 % of the place
# across and 74 % of it down. Told colours explain nothing across and 4 % down, told a class nothing and 7 %, and
# neither explains the side that a bird looks to. In real pictures the class explains 1.5 % of the place down.

# %% [markdown]
# The AC-GAN of 32 pixels pays for its obedience: its colours decide 63 % of the place down, 17 % across, 15 % of the
# side. A condition may decide more than it says.

# %% [markdown]
# ### Exercise 3.10 · what the condition decides

# %% tags=["exercise-cgn_explained.explained"]
def explained(values, groups):
    """Eta squared: the share of the variance of `values` that lies between groups."""
    ...

# %%
exercises.cgn_explained.explained.card()

# %% [markdown]
# ## 3.10 Pictures to learn from
#
# A generator that does what it is told makes *labelled* pictures, as many as you like. Can a classifier learn from
# them what it needs for real birds? It learns the colour of the wing from 100 to 3,000 pictures, drawn or real.
# **Guess:** how many drawn pictures are worth as much as a hundred real ones?

# %%
learned = studies.results("cgan_training_data")["measures"]
figures_control.training_curve(learned)

# %% [markdown]
# **What to see.** About a hundred: few drawn pictures teach as much as few real ones (71 % and 66 %; three seeds).
# With 3,000 the real ones are ahead with every seed, 98 % against 96 %, on real birds of species that neither had
# seen. Chance is 13 %. The drawn ones are not free: their painter had 20,000 labelled pictures.

# %% [markdown]
# ## 3.11 Break it

# %% [markdown]
# Six logs of small trainings, of 225 steps each, from left to right, with six classes. One is *healthy*; in each of the
# others one thing is wrong:
#
# - *c shuffled before D*: each picture is shown with the condition of another one;
# - *c not given to D*, *c not given to G*: zeros in its place;
# - *one class missing*: in the training pictures;
# - *embedding detached*: what G makes of c first has no gradient.
#
# **Guess** which is which before you write a function that knows.

# %%
from t2ilib import figures_runs

cases = exercises.cgn_diagnosis.shown()
runs = dict(zip("abcdef", (cases[cause] for cause in sorted(cases))))
figures_runs.run_logs(runs, figures_runs.CGAN)

# %% [markdown]
# **What to see.** The columns are in the alphabetical order of the causes. In **a** $D$ hears nothing: its answers to
# own and wrong conditions are one line. In **b** $G$ hears nothing: $D$ tells right from wrong by far, and every fake
# by its class. In **c** the condition was shuffled: the answers are alike, but not to the last digit. **d** and **e**
# look fine: in **d** the slope at the embedding is 0 from the first line to the last (in **b**, too; but there the
# classes are wrong). **e** is healthy. In **f** one class never comes, which hides in the mean.

# %% [markdown]
# ### Exercise 3.11 · find the cause
#
# Yours is judged on logs of other seeds. What is exact helps most: ask for it first.

# %% tags=["exercise-cgn_diagnosis.find_cause"]
def find_cause(log):
    """The cause, as it is called in the list above."""
    ...

# %%
exercises.cgn_diagnosis.find_cause.card()

# %% [markdown]
# ### Exercise 3.12 · a quiz

# %%
exercises.cgn_quiz.quiz.card()

# %% [markdown]
# ## 3.12 What we reproduced

# %%
from t2ilib import figures

figures.verdicts("03_conditional_gan")

# %% [markdown]
# **What to see.** Where a claim fails, it is often the clock. After 3,000 steps the class was right in 61 %, where we
# had asked for 80; we doubled the steps, and it is 70 %. Place across came from 0.73 to 0.78, where we had asked for
# 0.8. The bounds were written down before the runs, and stay. (How places are read was corrected after the first run: a
# picture without a bird has none.)

# %% [markdown]
# ## 3.13 Where the sources slip
#
# | what is said | what is so | seen in |
# |---|---|---|
# | $D(x \mid c)$ or $G(z \mid c)$ | both | §3.6 |
# | $D(x \mid c)$ as a density | the probability that $x$ is real, given $c$ | §3.2 |
# | $G$ raises $\log D(G(z, c))$ | $\log D(G(z, c), c)$ | §3.2 |
# | a pair has to be real *and* to fit | only implied: D never sees a real picture with a wrong condition | §3.7 |

# %% [markdown]
# **Going further.** Train a model that is told colours *and* place (`conditions.Joined`), and choose both.
#
# **Next:** a list of colours is a poor language. You would rather say "a small red bird with black wings". What if $c$
# is a sentence? First somebody has to read it: chapter 4.
