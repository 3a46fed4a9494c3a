# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 5 · The sentence decides
#
# Type a sentence. Models that were trained in almost the same way draw it below, each from the same six noises. What they
# do not share is what their discriminators were shown, and which sentences their generators were asked for.
#
# **Guess first:** which of them will listen best? And which listens least?

# %% tags=["parameters"]
profile = ""    # "smoke", "laptop" or "gpu"; empty takes T2I_PROFILE, else laptop

# %%
from t2ilib import runtime
from t2ilib.widgets.four_models import four_models

profile = runtime.profile(profile)
four_models(profile=profile)

# %% [markdown]
# **What to see.** Under each picture: the colours that you named, as an independent network, the *probe*, reads them off
# the picture. The steps that each model was trained for stand beside its name: **Trap:** models with unequal training
# cannot be compared. Section 5.6 compares them fairly.
#
# The last row shows the training picture that is most like the first bird of each model, so that you can see for yourself
# whether it was copied.

# %% [markdown]
# | | |
# |---|---|
# | **Question** | How does a generator learn to listen to a sentence? |
# | **You will be able to** | condition both players on a text · write the loss with three kinds of pair, and the training step · measure what a discriminator has understood · draw sentences that nobody wrote · separate what the words decide from what the noise decides |
# | **You need** | chapters 1 and 4; no GPU, no download; three hours |
# | **Time** | not measured yet |
# | **Source** | Reed et al. 2016 (ICML), *Generative Adversarial Text to Image Synthesis*: Section 4.1 → §5.1, Algorithm 1 → §5.2 and §5.3, Section 4.2 → §5.4, Equation 5 → §5.5, Figure 3 → §5.6, Figures 7 and 8 → §5.7 |

# %%
from t2ilib import figures_world

figures_world.paper_map("05_gan_cls_int")

# %% [markdown]
# ## 5.1 Two players that read
#
# In chapter 1 the generator turned noise into a picture. Now it gets a second input, the vector $t = \varphi(s)$ of a
# sentence $s$ (chapter 4). So does the discriminator, which has to judge the picture *as a picture of this sentence*.
#
# - $G(z, t)$: a linear layer compresses $t$ to 128 numbers. They are put beside the noise $z$, and from both together
#   layers grow a picture: 4 × 4 places, then 8 × 8, up to 64 × 64.
# - $D(x, t)$: layers shrink the picture to 4 × 4 places. The 128 numbers of the text, compressed by a layer of its own,
#   are laid over every place and stacked *in depth*. Two more layers give one logit.

# %%
from t2ilib import figures_cls, sample
from t2ilib.papers import gan_cls

figures_cls.architecture(gan_cls.build(gan_cls.Config()))

# %% [markdown]
# **What to see.** The shapes were read off the networks while one picture passed through them. Until 4 × 4 the
# discriminator has not heard of the sentence: what it sees there is the same for all sentences. So judging one picture with
# two sentences costs hardly more than one, and the code makes use of that.

# %%
from t2ilib.source import show_source

show_source(gan_cls.Discriminator.forward)

# %% tags=["keep_output", "nbval-check-output"]
for player in (gan_cls.Generator, gan_cls.Discriminator):
    count = runtime.count_parameters(player(gan_cls.PUBLISHED))
    print(f"{player.__name__:13} as published: {count:,} parameters")

# %% [markdown]
# ### Exercise 5.1 · depth concatenation

# %% tags=["exercise-cls_reading.depth_concatenation"]
def depth_concatenation(features, text):
    """(B, F, h, w), (B, C) -> (B, F + C, h, w): the text at every place."""
    ...

# %%
from t2ilib import exercises

exercises.cls_reading.depth_concatenation.card()

# %% [markdown]
# ## 5.2 Three kinds of pair
#
# The game of chapter 1, with a sentence for both players: $D$ is shown real pictures with their captions, "yes", and
# fakes with the captions they were drawn for, "no". **Guess:** what does it cost such a $D$ to ignore the captions?
#
# Little, as long as real and fake can be told apart without them. No real picture was ever shown with a wrong caption:
# only fakes may fail to fit their words, and fakes have easier marks. And the generator hears about the sentence from
# nobody but $D$.
#
# GAN-CLS adds the missing lesson, a third kind of pair:
#
# | pair | answer | $D$ should say |
# |---|---|---|
# | real picture, its caption | $s_r = D(x, t)$ | yes |
# | real picture, caption of another species | $s_w = D(x, t')$ | no |
# | fake, the caption it was drawn for | $s_f = D(G(z, t), t)$ | no |

# %%
from t2ilib.data import rendered
from t2ilib.data.birds import World

few = rendered.load(World(2, level=2), "test", 200, 64)
figures_cls.pair_table(few, sample.Painter.shipped())

# %% [markdown]
# The wrong pair is the new one. Its picture is perfect: the only thing wrong with it is the sentence. Whoever wants to
# say no to it has to read.
#
# $D$ *raises* the first number, $G$ the second:
#
# $$\log s_r + \tfrac12 \left( \log(1 - s_w) + \log(1 - s_f) \right) \qquad\qquad \log s_f$$
#
# The two halves keep "yes" and "no" in balance: one yes, one no in two parts. **Trap:** the paper's Algorithm 1 then
# writes $\theta_D \leftarrow \theta_D - \alpha \nabla$ for this, which would lower it: a slip of the sign. The code, ours
# and theirs, lowers the negative.

# %% tags=["keep_output", "nbval-check-output"]
import torch

from t2ilib.losses import logistic_no, logistic_yes

undecided = torch.zeros(4)                       # logits: D answers 1/2 to everything
print(f"{logistic_yes(undecided) + logistic_no(undecided):.4f}   GAN")
three = logistic_yes(undecided) + (logistic_no(undecided) + logistic_no(undecided)) / 2
print(f"{three:.4f}   GAN-CLS: the same 2 log 2")

# %% [markdown]
# ### Exercise 5.2 · what the discriminator lowers

# %% tags=["exercise-cls_pairs.discriminator_loss"]
def discriminator_loss(s_r, s_w, s_f):
    """Logits (B,) for right, wrong and fake pairs -> what D lowers, a scalar."""
    ...

# %%
exercises.cls_pairs.discriminator_loss.card()

# %% [markdown]
# ### Exercise 5.3 · what the generator lowers

# %% tags=["exercise-cls_pairs.generator_loss"]
def generator_loss(s_f):
    """Logits (B,) for fake pairs -> what G lowers, a scalar."""
    ...

# %%
exercises.cls_pairs.generator_loss.card()

# %% [markdown]
# Where do wrong captions come from? From another picture of the batch? It may be of the same species, and its caption
# true. We draw from another *class*, as the authors do. Even then a caption may be true by accident: *this bird has a
# yellow beak*. **Guess** how often.

# %%
from t2ilib.metrics import caption_truth, pair_answers

test = rendered.load(World(2, level=2), "test", 400 if profile == "smoke" else 2000, 64)
pairs = pair_answers.held_out_pairs(test, 20 if profile == "smoke" else 200)
truth = caption_truth.true_of(pairs.wrong, test)[range(len(pairs.rows)), pairs.rows]
print(f"{truth.mean():.0%} of {len(truth)} wrong captions happen to be true")

# %% [markdown]
# ### Exercise 5.4 · a wrong caption for each picture

# %% tags=["exercise-cls_reading.wrong_rows"]
def wrong_rows(labels, rows, stream):
    """(N,), (B,) picture numbers, torch.Generator -> (B,) of other classes."""
    ...

# %%
exercises.cls_reading.wrong_rows.card()

# %% [markdown]
# ## 5.3 Train
#
# This is the whole of GAN-CLS as the library has it. `matching` is the ½ of the formula; with 0 it is the naive game.

# %%
show_source(gan_cls.GanCls.d_loss, gan_cls.GanCls.g_loss)

# %% [markdown]
# ### Exercise 5.5 · the training step
#
# Both players, once. The check looks at what moved, and at what was asked of whom.

# %% tags=["exercise-cls_training.training_step"]
def training_step(game, optimizers, batch):
    """Move D, then G, by GAN-CLS; batch has image, text, wrong_text and noise."""
    ...

# %%
exercises.cls_training.training_step.card()

# %% [markdown]
# And now the real thing, small enough for a minute: pictures of 32 × 32 pixels of plain birds (level 1). Watch the three
# answers of $D$. **Guess:** which of the two no's is learned first, the one to fakes or the one to wrong captions?

# %%
from dataclasses import replace

from t2ilib import train
from t2ilib.data.text_batches import TextBatches
from t2ilib.studies import text_gans as short
from t2ilib.widgets.live import live_game

setup = short.STEADY["GAN-CLS"]
torch.manual_seed(0)
game = gan_cls.build(setup.config(profile))
recipe = replace(setup.recipe(profile), steps=3 if profile == "smoke" else 600)
state = train.TrainState(game, recipe, train.make_fabric("cpu"))
plain = rendered.load(World(0, level=1), "train", short.PICTURES[profile], short.SIZE)
batches = TextBatches(plain, sample.load_encoder(), recipe.batch, game.config.noise_dim)
train.fit_gan(game, state, batches, live_game())

# %%
captions = list(sample.SHOWN_CAPTIONS[:4])
yours = short.painted(state, [caption for caption in captions for _ in range(2)])
figures_cls.model_sheet({f"{state.step:,} steps": yours.unflatten(0, (4, 2))}, captions)

# %% [markdown]
# **What to see.** Smudges with the colours of the sentence: the colour of the body is learned first, since nearly every
# caption names it and it covers most pixels. Wings, beaks and feet take longer.
#
# The same curves for the full length of this study, 3,000 steps:

# %%
from t2ilib import studies

kept = studies.arrays("text_gans")
figures_cls.answers_over_steps(kept["curves: GAN-CLS"])

# %% [markdown]
# **What to see.** The no to wrong captions is learned first, and grows clearest. Fakes keep up: the answer to them stays near
# ½, although $D$ sees as many of them. $G$ moves with every step of $D$; the captions do not. And a steady $D$ is never
# quite sure: real pictures with their own captions get about 0.7 on average.

# %% [markdown]
# ## 5.4 What has the discriminator understood?
#
# Show $D$ real pictures of species that it has never met, with right and with wrong captions, and compare its answers.
# *AUC* is the chance that a random right pair gets a higher answer than a random wrong one: ½ is deaf, 1 is perfect.
#
# **Guess:** the AUC of GAN-CLS, and that of the naive GAN, which has never been shown a wrong pair.

# %%
from t2ilib.metrics.pair_answers import Answers
from t2ilib.widgets.pair_histograms import pair_histograms

names = list(gan_cls.TITLES.values())
answers = {name: Answers(*kept[f"answers: {name}"].astype(float)) for name in names}
pair_histograms(answers)

# %% [markdown]
# **What to see.** You begin with the naive GAN: whether the caption is right or wrong, the hills of real pictures lie on top
# of each other. Only fakes it knows. Now choose GAN-CLS: the hill of wrong captions moves to the left. *One colour swapped*
# is harder: the right caption with a single colour word exchanged.

# %%
from t2ilib import figures_toys

told = {f"{name}, {words}": f"AUC {kind}: {name}" for kind, words in
        (("wrong", "other species"), ("swapped", "one colour")) for name in names}
figures_toys.seed_dots(studies.by_seed("text_gans", told), "AUC of D, right against wrong captions")

# %% [markdown]
# **What to see.** Each dot is a seed. Without wrong pairs, in GAN and GAN-INT, $D$ is all but deaf: for real pictures it
# guesses whether the caption is right. With them it is right in nearly nine cases of ten, and in seven of ten if a single
# colour word is wrong, which it was never taught.

# %% [markdown]
# ### Exercise 5.6 · AUC from scores

# %% tags=["exercise-cls_measure.auc"]
def auc(yes, no):
    """The chance that a random one of `yes` is above one of `no`; ties count half."""
    ...

# %%
exercises.cls_measure.auc.card()

# %% [markdown]
# ## 5.5 Sentences that nobody wrote
#
# Captions are points in a space; between them is nothing. A generator that was only ever asked for captions may draw
# anything in between. GAN-INT asks it for points between two captions as well:
#
# $$t = \beta t_1 + (1 - \beta) t_2, \qquad G \text{ raises } \log D(G(z, t), t)$$
#
# There is no real picture for such a $t$, and none is needed: it appears in $G$'s loss only. $D$ judges the picture with
# the text between, as it would judge any. The paper takes $\beta = ½$, and texts are free: two captions make a new one.
# **Trap:** not pictures are mixed, but texts.

# %%
show_source(gan_cls.GanIntCls.g_loss, gan_cls.GanIntCls.between)

# %% [markdown]
# ### Exercise 5.7 · texts between

# %% tags=["exercise-cls_pairs.between"]
def between(text, beta):
    """(B, E) -> (B // 2, E): beta of caption 0, 2, ... and the rest of 1, 3, ..."""
    ...

# %%
exercises.cls_pairs.between.card()

# %% [markdown]
# ### Exercise 5.8 · the generator's loss with interpolation

# %% tags=["exercise-cls_training.interpolated_generator_loss"]
def interpolated_generator_loss(generator, discriminator, text, noise, beta):
    """The mean of -log D over B captions and the B // 2 texts between them."""
    ...

# %%
exercises.cls_training.interpolated_generator_loss.card()

# %% [markdown]
# ## 5.6 Four models
#
# Two ideas, each on or off: four models. All with the same data, steps, learning rate and three seeds; 32 × 32 pixels,
# plain birds, 3,000 steps. Below: unseen captions, the same noise in each column. **Guess** the order of the rows before
# you look at the numbers.

# %%
pictures = {name: kept[f"pictures: {name}"][:4] for name in names}
figures_cls.model_sheet(pictures, captions)

# %%
figures_cls.model_table(studies.results("text_gans")["measures"])

# %% [markdown]
# **What to see.** Numbers are means over three seeds, with the lowest and the highest in grey. *Faithfulness* is the share
# of named colours that the probe finds, *all parts right* the share of pictures without a mistake. *SynthFID* is the
# distance to real pictures, smaller is better; *between* is that of pictures for texts midway between two captions.
#
# **Matching makes it listen.** With every seed, with and without interpolation, it is worth about a tenth of all named
# colours.
#
# **Matching has a price.** At equal steps the pictures of GAN and GAN-INT are *closer* to real ones: a $D$ that has to read
# has less time to look.

# %% [markdown]
# **Interpolation makes it more real.** Between captions, as it should, with every seed. At the captions themselves, too,
# with matching; without it one seed of three says the opposite. How well it listens hardly changes.
#
# **A riddle.** The naive $D$ is deaf for real pictures, and yet its generator finds three times as many colours as chance.
# From whom did it learn? A likely answer: real pictures always fit their words, early fakes do not. So on *fakes* a mismatch
# is one more sign that gives them away, and $G$ learns to avoid it.

# %% [markdown]
# ## 5.7 Walking
#
# The noise is fixed, and the sentence moves: from one to another in eight steps. **Guess:** *a blue bird* becomes *a red
# bird*. What is halfway, purple or something else? And what happens to the leaves behind it?

# %%
from t2ilib.widgets.between_sentences import between_sentences

between_sentences()

# %% [markdown]
# **What to see.** The colour turns over within a step or two rather than fading: between the two sentences the bird is
# blue, or red, or for a moment something of both. Is the background left alone, as in the paper's figure?
#
# One path proves nothing. 200 pairs of sentences that differ in one colour word, 200 noises. For each path: how much changes inside
# the box around the bird, and how much outside? The yardstick is what changes from one noise to another.

# %%
from t2ilib import figures_paths

walks = studies.results("text_paths")["measures"]
for name in ("bird change", "background change", "colour flips"):
    found = walks[name]
    print(f"{name:18} {found['value']:.2f} [{found['low']:.2f}, {found['high']:.2f}]"
          f"   n = {found['n']} {found['unit']}")

# %% [markdown]
# **What to see.** The bird changes more than what is behind it, but the background is not left alone: it changes by nearly
# half as much as another noise would change it. The paper's figure shows a few paths on which it stays; the mean over 200
# says that this is not what usually happens here. *Colour flips* is the share of paths on which the probe reads the first
# colour at the beginning and the second at the end.

# %%
figures_paths.path_curves(studies.arrays("text_paths"))

# %% [markdown]
# **What to see.** **a**: the probability that the probe gives to both colours, a mean over all paths. On a single path the
# change is sudden; it comes at different places, so the mean is smooth. **b**: how far the picture is from the one at the
# start. Up to a quarter of the path the background changes as much as the bird. It changes most in the middle, where the
# sentence is furthest from any caption, and comes partly back.

# %% [markdown]
# Now the sentence is fixed, and the noise moves. **Trap:** on the straight line between two noises the middle is *shorter*
# than any noise that the generator was trained on: two independent vectors of length $r$ have a mean of length
# $r / \sqrt{2}$. So one walks on the circle instead (*spherical interpolation*, slerp). **Guess:** what changes now, and
# what has to stay?

# %%
from t2ilib.widgets.between_noises import between_noises

between_noises()

# %% [markdown]
# **What to see.** Named colours stay, as far as they were there; background and direction change, sometimes in a jump.
# So who decides what? Forty sentences are drawn with forty noises each, and for everything that the probe reads we ask how
# much of its variance goes with the sentence, and how much with the noise:

# %%
figures_paths.who_decides(walks)

# %% [markdown]
# **What to see.** The words decide the named colours, and nothing else; the noise decides the direction and much of the
# background, and no colour. Nobody told the generator to divide the work in this way. Captions say nothing about the
# background, so whoever wants to fool $D$ has to take it from somewhere.

# %% [markdown]
# ### Exercise 5.9 · what changed, and where?

# %% tags=["exercise-cls_measure.changes"]
def changes(pictures, boxes):
    """(K, 3, S, S), (K, 4) -> how much changed inside the bird's box, and outside."""
    ...

# %%
exercises.cls_measure.changes.card()

# %% [markdown]
# ## 5.8 Break it
#
# Six logs of small trainings. One is healthy; in the others one thing is wrong with the pairs. **Guess** which is which
# before you write a function that knows.

# %%
cases = exercises.cls_diagnosis.shown()
figures_cls.answer_logs(dict(zip("abcdef", (cases[cause] for cause in sorted(cases)))))

# %% [markdown]
# **What to see.** **b** is healthy: yes to right pairs, no to wrong ones, and undecided about good fakes. In **a** nobody
# says no to a fake with its own text: the fakes were judged with wrong texts. **c** is the naive game: wrong pairs get less
# than right ones, but no clear no. Its AUC is far from ½, unlike that of §5.4: in a world as small as this one early fakes that do not fit
# their text are enough to learn that fitting matters. In **d**, **e** and **f** right and wrong get the same answer. The AUC on properly made pairs
# tells them apart: in **d** $D$ can read, and its wrong captions were right ones; in **e** the captions stand beside the
# wrong pictures; in **f** there is nothing to read, and both curves agree to the last digit.

# %% [markdown]
# ### Exercise 5.10 · find the cause

# %% tags=["exercise-cls_diagnosis.find_cause"]
def find_cause(log):
    """The cause, one of cls_diagnosis.CAUSES."""
    ...

# %%
exercises.cls_diagnosis.find_cause.card()

# %% [markdown]
# ### Exercise 5.11 · change one setting, predict one number

# %% tags=["exercise-cls_experiment.one_setting"]
def one_setting(trial):
    """A change, a number, what you predicted of it, and what you found."""
    ...

# %%
exercises.cls_experiment.one_setting.card()

# %% [markdown]
# ### Exercise 5.12 · a quiz

# %%
exercises.cls_quiz.quiz.card()

# %% [markdown]
# ## 5.10 What we reproduced
#
# A claim with several parts has several numbers, in the order of its parts.

# %%
from t2ilib import figures

figures.verdicts("05_gan_cls_int")

# %% [markdown]
# ## 5.11 Where the sources slip
#
# | what is said | what is so | seen in |
# |---|---|---|
# | $D$'s objective is written without a sign, and descended in Algorithm 1 | it is raised | §5.2 |
# | the third pair is a fake with *any* text | a fake with the text it was drawn for | §5.2 |
# | text is concatenated "when the 4 × 4 convolution comes" | when the feature map *is* 4 × 4 | §5.1 |
# | interpolated texts are of completely different categories | they may be, and may not | §5.5 |
# | the text of 4,096 numbers becomes 1,024 | 1,024 become 128 | §5.1 |
# | GAN-CLS draws up to 128 × 128 | 64 × 64; 128 is GAWWN | §5.1 |

# %% [markdown]
# **Going further.** Take four captions of a picture instead of one, as the authors do (§4.7), and measure *all* colours of
# the bird, not those of one caption: which parts profit? Then train `t2i train gan_cls --data FOLDER` on photographs.
#
# **Next:** the noise decides the background and the direction. Chapter 6 turns the generator round: *which noise belongs to
# this picture?* And can it be given to another sentence?
