# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 2 · Convolutions that train
#
# Two points of noise, and the birds that a network draws from them. Move from one to the other.
#
# **Guess first:** the network has never been shown a bird that is half one and half the other. What does it draw on
# the way?

# %% tags=["parameters"]
profile = ""    # "smoke", "laptop" or "gpu"; empty takes T2I_PROFILE, else laptop

# %%
from t2ilib import runtime
from t2ilib.widgets.latent_walk import latent_walk

profile = runtime.profile(profile)
latent_walk()

# %% [markdown]
# **What to see.** A whole bird at nearly every step. Colours slide from one to the other; what cannot slide, such as
# the side that it looks to, changes within a few steps. There the bird is at its strangest.
#
# The players of chapter 1 could not have drawn this. What had to change, this chapter finds out one change at a time.

# %% [markdown]
# | | |
# |---|---|
# | **Question** | What has to be right in a network of convolutions before a GAN trains, and how do we know? |
# | **You will be able to** | build both players for any side of picture · find the one wrong layer · measure checkerboards · walk and calculate with noise · use what a discriminator has learned |
# | **You need** | chapter 1, convolutions; no GPU, no download; four hours |
# | **Time** | smoke 29 s, 1241 MB; laptop 39 s, 1246 MB (2 cores) |
# | **Source** | Radford et al. 2016 (ICLR), *DCGAN*: Section 3 → §2.1 and §2.4, Section 4 → §2.4, Section 5.1 → §2.8, Section 6.1 → §2.6, Section 6.3 → §2.7 |

# %%
from t2ilib import figures_world

figures_world.paper_map("02_dcgan")

# %% [markdown]
# ## 2.1 A picture grows
#
# The players of chapter 1 are *plain*: each number of a layer looks at all numbers of the one before. For a digit of
# 8 × 8 pixels that will do. A bird of 64 × 64 pixels has 12,288 numbers, and a plain network has to find out for each
# of them alone that neighbours are mostly alike.
#
# A *convolution* knows: it looks at one neighbourhood after another, with the same weights everywhere. But in 2014
# deep GANs of convolutions would not train. In 2015 **DCGAN** (deep convolutional GAN) did. Its paper is above all a
# list of what has to be right.

# %% [markdown]
# The discriminator halves the side of the picture layer by layer, by convolutions with *stride* 2: they look at every
# second place only. The generator goes the other way, from 4 × 4 places to 64 × 64 pixels. The rules of the paper
# (Section 3):
#
# | not | but |
# |---|---|
# | pooling | strides in $D$, transposed convolutions in $G$ |
# | features of any size | batch normalisation in both players, except where $G$ ends and where $D$ begins |
# | hidden layers that are fully connected | from the last features of $D$ straight to the answer |
# | the same activation everywhere | in $G$ ReLU, and tanh at its end; in $D$ LeakyReLU with slope 0.2 |
#
# Each is a claim that can be tested: §2.4 breaks them, one at a time.

# %% [markdown]
# First: do convolutions pay at all? Both GANs below had the *same time* on the clock, on birds of 32 × 32 pixels, with
# three learning rates and three seeds. **Guess:** in how many of its nine runs does each draw something like a bird?

# %%
from t2ilib import figures_dcgan, studies

plain = studies.results("plain_against_dcgan")["measures"]
figures_dcgan.success_grid(plain, studies.arrays("plain_against_dcgan"))

# %% [markdown]
# **What to see.** The number is SynthFID, ● is a success. What that is was written down before: closer to real pictures
# than blurred real ones are (6,258), and at least half as varied. DCGAN has it in 7 of 9 runs, and misses variety by a
# hair in two (0.497 and 0.499); the plain layers miss the distance every time. Chance alone would hardly do this
# (p = 0.002). Each at its best rate, DCGAN has 0.40 times the distance. Pretty they are not, after one minute.

# %% [markdown]
# ## 2.2 From scratch
#
# A convolution with stride 2 makes one number of a neighbourhood. How can a layer go the other way? Let each number of
# the small map lay down a *stamp*, the kernel, as strong as it is itself. Lay the stamps two pixels apart, and add
# where they overlap. That is a **transposed convolution**.
#
# Here is a map of 2 × 2 numbers, and a stamp of 4 × 4 ones. **Guess:** which pixels of the result are the brightest?

# %% tags=["keep_output", "nbval-check-output"]
import torch
from torch.nn import functional as F

small = torch.tensor([[1.0, 2.0], [3.0, 4.0]])[None, None]
stamp = torch.ones(1, 1, 4, 4)
print(F.conv_transpose2d(small, stamp, stride=2)[0, 0])

# %% [markdown]
# **What to see.** In the middle all four stamps overlap: 1 + 2 + 3 + 4 = 10. A corner has one of them. With *padding* 1
# the outermost pixels are cut off, and 2 × 2 becomes 4 × 4: twice the side.
#
# "Transposed" is meant literally. A convolution is a large matrix $A$, most of it zeros. Its transpose $A^\top$ goes
# from small to large. For a matrix $(A x) \cdot y = x \cdot (A^\top y)$ holds for any $x$ and $y$; does it here?

# %%
x, y, kernel = torch.randn(1, 1, 8, 8), torch.randn(1, 1, 4, 4), torch.randn(1, 1, 4, 4)
shrunk = F.conv2d(x, kernel, stride=2, padding=1)
grown = F.conv_transpose2d(y, kernel, stride=2, padding=1)
print(f"(A x) · y = {(shrunk * y).sum():.4f}   x · (A'y) = {(x * grown).sum():.4f}")

# %% [markdown]
# ### Exercise 2.1 · how large is what comes out?
#
# DCGAN's layers halve or double the side exactly. **Guess** before you write it: what does a convolution with kernel
# 5, stride 2 and padding 2 make of 28? And the transposed one of 14?

# %% tags=["exercise-dcg_sizes.output_side"]
def output_side(side, kernel, stride, padding, transposed):
    """The side of what a convolution gives, or a transposed one, as a whole number."""
    ...

# %%
from t2ilib import exercises

exercises.dcg_sizes.output_side.card()

# %% [markdown]
# ### Exercise 2.2 · a transposed convolution by hand
#
# One channel, with loops or slices. Each place lays down the kernel, copies add up, the edges are cut off. It is
# compared with PyTorch's.

# %% tags=["exercise-dcg_sizes.scatter"]
def scatter(image, kernel, stride, padding):
    """(h, w) and (k, k) -> the map that a transposed convolution gives."""
    ...

# %%
exercises.dcg_sizes.scatter.card()

# %% [markdown]
# Now a whole DCGAN, as small as can be, for the digits of §1.8. $G$ makes 4 × 4 places of the noise by a transposed
# convolution, and doubles them once by repeating each pixel and convolving (`UpNearest`; §2.5 says why). $D$ halves
# them once and answers. The game is that of chapter 1, with the penalty of §1.7; only the players are others.
#
# **Guess:** the plain $G$ of §1.8 has 90,688 weights, the plain $D$ 82,689. How many do these need?

# %%
from t2ilib import train
from t2ilib.data import conditions, digits
from t2ilib.papers import dcgan

config = dcgan.Config(size=8, channels=1, noise_dim=32, g_channels=64, d_channels=64)
torch.manual_seed(0)
tiny = dcgan.build(config)
for player in (tiny.generator, tiny.discriminator):
    print(player, f"{runtime.count_parameters(player):,} weights", sep="\n")

# %% [markdown]
# A third of the weights in $G$, a fortieth in $D$, where a kernel is used at every place. In $G$ nearly all (32,768)
# sit in the first layer, which turns noise into places. Train it before your eyes.

# %%
from t2ilib import figures_toys
from t2ilib.widgets.live import live_game

steps = 40 if profile == "smoke" else 1500          # raise them
recipe = train.Recipe(steps, batch=64, lr=5e-4, penalty_every=8, average=0.99)
noise = torch.randn(16, config.noise_dim, generator=runtime.generator(1))


def digits_now(state):
    with runtime.evaluating(state.average.module) as generator:
        shown = generator(noise).flatten(1)
    return figures_toys.digit_rows({f"step {state.step:,}": shown})

# %%
state = train.TrainState(tiny, recipe, train.make_fabric("cpu", "32-true"))
batches = conditions.DigitBatches(digits.load("train"), recipe.batch, config)
train.fit_gan(tiny, state, batches, live_game(digits_now))
digits_now(state)

# %% [markdown]
# **What to see.** Digits out of grey after some hundred steps, and after 1,500 most of them can be read.

# %% [markdown]
# ## 2.3 The library version
#
# The same for pictures of 64 × 64 pixels. Find the rules of §2.1 in it. Published is the authors' own code: kernels
# of 4, and half as many channels as the figure of the paper.

# %%
from t2ilib.source import show_source

show_source(dcgan.Generator, dcgan.Discriminator)

# %% tags=["keep_output", "nbval-check-output"]
published = dcgan.build(dcgan.PUBLISHED)
for name, count in (("G", published.generator), ("D", published.discriminator)):
    print(f"{name} as published: {runtime.count_parameters(count):,} weights")

# %% [markdown]
# Look inside the shipped network (its recipe is steadier than the published one, see §2.6): choose a layer and see
# what it makes of one picture, each channel as a small image. **Guess:** from which layer on can you tell the bird?

# %%
from t2ilib.widgets.look_inside import look_inside

look_inside()

# %% [markdown]
# **What to see.** At 8 × 8 there is something in the middle, and a bar where the perch will be. At 16 × 16 it is a
# bird, at 32 × 32 its outline and single parts. Half of all weights sit in the first layer, which turns noise into
# places; the last one, which mixes the colours, has 864.

# %% [markdown]
# ### Exercise 2.3 · one doubling more
#
# Write G for any size, and with it for 128 pixels. **Guess:** at which end does the new layer go, and how many of all
# weights does it hold?

# %% tags=["exercise-dcg_layers.generator"]
def generator(size, noise_dim, width):
    """A module (B, noise_dim) -> (B, 3, size, size), `width` channels at size / 2."""
    ...

# %%
exercises.dcg_layers.generator.card()

# %% [markdown]
# ### Exercise 2.4 · begin as DCGAN does
#
# Weights around 0, scales around 1. Much copied code draws both around 0: the check knows.

# %% tags=["exercise-dcg_start.initialise"]
def initialise(network):
    """Change the weights of `network` to those that DCGAN begins with."""
    ...

# %%
exercises.dcg_start.initialise.card()

# %% [markdown]
# ## 2.4 Break every rule, one at a time
#
# An *ablation* repeats the same training with one thing changed. Here: birds of 32 × 32 pixels, the published recipe,
# 750 steps, three seeds; both games begin with the same weights wherever they have the same layers. Below are the
# first eight pictures of each row, always of the same noises.
#
# **Guess** before you look: which broken rule does the most harm? Which one does none?

# %%
from t2ilib.widgets.guideline_runs import guideline_runs

guideline_runs()

# %%
broken = studies.results("dcgan_guidelines")["measures"]
figures_dcgan.guideline_forest(broken)

# %%
figures_dcgan.guideline_table(broken)

# %% [markdown]
# **What to see.** Filled dots moved the same way with every seed, and farther than the published recipe differs from
# itself. The worst harm: a sigmoid where pictures go from −1 to 1, no batch norm at all (SynthFID 1.9 times as high), a
# $\beta_1$ of 0.9, max pooling. A little: a hidden layer in the head, norms that begin around 0.

# %% [markdown]
# Three broken rules do *better*: repeated pixels in place of transposed convolutions, LeakyReLU in $G$, and the
# learning rate that the paper calls too high. Our runs are short, and may favour whoever learns fast; the paper
# trained far longer. The others make no clear difference, ReLU in $D$ and a missing tanh among them. With batch norm
# everywhere three seeds say three things, from 3,900 to 11,100. That is what *unstable* looks like in a table, and
# why one seed proves nothing.

# %% [markdown]
# ### Exercise 2.5 · three heads, three weights
#
# DCGAN connects its last map straight to the answer. What would an average over the places weigh, and what a hidden
# layer? **Guess** all three for 512 channels of 4 × 4.

# %% tags=["exercise-dcg_heads.head_weights"]
def head_weights(features, side, hidden):
    """Weights of three heads without biases: flatten, average, hidden."""
    ...

# %%
exercises.dcg_heads.head_weights.card()

# %% [markdown]
# **Is average pooling in DCGAN?** One of our sources says so: "remove fully connected layers, use global average
# pooling instead". The paper says that it was tried, was steadier, and slower; DCGAN has none. Can we see that?

# %%
figures_dcgan.distance_curves(broken)

# %% [markdown]
# **What to see.** Half of it. Steadier, yes: $D$'s loss spreads a tenth as much in the last third (0.04 and 0.44).
# Slower, no: after a third of the steps average pooling is ahead with every seed, and at the end there is no clear
# difference (5,484 and 5,391).
#
# The paper also sets Adam's $\beta_1$ to 0.5, since 0.9 made training *swing*: $D$'s answer to fakes goes up and down.

# %%
figures_dcgan.swings(studies.arrays("dcgan_guidelines"), broken)

# %% [markdown]
# **What to see.** *Swing* is the standard deviation of $D(G(z))$ over the last third. A $\beta_1$ of 0.9 does harm,
# as the paper says (SynthFID 8,162; published 5,391), but not by swinging: $D(G(z))$ falls to 0 and stays there. The
# most lively is $\beta_1 = 0$, and its pictures are as good as the published ones.

# %% [markdown]
# ## 2.5 Checkerboards
#
# Stamps of kernel 4, laid 2 apart, overlap evenly: away from the edge every pixel gets four of them. But nothing
# makes the network give equal weight to the pixels between: even and odd rows have kernels of their own. What comes
# out can be dotted, like a checkerboard.
#
# Three other ways to double the side: repeat each pixel and convolve; or make four channels and sort them into 2 × 2
# places (*pixel shuffle*), begun at random, or begun alike (*ICNR*). **Guess:** which is dotted before training, and
# which after?

# %% [markdown]
# ### Exercise 2.6 · how strong is a checkerboard?
#
# Sort the pixels into four kinds, by even and odd rows and columns, and compare the four means. What a picture shows
# should drop out: the check has edges, stripes and squares.

# %% tags=["exercise-dcg_dots.dots"]
def dots(picture):
    """(K, H, W) -> the variance between the means of four kinds of places."""
    ...

# %%
exercises.dcg_dots.dots.card()

# %%
ways = studies.results("dcgan_upsampling")["measures"]
figures_dcgan.checkerboards(ways)

# %%
figures_dcgan.crops(studies.arrays("dcgan_upsampling"))

# %% [markdown]
# **What to see.** Before training the transposed convolution is dotted 560 times as strongly as real pictures, and
# pixel shuffle just as much. Training takes most of it away: 11 and 9 times are left. Begun alike pixel shuffle has
# no dots at all, and training *adds* them, 13 times. Where a layer begins does not bind it.

# %% [markdown]
# Only repeating and then convolving ends at 1, like real pictures, and its SynthFID is below that of the transposed one
# with every seed (4,739 and 5,391). So the shipped network does that. (Its kernel is 3 here; "repeated pixels in G" of
# §2.4 had 4, like the published layers, and is better still: 3,776.)

# %% [markdown]
# ### Exercise 2.7 · pixels that begin as neighbours
#
# ICNR makes the rows of a weight equal that lie in one square. Which rows are these? One wrong word gives the right
# shape and the wrong rows.

# %% tags=["exercise-dcg_pixels.icnr"]
def icnr(weight, factor):
    """(C f^2, inputs, k, k) -> the same shape; the layer begins by repeating pixels."""
    ...

# %%
exercises.dcg_pixels.icnr.card()

# %% [markdown]
# ## 2.6 Walks
#
# From here on the shipped DCGAN draws, birds of level 2 in 64 × 64 pixels. It is not the published recipe but a
# *steady* one: $G$ repeats pixels, $D$ has no batch normalisation but the penalty of §1.7, $\beta_1$ is 0, and $G$'s
# weights are averaged over steps. Is it a memory of training pictures? A generator that looked up the nearest stored
# bird would *jump* on the way from one noise to another. The probe reads both and measures the steps. **Guess:** by
# how much is the largest step larger than a middling one?

# %%
from t2ilib import figures_latent

walked = studies.results("dcgan_walks")["measures"]
figures_latent.walk_steps(walked, studies.arrays("dcgan_walks"))

# %% [markdown]
# **What to see.** The network's largest step is 3 times its median one (60 walks of 32 steps). The look-up stands still
# at most steps, so its ratio has no end; it is counted as 100. The cross-fade of the two pictures in **b** is smoother
# still. So smooth is not enough: what lies in the middle comes at the end of this section.

# %% [markdown]
# And what is read on the way? Below is one walk, with the probe's belief in what it reads at both ends.

# %%
from t2ilib.sample import NoisePainter
from t2ilib.studies import dcgan_walks

painter = NoisePainter.shipped()
figures_latent.walk_strip(dcgan_walks.shown(painter))

# %% [markdown]
# **What to see.** The yellow bird becomes purple part by part, from the crown downwards, and turns round on the way. In
# the middle the probe believes in neither colour; of the side it is sure again by then.

# %%
figures_latent.walk_readings(studies.arrays("dcgan_walks"), walked)

# %% [markdown]
# **What to see.** The mean of all walks on which a factor changes: one value goes, the other comes. *Order* is 1 where
# belief only ever moves forwards: colour 0.79, side 0.71, background 0.63. Half-way the two beliefs in a colour or a
# background add up to less than 1, as there are others to believe in. Of sides there are only two.
#
# **Which way?** A noise of 100 standard normal numbers is nearly always about 10 long. **Guess:** how long is the
# point half-way between two of them, on the straight line (*lerp*)?

# %%
figures_latent.lengths_between(100)

# %% [markdown]
# **What to see.** Seven: $\sqrt{100 / 2}$. Fewer than one noise in 100,000 is as short: the generator has hardly ever
# met one. The *great circle* (*slerp*, spherical interpolation) turns one noise into the other and keeps the length.
# Does that make better birds?

# %%
figures_latent.middles(walked)

# %% [markdown]
# **What to see.** Birds on the great circle are as good as those at the ends (SynthFID 1,229 and 1,277). Those on the
# straight line are worse: 1,894. The cross-fade, smoothest of all, shows two birds at once: 4,330.

# %% [markdown]
# ### Exercise 2.8 · around the ball, not through it
#
# Two noises of 100 numbers are each about 10 long. Go from one to the other by turning, and keep the length on the
# way.

# %% tags=["exercise-dcg_noise.slerp"]
def slerp(first, second, share):
    """(Z,), (Z,) and 0 to 1 -> (Z,), a share of the way along the great circle."""
    ...

# %%
exercises.dcg_noise.slerp.card()

# %% [markdown]
# Three noises span a plane. Move over it; the strip of the last steps stays below. **Guess:** how far do you have to
# go before the bird turns round?

# %%
from t2ilib.widgets.noise_plane import noise_plane

noise_plane()

# %% [markdown]
# **Has it copied?** Nearest neighbours among the pictures it was trained on, as in §1.9: in pixels, in the probe's
# features, and *copied*, the share that is far closer to a training picture than real ones are. A ratio near 1 is what
# honest pictures have; a cheater has far less.

# %%
from t2ilib import figures_knowledge

figures_knowledge.originality("dcgan")

# %% [markdown]
# **What to see.** In pixels 1.11: its birds are a little farther from the training pictures than fresh real ones. In
# features 2.8: the probe sees something on them that no real bird has. Not one in 500 is a copy (there 0 is best),
# and two of them differ 0.85 times as much as two real ones. No sign of copying.

# %% [markdown]
# ## 2.7 Arithmetic
#
# In 2013 word vectors could be calculated with: *king − man + woman* is near *queen*. The paper showed the same for
# noise: *smiling woman − neutral woman + neutral man* drew a smiling man. Judged by eye, with few examples. Here the
# probe reads every bird, so we can ask how often it works.
#
# **Guess:** red bird facing left, minus blue bird facing left, plus blue bird facing right: how often comes a red bird
# facing right?

# %%
from t2ilib.widgets.noise_board import noise_board

noise_board()

# %% [markdown]
# One noise for "red, left" holds much else: pose, place, background. The paper took the mean of *three*. The mean of
# $n$ noises keeps what they have in common and loses the rest. It also gets shorter, by $\sqrt n$. If the noises had
# nothing in common, a sum of three such means would be $\sqrt{3/n}$ times as long as one: with three exemplars right.
# What they share changes it; the board shows the length.

# %%
from t2ilib import figures_sums

sums = studies.results("dcgan_arithmetic")["measures"]
figures_sums.sum_rates(sums)

# %% [markdown]
# **What to see.** Colour and side: 22 % with single noises, 44 % with three, 76 % with ten; noise drawn at random
# shows both in 4 %. Side and background even reach 97 %. So it does work, with more exemplars than the paper's three.
# Wing and belly get 20 % at best, and the beak's shape is no better than chance. Stretching a sum to the usual length
# (square marks) helps nowhere; side and background lose a little by it (97 to 90 %).

# %%
from t2ilib.studies import dcgan_arithmetic

asked = dcgan_arithmetic.stored_questions()
figures_sums.sums(painter, dcgan_arithmetic.stored_bank(painter), asked[:3], sums)

# %% [markdown]
# ### Exercise 2.9 · arithmetic with concepts
#
# Three lists of noises, one for each concept. Average, add and take away, then draw once. What would a sum of
# *pictures* show?

# %% tags=["exercise-dcg_concepts.arithmetic"]
def arithmetic(generator, a, b, c):
    """Three lists of noises (Z,) -> the picture of mean(a) - mean(b) + mean(c)."""
    ...

# %%
exercises.dcg_concepts.arithmetic.card()

# %% [markdown]
# ## 2.8 What D knows
#
# $D$ has looked at twenty thousand birds to find out which are drawn. Nobody told it what a species is. Does it know
# all the same? Freeze it, reduce each of its maps to 4 × 4 places, and let a *linear* classifier learn on top, from
# 1, 5 or 20 labelled pictures of each of 25 species that $D$ has never seen.
#
# **Guess:** is a $D$ that was never trained much worse?

# %%
known = studies.results("dcgan_features")["measures"]
figures_knowledge.labels_needed(known)

# %% [markdown]
# **What to see.** Five labels each: 86 % of 25 new species right with the trained D, 76 % with a fresh one, 70 % from
# pixels, 54 % for a network that learns from the labels alone. Training gave D features that part species it has
# never seen. **b** is the other side: for the colour of the wing the trained D is behind the fresh one with five
# labels (32 and 35 %), and ahead with twenty (63 and 60 %). *Averaged* reduces each map to one number, at 64 or at 32
# pixels.

# %%
figures_knowledge.layer_reading(known)

# %% [markdown]
# **What to see.** A fresh D loses the side that a bird looks to, layer by layer; the trained one keeps it to the end.
# Size and beak grow with depth, colour fades: the deeper, the more shape and the less paint.

# %% [markdown]
# One source calls this *semi-supervised learning*. It is something else: features without labels, then a classifier
# with few labels on top (*transfer*). And it says that pictures of a GAN can be training data. For that they need
# labels, so it has to wait for a generator that can be told what to draw: §3.10.

# %% [markdown]
# ## 2.9 A broken run
#
# Six small trainings on the digits, each with 60 steps. One is healthy, five have a fault of widely copied code:
#
# - *norm everywhere*: batch normalisation also where G ends and where D begins;
# - *scales around 0*: its scales begin at N(0, 0.02) instead of N(1, 0.02);
# - *epsilon 0.8*: `BatchNorm2d(channels, 0.8)` was written, and the momentum was meant;
# - *pictures from 0 to 1*: the real ones, while G ends in tanh;
# - *one batch for both*: D normalises real and fake pictures together.
#
# **Guess** which is which before you write a function that knows.

# %%
from t2ilib import figures_runs

cases = exercises.dcg_diagnosis.shown()
logs = dict(zip("abcdef", (cases[cause] for cause in sorted(cases))))
figures_runs.run_logs(logs, figures_runs.DCGAN)

# %% [markdown]
# **What to see.** In the first row blue is D's answer to real pictures; orange is that to fakes, dashed in D's own
# step and dotted when the same fakes come alone. **a** is *epsilon 0.8*: G's features begin far too small and recover
# to about half. **b** is healthy. **c** has its contrast from the first step on: *norm everywhere*. **d** is *one
# batch for both*: D is sure, and then calls the same fakes real when they come alone.

# %% [markdown]
# **e** has answers like a healthy run, and a mean of real pictures above 0: *pictures from 0 to 1*. **f** is *scales
# around 0*: features near 0, fakes grey. D's answers alone would have shown one fault of five. Data, contrast and the
# size of features show the others; log them.

# %% [markdown]
# ### Exercise 2.10 · find the cause
#
# Yours is judged on logs of other seeds. Ask first for what is certain.

# %% tags=["exercise-dcg_diagnosis.find_cause"]
def find_cause(log):
    """The cause, as it is called in the list above."""
    ...

# %%
exercises.dcg_diagnosis.find_cause.card()

# %% [markdown]
# ### Exercise 2.11 · break a guideline, predict one number
#
# An experiment without a single right answer: a change, one number, and a prediction made before the first trial. A
# wrong prediction is fine, a wrong finding is not. One trial takes about half a second.

# %% tags=["exercise-dcg_experiment.broken_guideline"]
def broken_guideline(trial):
    """A change, a number, what you predicted of it, and what you found."""
    ...

# %%
exercises.dcg_experiment.broken_guideline.card()

# %% [markdown]
# ### Exercise 2.12 · a quiz

# %%
exercises.dcg_quiz.quiz.card()

# %% [markdown]
# ## 2.10 What we reproduced

# %%
from t2ilib import figures

figures.verdicts("02_dcgan")

# %% [markdown]
# ## 2.11 Where the sources slip
#
# | what is said | what is so | seen in |
# |---|---|---|
# | DCGAN uses a convolutional net instead of max pooling | *strided* convolutions: both are convolutional nets | §2.4 |
# | batch normalisation in both networks | but not where G ends nor where D begins | §2.4 |
# | "use global average pooling instead" of fully connected layers | it was tried and left out, as steadier but slower; here it was steadier, not slower | §2.4 |
# | samples of CelebA in the paper | there are none: its faces were collected from the web | |
# | operations on z | on means of three z | §2.7 |
# | semi-supervised learning | features without labels, then a classifier: transfer | §2.8 |

# %% [markdown]
# **Going further.** Train the published recipe at 64 × 64 pixels (`t2i train dcgan --variant published`) and compare
# its card with that of the steady one. Or give $D$ a head of average pooling and let it judge pictures of any size.
#
# **Next:** this network draws birds, but not the one you want. To get a red one you would have to draw until one
# comes. Chapter 3 lets you *ask*.
