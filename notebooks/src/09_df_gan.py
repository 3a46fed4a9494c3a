# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 9 · One stage, deep fusion
#
# Type a sentence. Every model of the course that can read draws it.
#
# **Guess first:** the last of them, DF-GAN, has had a sixth of the training steps of GAN-INT-CLS. Which of the two
# follows your words better? Whose birds look more like birds?

# %% tags=["parameters"]
profile = ""    # "smoke", "laptop" or "gpu"; empty takes T2I_PROFILE, else laptop

# %%
from t2ilib import runtime
from t2ilib.widgets.compare_models import compare_models

profile = runtime.profile(profile)
compare_models(profile=profile)

# %% [markdown]
# **What to see.** After a sixth of the steps DF-GAN is nearly there. Its birds are the sharper ones; in colours
# GAN-INT-CLS is still ahead (§9.8 has the numbers). The paper's own DF-GAN was trained for 360,000 steps, ours for
# 10,500: what it can do in the end, this chapter cannot show.
#
# It can take DF-GAN apart: what it does differently, which part of that matters, and what it costs.

# %% [markdown]
# | | |
# |---|---|
# | **Question** | How can one generator, without a stack of others, draw what a sentence says? |
# | **You will be able to** | fuse a sentence into every layer · write hinge losses and the matching-aware penalty · read an ablation · say when two FIDs may be compared |
# | **You need** | chapters 1, 4 and 5; no GPU, no download; four hours or more |
# | **Time** | smoke 27 s, 1134 MB; laptop 2 min 21 s, 2586 MB (2 cores) |
# | **Source** | Tao et al. 2022 (CVPR), *DF-GAN*: Section 3.1 → §9.1, Section 3.2 → §9.3 and §9.4, Section 3.3 → §9.2, Table 1 → §9.8, Tables 2 and 3 → §9.6 |

# %%
from t2ilib import figures_world

figures_world.paper_map("09_df_gan")

# %% [markdown]
# ## 9.1 One stage
#
# When DF-GAN came, most text-to-image GANs were *stacks*: one generator drew a small picture, a second one enlarged
# it, a third one enlarged that (chapter 8). Whatever the first got wrong, the others had to live with.
#
# DF-GAN has one generator. It begins with 4 × 4 places and doubles the side block by block. Each block *adds* what it
# computes to what came in, enlarged: a short way for the gradients through a deep network.

# %%
from t2ilib import exercises, figures_fusion, sample
from t2ilib.papers import df_gan

figures_fusion.architecture(df_gan.build(df_gan.Config()))

# %% [markdown]
# **What to see.** The sentence enters the generator eight times, at every size, and never as features beside others:
# §9.2 tells how. As in chapter 5, $D$ looks at the picture first and hears the sentence at 4 × 4 places. Its blocks
# add to a shortcut, as those of $G$ do.
#
# In the code what acts on each place alone comes *before* enlarging, where there are a quarter of the places. The
# authors do it after. The pictures are the same, to rounding.

# %%
from t2ilib.source import show_source

show_source(df_gan.UpBlock.forward, df_gan.Generator.forward)

# %% tags=["keep_output", "nbval-check-output"]
for size in (64, 128, 256):
    config = df_gan.Config(size=size, g_channels=32, d_channels=32)
    g, d = (runtime.count_parameters(player(config))
            for player in (df_gan.Generator, df_gan.Discriminator))
    print(f"{size:3} pixels, as wide as the authors': G {g:10,}   D {d:10,}")

# %% [markdown]
# **What to see.** Twice the side is one more block. At 256 pixels both have 16.7 million parameters together. The
# paper's tables say 19 million: with the text encoder, which is not trained here, it is 18.7. What was counted has to
# be said with the number.

# %% [markdown]
# ### Exercise 9.1 · from 4 × 4 to 128 × 128
#
# A picture of 128 pixels takes one block more than one of 64. How many channels does each block take, and how many
# does it give? **Guess** before you write it: where do most of the weights stand?

# %% tags=["exercise-dfg_measure.channel_table"]
def channel_table(size, channels):
    """A list of (side it gives, channels taken, channels given), block by block."""
    ...

# %%
exercises.dfg_measure.channel_table.card()

# %% [markdown]
# ## 9.2 Deep fusion
#
# GAN-CLS tells its generator the sentence once, at the start. Every layer after that knows only what the one before
# has kept of it. DF-GAN tells it before both 3 × 3 convolutions of every block, and in a way that costs little: the
# sentence sets *scale and shift* of each channel.
#
# $$\gamma = \mathrm{MLP}_1(c), \quad \theta = \mathrm{MLP}_2(c), \qquad \mathrm{AFF}(x_i \mid c) = \gamma_i\, x_i + \theta_i$$
#
# $x_i$ is channel $i$; the same $\gamma_i$ and $\theta_i$ hold at all its places. $c$ is the condition. In the paper's
# formula that is the sentence; in the authors' code sentence *and noise*, side by side.

# %%
show_source(df_gan.Affine, df_gan.Fusion)

# %% [markdown]
# `torch.addcmul(shift, rows, scale)` is `scale * rows + shift`; the rest only rearranges the numbers, for speed.
#
# The affine is a straight line for each channel. A second one after it makes a straight line again. So a **DFBlock**
# is: affine, leaky ReLU, affine, leaky ReLU. Now the sentence can do more than make a channel louder or quieter: it
# can decide *which part* of it gets through.

# %% [markdown]
# ### Exercise 9.2 · the fusion block
#
# Scale and shift, activation, and both once more. A scale belongs to a channel of a picture, not to a place. PyTorch
# will happily lay it over the places if the shapes allow it: the check knows.

# %% tags=["exercise-dfg_fusion.df_block"]
def df_block(features, first, second):
    """(B, C, h, w), twice a pair (scale, shift) of (B, C) -> (B, C, h, w)."""
    ...

# %%
exercises.dfg_fusion.df_block.card()

# %% [markdown]
# ### Exercise 9.3 · begin as if there were no sentence
#
# Before training every scale is 1 and every shift 0, whatever the sentence. But the network that gives them must be
# able to learn. **Guess:** what happens if both of its layers begin with zeros?

# %% tags=["exercise-dfg_start.starting_at"]
def starting_at(inputs, channels, start):
    """A network (B, inputs) -> (B, channels) that gives `start` before training."""
    ...

# %%
exercises.dfg_start.starting_at.card()

# %% [markdown]
# ### Exercise 9.4 · two without an activation are one
#
# Two affines in a row, nothing between them. Find the one affine that does the work of both.

# %% tags=["exercise-dfg_fusion.collapse"]
def collapse(first, second):
    """Two pairs (scale, shift), one after the other -> the one pair that does both."""
    ...

# %%
exercises.dfg_fusion.collapse.card()

# %% [markdown]
# ## 9.3 One answer
#
# The discriminators of stacks gave two answers (a *two-way output*): *is it real and of this sentence?* and, whatever
# the sentence, *is it real?* $G$ followed both. DF-GAN's gives the first alone: the **one-way output**.
#
# What may be wrong with two? Think of all fakes as points in a plane: to the right they look more real, upwards they
# fit their text better. Each should go to (1, 1), to the real pictures with their own text. Let each answer pull with
# the strength of the distance.
#
# **Guess:** where do two answers together pull a fake at (0, 0)?

# %%
from t2ilib import figures_dfgan
from t2ilib.studies import match_plane

figures_dfgan.pulls({"one answer": match_plane.one_way,
                     "two answers": match_plane.two_way})

# %% [markdown]
# **What to see.** Arrows are the pull on a fake at that place, the black one starts at (0, 0). *Aim* is the cosine of
# the angle between pull and way: 1 is straight at the target. The answer without text pulls to the right only.
# Together they take a detour: they come to rest at (1, 1), but do not point there.
#
# That is an argument, not a measurement: these arrows follow from two formulas. Here is the same plane with two small
# networks that have *learned* to answer (with the penalty of §9.4).

# %%
import torch

torch.set_num_threads(1)                # so small a network is quicker with one
steps = match_plane.STEPS[profile]
judges = {"without MA-GP": match_plane.learn(penalty=0.0, steps=steps),
          "with MA-GP": match_plane.learn(steps=steps)}
flat = judges["with MA-GP"]
figures_dfgan.pulls({"one answer": flat.one_way, "two answers": flat.two_way})

# %% [markdown]
# **What to see.** With one answer the pull fades near the target. With two it does not: around (1, 1) both together
# still pull to the right, about seventy times as hard, since nobody has asked the answer without text to be flat. That
# is the better argument for one answer. The aim from (0, 0) does not decide: over three seeds it is sometimes one,
# sometimes the other.
#
# Whether pictures profit is a question for §9.6.

# %% [markdown]
# $D$ learns by the **hinge loss**. With $s_r$, $s_w$ and $s_f$ the answers to the three kinds of pair of chapter 5, as
# plain numbers without a sigmoid, it lowers
#
# $$\max(0, 1 - s_r) + \tfrac12 \left( \max(0, 1 + s_w) + \max(0, 1 + s_f) \right)$$
#
# and $G$ lowers $-s_f$. A yes above 1 or a no below −1 costs nothing more.

# %% [markdown]
# ### Exercise 9.5 · one answer for picture and text
#
# D sees the picture once, then hears the sentence at each of 4 × 4 places and gives one answer. Three kinds of pair,
# but only two pictures to look at.

# %% tags=["exercise-dfg_judging.one_way"]
def one_way(see, head, image, fake, text, wrong_text):
    """Answers (B,) to (real, right text), (real, wrong text), (fake, right text)."""
    ...

# %%
exercises.dfg_judging.one_way.card()

# %% [markdown]
# ### Exercise 9.6 · enough is enough
#
# The hinge loss stops at its margin: a yes above 1 and a no below −1 cost nothing, and teach nothing. **Guess** what a
# D pays that answers 0 to everything.

# %% tags=["exercise-dfg_judging.hinge"]
def hinge(s_r, s_w, s_f):
    """Answers (B,) to right, wrong and fake pairs -> what D lowers, a scalar."""
    ...

# %%
exercises.dfg_judging.hinge.card()

# %% [markdown]
# ## 9.4 A flat place for real pictures
#
# Some games go round in circles. The smallest that does, the *Dirac game*, has one real point at 0, one fake at
# $\theta$, and $D(x) = \psi x$: two numbers, which move in turn. It should end at $(0, 0)$: the fake stands on the
# real point, and $D$ is flat.
#
# A **gradient penalty** keeps $D$ flat: $k\,\lvert \psi \rvert^p$ is added to what it lowers. DF-GAN has $k = 2$ and
# $p = 6$. A game has *arrived* when its radius stays below 0.01. **Guess:** which arrives first, $p = 2$ or $p = 6$?
# Then move $k$ and $p$ and find the pair that arrives soonest.

# %%
from t2ilib.widgets.phase_portrait import phase_portrait

phase_portrait()

# %%
figures_dfgan.dirac_radii()

# %% [markdown]
# **What to see.** Without a penalty the radius stays. With $p = 2$ it falls exponentially and arrives at step 923.
# With $p = 6$ it is ahead between steps 80 and 250 and then ever slower, like $t^{-1/4}$ (dotted: the formula): where
# $D$ is almost flat, $\lvert\psi\rvert^6$ is almost nothing.
#
# So why 6? A high power punishes steep places hard and leaves gentle ones in peace. $D$ may keep a little slope near
# real pictures, and $G$ needs a slope to learn from. That is a guess; §9.6 trains with $p = 2$, too.

# %% [markdown]
# The **matching-aware** gradient penalty (MA-GP) chooses *where* to be flat. The place where fakes should arrive is
# real pictures with their own text. So $D$ is to be flat there, and only there, in the picture $x$ and in the text
# $t$:
#
# $$k\; \mathbb E_{x \sim p_{data}} \left[ \left( \lVert \nabla_x D(x, t) \rVert + \lVert \nabla_t D(x, t) \rVert \right)^p \right]$$
#
# **Trap:** one of our sources prints this with generated pictures under the expectation. What the penalty is for, and
# the authors' code, take real ones. The code also measures *one* length of both gradients together,
# $\sqrt{\lVert\nabla_x\rVert^2 + \lVert\nabla_t\rVert^2}$. That is never more, and up to $2^{p/2} = 8$ times less. We
# follow the code.

# %%
from t2ilib import losses

show_source(losses.gradient_penalty, df_gan.DfGan.d_loss)

# %% [markdown]
# What does it do to $D$? Here are the two judges of the plane again, as landscapes: violet is yes, brown is no.

# %%
figures_dfgan.landscapes(judges)

# %% [markdown]
# **What to see.** Without the penalty, D rises steeply through the real pictures and beyond: whoever stands at the
# target is told to go on. With it there is a plateau: around (1, 1) the slope is about a hundred times smaller. Thin
# and thick lines are answers of −1, 0 (thick) and 1.

# %% [markdown]
# ### Exercise 9.7 · flat around what is real and fits
#
# The formula is sometimes printed with the mean over generated pictures. Read what it is for, decide where the slope
# must be taken, and write it. D learns from a slope, so the slope itself needs a gradient.

# %% tags=["exercise-dfg_penalty.gradient_penalty"]
def gradient_penalty(discriminator, image, fake, text, wrong_text):
    """MA-GP with k = 2 and p = 6, a scalar; not all that is given is needed."""
    ...

# %%
exercises.dfg_penalty.gradient_penalty.card()

# %% [markdown]
# ### Exercise 9.8 · the same cost, or the same pull?
#
# With squares instead of the sixth power, which weight makes the penalty at slope 1 cost the same? And which makes it
# pull as hard? **Guess** both numbers first: they differ.

# %% tags=["exercise-dfg_power.same_strength"]
def same_strength(k, p, power, slope):
    """The weight for the same cost at this slope, and the weight for the same pull."""
    ...

# %%
exercises.dfg_power.same_strength.card()

# %% [markdown]
# ## 9.5 Train

# %% [markdown]
# ### Exercise 9.9 · the training step
#
# Both players, once: D by hinge and penalty, then G by the answer of the D that has just moved. The check looks at
# what moved, along which gradient, and at what was asked of whom.

# %% tags=["exercise-dfg_training.training_step"]
def training_step(game, optimizers, batch):
    """Move D, then G, by DF-GAN; batch is (image, text, wrong_text, noise)."""
    ...

# %%
exercises.dfg_training.training_step.card()

# %% [markdown]
# **Where do wrong texts come from?** The authors *roll* the batch: each picture meets the text of its neighbour. Now
# and then that text is true of it all the same, and D learns to say no to a right pair. **Guess** how often, with
# 1,000 species of birds. Ours come from a picture of another species.

# %%
import numpy as np

from t2ilib.data import rendered
from t2ilib.data.birds import World
from t2ilib.metrics import collisions
from t2ilib.widgets.compare_models import TRAINING

birds = rendered.load(World(0, level=2), "train", TRAINING[profile], 64)
pairs = {"rolled": collisions.rolled, "other species": collisions.other_class}
for name, pair in pairs.items():
    same, true = np.mean([pair(birds, seed) for seed in range(10)], axis=0)
    print(f"{name:13} {same:6.2%} of the same species   {true:6.2%} true all the same")
cub = np.arange(8_855) % 150                    # as many training pictures and species
print(f"CUB, rolled   {collisions.same_class(cub):6.2%} of the same species")

# %% [markdown]
# **What to see.** Less than one pair in a hundred, and it hardly matters how they are made: these are mostly texts
# that fit several species. Our way spares only the pairs of one species. CUB has 150 species to train on, so there the
# neighbour is of the same one in every 150th pair.
#
# Now train for a minute, with pictures of 32 × 32 pixels of plain birds, as in §5.3. **Guess:** after as many steps as
# GAN-CLS had there, will you see more or less?

# %%
from dataclasses import replace

from t2ilib import figures_cls, train
from t2ilib.data.text_batches import TextBatches
from t2ilib.studies import df_gan_ablation, text_gans
from t2ilib.widgets.live import live_game

# %%
setup = df_gan_ablation.SETUPS["DF-GAN"]
torch.manual_seed(0)
game = setup.game(profile)
steps = 3 if profile == "smoke" else 600
recipe = replace(setup.recipe(profile), average=0.98, steps=steps)
state = train.TrainState(game, recipe, train.make_fabric("cpu"))
plain = rendered.load(World(0, level=1), "train", text_gans.PICTURES[profile], 32)
batches = TextBatches(plain, sample.load_encoder(), recipe.batch, game.config.noise_dim)
train.fit_gan(game, state, batches, live_game())

# %%
captions = list(sample.SHOWN_CAPTIONS[:4])
yours = text_gans.painted(state, [caption for caption in captions for _ in range(2)])
figures_cls.model_sheet({f"{state.step:,} steps": yours.unflatten(0, (4, 2))}, captions)

# %% [markdown]
# **What to see.** Less than in §5.3: spots of the right colour, and the outline of a bird here and there. DF-GAN begins
# slowly, since before training none of its affines hears the sentence (exercise 9.3).

# %% [markdown]
# ## 9.6 Which idea does what?
#
# An *ablation* repeats the same training with one thing changed. Here: 32 × 32 pixels of plain birds, 1,500 steps, two
# seeds. A number is the mean; both seeds stand below it in grey. It is bold if both seeds beat all others.
#
# All rows have the same learning rates. They were chosen on the DF-GAN row, after a first pass with smaller ones had shown
# no order at all; so they may favour it.

# %% [markdown]
# First the ideas one after the other, as in the paper's Table 2. Its first one, one stage instead of a stack, has to
# wait for chapter 8. Our *baseline* hears the sentence once, beside the noise at the start (*concatenation*); its D
# gives two answers and has no penalty. **Guess:** which step helps most?

# %%
from t2ilib import studies

ablation = studies.results("df_gan_ablation")["measures"]
columns = {"faithfulness": "faithfulness", "all parts right": "all parts right",
           "AUC wrong": "AUC of D", "SynthFID": "SynthFID ↓", "diversity": "diversity"}
figures_cls.study_table(ablation, df_gan_ablation.ADDED, columns)

# %% [markdown]
# **What to see.** Not a staircase. MA-GP under two answers *costs* six hundredths of the colours, with both seeds, and one
# answer wins five of them back: as §9.3 suspected, the penalty and a second answer do not go together. But one answer alone
# costs realism: SynthFID rises with both seeds. One affine wins that back and makes the pictures more different; the second
# one, with its activation, adds a little to the colours. In the end DF-GAN is as faithful and as real as the baseline, and
# clearly more diverse.
#
# Is the paper wrong, then? It says nothing of 1,500 steps at 32 × 32 pixels.

# %% [markdown]
# Now the fusion alone, as in Table 3: all else is DF-GAN. *Conditional batch norm* normalises each channel before the
# affine. **Guess:** do two affines help where nothing bends between them?

# %%
figures_cls.study_table(ablation, df_gan_ablation.FUSED, columns)

# %% [markdown]
# **What to see.** With both seeds the DFBlock follows the words best, but by a hundredth or less. In SynthFID no way leads.
# Two affines without an activation have as many weights as the DFBlock (952,000; one affine 658,000) and stay behind it.
# Concatenation is as faithful as one affine; its pictures are less different.

# %% [markdown]
# The paper's reason for more affines: they enlarge the space of what a sentence can do to the features. In how many
# directions does it move them? Take one noise and 400 captions. The *effective rank* counts the directions in which
# the last features differ, weighed by how much. **Guess:** has a generator that listens more also more directions?

# %%
ranks = studies.results("fusion_rank")["measures"]
figures_cls.study_table(ranks, {words: words for words in df_gan_ablation.FUSED},
                        {"effective rank": "effective rank, of at most 399"})

# %% [markdown]
# **What to see.** The affines stand in the paper's order: one, two, DFBlock. But concatenation moves the features in more
# directions than any of them, and follows the words no better. Many directions are not the same as the right ones.

# %% [markdown]
# And the penalty: nowhere, or at one of three kinds of pair; and once with $p = 2$.

# %%
figures_cls.study_table(ablation, df_gan_ablation.FLAT, columns)

# %% [markdown]
# **What to see.** For the colours it makes no difference *where* D is flat: all three places are within two hundredths of
# each other, and no penalty at all is as good. The claim of §9.11 asks for a tie or better, so it counts as reproduced; read
# it as a tie. For realism the penalty pays: without it SynthFID is higher, with both seeds.
#
# The power counts, too: $p = 2$ costs three hundredths of the colours, with both seeds, though it arrived sooner in §9.4.
# Perhaps it leaves G too little slope to learn from; that was not measured.

# %% [markdown]
# ## 9.7 Look inside
#
# From here on the shipped DF-GAN draws, with 64 × 64 pixels and birds of level 2.
#
# Noise far from 0 is rare, and the generator has had little practice with it. The authors' evaluation leaves it out:
# what lies beyond ±2 is drawn again, then all is multiplied by 0.88 (*truncation*; the slider calls this factor psi).
#
# **Guess:** what goes first when noise is cut harder, the colours that you named or the variety?

# %%
from t2ilib.widgets.noise_truncation import noise_truncation

noise_truncation()

# %% [markdown]
# **What to see.** The variety, but late. With the authors' 0.88 the birds are nearly as different as before, and as
# right. Only near 0 do they become one bird, and even then the colours hardly care. In this small world the noise
# decides pose and background, and no noise is too rare. With photographs it may be otherwise.

# %% [markdown]
# ### Exercise 9.10 · no rare noise, please
#
# Write that noise. Cutting off is not drawing again.

# %% tags=["exercise-dfg_measure.truncated_noise"]
def truncated_noise(count, dim, bound, scale, stream):
    """(count, dim) normal numbers within the bound, then scaled; all from `stream`."""
    ...

# %%
exercises.dfg_measure.truncated_noise.card()

# %% [markdown]
# Every block hears the sentence. What does each take from it? *Silence* it in one block: let this block hear the mean
# of all sentences, and leave the others as they are.

# %%
from t2ilib.widgets.silence_block import silence_block

silence_block()

# %%
silence = studies.results("df_gan_silence")["measures"]
figures_fusion.silence_matrix(silence, studies.arrays("df_gan_silence")["named"])

# %% [markdown]
# **What to see.** **a**: the first block is not missed: 0.69 of the colours instead of 0.68. Each of the others is.
# The last one paints the body: without it 0.70 become 0.37. For the beak it is the block before, for the breast the
# one before that. **b**: alone, the best block finds a third of all colours, though most of the beaks. What the
# sentence says is spread over three blocks, and they need each other. (Few captions name tail or back: leave those
# columns.)
#
# Does every block need the sentence, then? The first one hardly does. An experiment of your own: let it hear the noise
# alone, and save the weights.

# %% [markdown]
# ## 9.8 Measure
#
# The **league table**: every model of the course that reads, on the same 2,000 captions of unseen species, one picture
# each. In grey 95 % intervals. First, how they follow the words; then, how real they look; then what they cost.

# %%
from t2ilib import figures_league

figures_league.league_table()

# %%
figures_league.league_table(figures_league.LOOKING_REAL)

# %%
figures_league.cost_table()

# %%
figures_league.real_and_told()

# %% [markdown]
# **What to see.** Where words are counted, GAN-INT-CLS leads: 0.75 of the colours after 66,000 steps, against 0.70 of
# DF-GAN after 10,500. In SynthFID the two are not told apart, their intervals overlap, and DF-GAN's pictures are the
# sharpest. Density and coverage are about 0 for all: the probe still tells drawn birds from real ones. *R-precision*,
# how often a picture finds its caption among 100, lies above that of real pictures for both: a number beyond its
# ceiling is no proof.

# %% [markdown]
# **Trap:** this table compares *checkpoints*, not ideas. The models have had different numbers of steps, and one step
# of DF-GAN is more work. Parameters do not tell what a picture costs: two generators with nearly as many differ by
# more than half in multiply-adds. Which idea helps is for §9.6 to say.

# %% [markdown]
# **What does one vector for a whole sentence lose?** The paper names it first among its limits. If fine detail is
# lost, small parts should suffer most. **Guess:** which part of the bird is painted worst?

# %%
parts = studies.results("small_parts")["measures"]
figures_league.small_parts(parts, {"gan_int_cls": "GAN-INT-CLS", "df_gan": "DF-GAN"})

# %% [markdown]
# **What to see.** The legs, by far, with both models. But size explains little with DF-GAN (Spearman's correlation is
# 0.31) and more with GAN-INT-CLS (0.62); 1 would be: the larger, the better. Beak, crown and throat are equally small,
# and the beak is found far more often; the large belly is found less often than the tail. So the limit is not seen in
# this way.

# %% [markdown]
# **Which colour has a part that is wrong?** Any other one of eleven, or one that the sentence gives to *another* part?
# **Guess** the share, for DF-GAN. By chance it would be one in six. (Only parts beside which the sentence names another
# colour count: of these more are wrong than of all, as the league table has them.)

# %%
borrowed = studies.results("borrowed")["measures"]
for name in ("gan_cls", "gan_int_cls", "df_gan"):
    wrong, lent, chance = (borrowed[f"{what}: {name}"]["value"]
                           for what in ("wrong", "borrowed", "by chance"))
    print(f"{sample.TITLES[name]:12}{wrong:4.0%} of the parts wrong; {lent:.0%} of "
          f"these in the colour of another named part (by chance {chance:.0%})")

# %% [markdown]
# **What to see.** Nearly eight in ten. "This bird is yellow with a black crown" comes out black, with yellow wings (it is
# drawn in §9.9): the model has heard *which* colours there are, and mixes up *whose* they are. With GAN-INT-CLS it is
# seven in ten, with GAN-CLS, after 4,000 steps, less than half. So most of what DF-GAN gets wrong is what belongs to
# what. Whether one vector cannot say it, or $G$ and $D$ do not hear it, was not measured here.
#
# An experiment of your own: let half of the wrong texts be the right one with two colours exchanged. Does it help?

# %% [markdown]
# **How many pictures make an FID?** The distance is measured between two clouds of points, and clouds of few points
# are rough. Below: two models and real pictures, measured with 50 to 2,000 pictures.
#
# **Guess:** how far are real pictures from other real pictures if there are only 50 of them?

# %%
figures_dfgan.fid_sizes(studies.results("fid_size")["measures"])

# %% [markdown]
# **What to see.** **a**: fifty real pictures are "further" from real ones than 2,000 pictures of GAN-CLS. **b**:
# against $1/n$ the points lie nearly on a line, so one can guess where endless pictures would be (hollow): near 0 for
# real ones.
#
# The reference counts as much. Here it was pictures of unseen species. What if it were pictures of the species that
# the models were trained on?

# %%
fid = studies.results("fid_size")["measures"]
for name in ("real", "GAN-INT-CLS", "GAN-CLS"):
    unseen, known = (fid[f"{against}: {name}"]["value"]
                     for against in ("SynthFID, 2000", "other reference"))
    print(f"{name:12}{unseen:8,.0f} from unseen species {known:8,.0f} from known ones")

# %% [markdown]
# **What to see.** Now GAN-INT-CLS is "more real" than real birds: what it draws is made of what it knew.
#
# So two FIDs can be compared only at equal $n$, with the same reference, the same noise, the same way to resize the
# pictures and the same network to look at them. Published numbers often differ in one of these.

# %% [markdown]
# ### Exercise 9.11 · FID without its bias
#
# Fewer pictures, larger FID, even for a perfect generator. The surplus shrinks as one over their number. Follow it to
# where there would be endless pictures.

# %% tags=["exercise-dfg_endless.fid_at_infinity"]
def fid_at_infinity(counts, values):
    """Numbers of pictures (K,) and their FIDs (K,) -> the FID of endless pictures."""
    ...

# %%
exercises.dfg_endless.fid_at_infinity.card()

# %% [markdown]
# **What does fusion cost?** Other models let every place of the feature map look at every word (*cross-modal
# attention*). Its work grows with the number of places, as that of the affines does. **Guess:** how many times more is
# it at 256 × 256, counted, and by the clock?

# %%
figures_dfgan.fusion_costs(studies.results("fusion_cost")["measures"])

# %% [markdown]
# **What to see.** **a**: attention to words takes 8 times the multiply-adds of fusion on maps of 16 × 16, and 18 times at
# 256 × 256. What explodes is attention of places to each other. **b**: by the clock attention is the quicker on small maps,
# and takes twice as long as fusion at 256. Counting is not timing: one large matrix product is what a processor does best.
# (Dotted: equal times.)

# %% [markdown]
# The paper's own table, quoted, not measured here (IS is the Inception Score: more is better):
#
# | | IS, birds ↑ | FID, birds ↓ | FID, COCO ↓ | parameters |
# |---|---|---|---|---|
# | AttnGAN | 4.36 | 23.98 | 35.49 | 230 M |
# | DM-GAN | 4.75 | 16.09 | 32.64 | 46 M |
# | DAE-GAN | 4.42 | 15.19 | 28.12 | 98 M |
# | TIME | 4.91 | 14.30 | 31.14 | 120 M |
# | DF-GAN | 5.10 | 14.81 | 19.32 | 19 M |
#
# None of these numbers can stand in a column with ours: other pictures, another network that looks, another size.

# %% [markdown]
# ## 9.9 Open questions
#
# **Would another text encoder help?** One source asks whether a *transformer* instead of the recurrent network would
# draw better birds. Four small encoders, all frozen, three of them trained alike (§4.9) and the fourth not at all; for
# each a DF-GAN of 32 × 32 pixels, trained as in §9.6, two seeds (small marks; hollow: their mean). **Guess** first: how
# much worse does a DF-GAN draw with the untrained one, whose vectors are a jumble, but a different one for each
# sentence?

# %%
from t2ilib import figures_open

swap = studies.results("encoder_swap")["measures"]
figures_open.encoders(swap)

# %%
from t2ilib.studies import encoder_swap

columns = {"AP": "AP of the encoder", "faithfulness": "faithfulness",
           "all parts right": "all parts right", "SynthFID": "SynthFID ↓"}
figures_cls.study_table(swap, {name: name for name in encoder_swap.ENCODERS}, columns)

# %% [markdown]
# **What to see.** With the untrained encoder the words are lost: 0.13 of the colours, where chance is 0.12. The
# *transformer* is the best reader by far. Yet the DF-GAN that listens to it finds *fewer* colours than the one with the
# recurrent network (0.35 against 0.40), and only a few more birds that are right in every part; all this with both
# seeds. So a better reader is not yet a better author: what helps to find a picture among others need not be what is
# easily turned into scales and shifts. These encoders are tiny and know one small world; a large pre-trained one may do
# otherwise.

# %% [markdown]
# **Does it draw larger pictures than it learned to?** Its layers do not care how large the map is; only the first one
# fixes 4 × 4 places. Make 8 × 8 of them, by stretching these or from four noises, and the same weights draw 128 × 128
# pixels. **Guess** what, before you look.

# %%
painter = sample.Painter.shipped("df_gan")
figures_open.larger(painter)

# %%
ways = {name: name for name in ("enlarged", "stretched", "four side by side")}
columns = {"faithfulness": "faithfulness", "all parts right": "all parts right",
           "fine detail": "fine detail (real: 1)"}
figures_cls.study_table(studies.results("beyond_size")["measures"], ways, columns)

# %% [markdown]
# **What to see.** The same weights do draw 128 × 128 pixels, but not a larger bird. From four starts come four birds,
# each as large as the one it learned: each pixel is drawn from what lies within some thirty pixels on each side, and
# there the network knows birds of one size. A stretched start gives one bird out of proportion, with strokes as fine
# as before.
#
# Both have far more fine detail than an enlarged picture, and the probe finds fewer colours in them: detail is not
# truth. (For four birds that number says little, since the probe has learned to read one.) To draw larger, DF-GAN
# takes one more block, and learns.

# %% [markdown]
# ## 9.10 Break it
#
# Six logs of small trainings, each of 150 steps from left to right. One is *healthy*; in each of the others one thing
# is wrong:
#
# - *no wrong pairs*: they have weight 0;
# - *no penalty*: k = 0;
# - *penalty at fakes*: MA-GP acts there, and not at real pictures;
# - *margins swapped*: the hinge asks for a no where a yes belongs;
# - *scales from 0*: the affines of G begin with scale 0 instead of 1.
#
# **Guess** which is which before you write a function that knows.

# %%
from t2ilib import figures_runs

cases = exercises.dfg_diagnosis.shown()
figures_runs.run_logs(dict(zip("abcdef", (cases[cause] for cause in sorted(cases)))))

# %% [markdown]
# **What to see.** Blue is solid for real, orange is dashed for fakes, in both upper rows. The middle row is the
# penalty with k = 2 and p = 6, measured in every run, whatever D was trained with. **a** is healthy. **b** says no to
# real pictures: its margins are swapped. **c** has no penalty: its answers look best, and the slope has exploded.
# **d** does not tell wrong texts from right ones: it never saw a wrong pair.

# %% [markdown]
# **e** and **f** have the answers of a healthy run. In **e** the penalty at real pictures lies above that at fakes,
# since it acts at the fakes: the hardest to see. In **f** the variety is 0 from the first line on: no noise gets
# through scales that begin at 0, and none ever will. (In these small games the affines hear the sentence alone.)

# %% [markdown]
# ### Exercise 9.12 · find the cause
#
# Yours is judged on logs of other seeds. Most causes leave a mark that no other leaves; ask for those first.

# %% tags=["exercise-dfg_diagnosis.find_cause"]
def find_cause(log):
    """The cause, as it is called in the list above."""
    ...

# %%
exercises.dfg_diagnosis.find_cause.card()

# %% [markdown]
# ### Exercise 9.13 · raise the penalty, and watch one number
#
# An experiment without a single right answer: three weights of MA-GP or more, one number, and a prediction made before
# the first trial. A wrong prediction is fine, a wrong finding is not. One trial takes a second or two.

# %% tags=["exercise-dfg_experiment.raised_weight"]
def raised_weight(trial):
    """Weights, a number, what you predicted of it, and what you found."""
    ...

# %%
exercises.dfg_experiment.raised_weight.card()

# %% [markdown]
# ### Exercise 9.14 · a quiz

# %%
exercises.dfg_quiz.quiz.card()

# %% [markdown]
# ## 9.11 What we reproduced

# %%
from t2ilib import figures

figures.verdicts("09_df_gan")

# %% [markdown]
# ## 9.12 Where the sources slip
#
# | what is said | what is so | seen in |
# |---|---|---|
# | MA-GP is a mean over generated pictures | over real ones with their own text | §9.4 |
# | both gradients have lengths of their own, which are added | the code takes one length of both | §9.4 |
# | 19 M parameters | 16.7 M; 18.7 M with the text encoder | §9.1 |
# | few parameters, so it is fast | parameters do not set the time | §9.8 |
# | "a pre-trained large language model may have influenced the gain" | the paper uses none: one *might* help further | §9.9 |

# %% [markdown]
# **Going further.** Train DF-GAN with a sentence encoder of your own (§4.9) and see which colours it loses. Load the
# authors' weights with `t2ilib.official.df_gan` and silence their blocks.
#
# **Next:** What became of the stacks that DF-GAN replaced? Chapter 8 builds one, and then the first step of Table 2
# can be measured, too. And chapter 10 asks what the numbers of §9.8 are worth.
