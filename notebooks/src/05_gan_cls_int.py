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
# Type a sentence. Several models draw it below, each from the same six noises. They differ in what their discriminators
# were shown, in which texts their generators were asked for, and in how long they were trained.
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
# **What to see.** Under each picture: the colours that you named, as an independent network, the *probe*, reads them
# off the picture. Beside its name stands for how many steps a model was trained.
#
# **Trap:** models with unequal training cannot be compared: who listens best here may only have had more time. Section
# 5.6 compares all four after equal training.
#
# The last row shows, for the first bird of each model, the training picture that is most like it, of as many as the
# line above it says. Was it copied? Compare the distances with how near training pictures come to each other.

# %% [markdown]
# | | |
# |---|---|
# | **Question** | How does a generator learn to listen to a sentence? |
# | **You will be able to** | condition both players on a text · write the loss with three kinds of pair · measure what D understood · draw sentences that nobody wrote · tell what words and noise decide |
# | **You need** | chapters 1 and 4; no GPU, no download; three hours |
# | **Time** | smoke 25 s, 1046 MB; laptop 1 min 28 s, 1305 MB (2 cores) |
# | **Source** | Reed et al. 2016 (ICML), *Generative Adversarial Text to Image Synthesis*: Section 4.1 → §5.1, Section 4.2 → §5.2 and §5.4, Algorithm 1 → §5.2 and §5.3, Equation 5 → §5.5, Figure 3 → §5.6, Section 5.5 and Figure 8 → §5.7 |

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
# **What to see.** The shapes were read off the networks while one picture passed through them; 256×4×4 are 256 numbers
# at each of 4 × 4 places. Until there the discriminator has not heard of the sentence: what it has seen is the same for
# all sentences. So a second sentence for the same picture costs little: only the last two steps are done again.
#
# The code makes use of that. Below it: how much larger the published networks are than the 1.6 and 1.0 million
# parameters of the two above.

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
# fakes with the captions they were drawn for, "no". What does it cost such a $D$ to ignore the captions?

# %% [markdown]
# Little, as long as real and fake can be told apart without them. No real picture has a wrong caption: only fakes may
# fail to fit their words, and blur gives them away as well. And the generator hears about the sentence only from $D$.
#
# **GAN-CLS** adds a third kind of pair ($t'$ is the text of a wrong caption):
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
# The second row is the new one. Its pictures are real: the only thing wrong with them is the sentence. Whoever wants to
# say no to them has to read.
#
# $D$ *raises* the first number, $G$ the second:
#
# $$\log s_r + \tfrac12 \left( \log(1 - s_w) + \log(1 - s_f) \right) \qquad\qquad \log s_f$$
#
# The two halves keep "yes" and "no" in balance: one yes, one no in two parts. **Trap:** the paper's Algorithm 1 then
# writes $\theta_D \leftarrow \theta_D - \alpha \nabla$ for this, which would lower it: a slip of the sign. The code,
# ours and theirs, lowers the negative.

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
# true. We draw from another *class* (species), as the authors do. Even then a caption may be true by accident: *this
# bird has a yellow beak*. **Guess:** how often?

# %%
from t2ilib.metrics import caption_truth, pair_answers

test = rendered.load(World(2, level=2), "test", 400 if profile == "smoke" else 2000, 64)
pairs = pair_answers.held_out_pairs(test, 20 if profile == "smoke" else 1000)
truth = caption_truth.true_of(pairs.wrong, test)[range(len(pairs.rows)), pairs.rows]
print(f"{truth.sum()} of {len(truth):,} wrong captions happen to be true")

# %% [markdown]
# **What to see.** Hardly any. Most captions name several parts, and all of them would have to fit by accident.
#
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
# These are both losses of GAN-CLS as the library has them. In code `s_r`, `s_w` and `s_f` are logits; `logistic_yes` is
# the mean of $-\log s$, and `logistic_no` that of $-\log(1 - s)$. `matching` is the ½ of the formula; with 0 it is the
# naive game.

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
# And now the real thing, small enough for a minute: pictures of 32 × 32 pixels of plain birds (level 1). Watch the
# three answers of $D$. **Guess:** which of the two no's is learned first, the one to fakes or the one to wrong
# captions?

# %%
from dataclasses import replace

from t2ilib import train
from t2ilib.data.text_batches import TextBatches
from t2ilib.studies import text_gans as short
from t2ilib.widgets.live import live_game

# %%
setup = short.STEADY["GAN-CLS"]
torch.manual_seed(0)
game = gan_cls.build(setup.config(profile))
steps = 3 if profile == "smoke" else 600
recipe = replace(setup.recipe(profile), average=0.98, steps=steps)
state = train.TrainState(game, recipe, train.make_fabric("cpu"))
plain = rendered.load(World(0, level=1), "train", short.PICTURES[profile], short.SIZE)
batches = TextBatches(plain, sample.load_encoder(), recipe.batch, game.config.noise_dim)
train.fit_gan(game, state, batches, live_game())

# %%
captions = list(sample.SHOWN_CAPTIONS[:4])
yours = short.painted(state, [caption for caption in captions for _ in range(2)])
figures_cls.model_sheet({f"{state.step:,} steps": yours.unflatten(0, (4, 2))}, captions)

# %% [markdown]
# **What to see.** The outlines of birds, after a minute. Under each picture: how many of the named colours the probe
# finds, and it finds few. Yet the sentence is heard: the body turns dark red, blue, yellow or white. It covers the most
# pixels, and about every second caption names its colour. Wings, crowns and beaks take longer.
#
# Here are the answers of $D$ over 3,000 steps, from the study that §5.6 tells of (one seed; pale: as logged, bold:
# smoothed):

# %%
from t2ilib import studies

kept = studies.arrays("text_gans")
figures_cls.answers_over_steps(kept["curves: GAN-CLS"])

# %% [markdown]
# **What to see.** The no to wrong captions is learned within a few hundred steps. A no to fakes is never learned: their
# answer stays at ½ or a little above, although $D$ is shown as many of them. The difference: $G$ answers every step of
# $D$ with one of its own, wrong captions stay as they are.
#
# $D$ is never quite sure: real pictures with their own captions get between 0.65 and 0.7.

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
# **What to see.** You begin with the naive GAN. Whether the caption is right or wrong, the hills of real pictures lie
# nearly on top of each other; only the hill of fakes lies apart. Now choose GAN-CLS: the hill of wrong captions moves
# to the left. *One colour swapped* is the right caption with a single colour word exchanged: that is harder.
#
# These are the answers of one seed. All three, for all four models (GAN-INT comes in §5.5):

# %%
from t2ilib import figures_toys

told = {f"{name}, {words}": f"AUC {kind}: {name}" for kind, words in
        (("wrong", "other species"), ("swapped", "one colour")) for name in names}
figures_toys.seed_dots(studies.by_seed("text_gans", told),
                       "AUC of D, right against wrong captions")

# %% [markdown]
# **What to see.** Each dot is a seed, the bar their mean. Without wrong pairs, in GAN and GAN-INT, $D$ is all but deaf:
# of a right and a wrong pair it prefers the right one hardly more often than by tossing a coin. With wrong pairs it
# prefers the right one in nearly nine cases of ten. If only one colour word is wrong, in seven of ten; such pairs it
# was not taught.

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
# Captions are points in a space, with gaps between them. What a generator draws in a gap, nobody has asked for yet.
# GAN-INT asks it for points between two captions $t_1$ and $t_2$ as well:
#
# $$t = \beta t_1 + (1 - \beta) t_2, \qquad G \text{ raises } \log D(G(z, t), t)$$
#
# There is no real picture for such a $t$, and none is needed: it appears in $G$'s loss only. $D$ judges the picture
# with the text between, as it would judge any. The paper takes $\beta = \tfrac12$. The new texts cost nothing: any two
# captions make one.
#
# **Trap:** texts are mixed, not pictures. In the code, neighbours in a batch make a pair: half as many texts between as
# captions.

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
# plain birds, 3,000 steps. Below, one seed: four sentences written by hand, the same noises in each row. Under a
# picture: the named colours that the probe finds.
#
# **Guess:** which two rows listen better? Eight pictures hardly tell. The table after them counts 1,000 captions of
# unseen species for each seed.

# %%
pictures = {name: kept[f"pictures: {name}"][:4] for name in names}
figures_cls.model_sheet(pictures, captions)

# %%
figures_cls.model_table(studies.results("text_gans")["measures"])

# %% [markdown]
# **What to see.** Means over three seeds, with the lowest and the highest in grey. *Faithfulness*: the share of named
# colours that the probe finds. *All parts right*: the share of pictures without a mistake. *SynthFID*: the distance to
# real pictures, smaller is better; *between*: the same for texts midway between two captions. *Ceiling* is what real
# pictures reach, *floor* what captions of other pictures reach.
#
# **Matching makes it listen.** With every seed, with and without interpolation, it is worth about a tenth of all named
# colours.
#
# **Matching has a price.** After equal steps GAN and GAN-INT are *closer* to real pictures. Perhaps a $D$ that also
# learns to read has less left for looking.

# %% [markdown]
# **Interpolation makes it more real.** Between captions, as it should, with every seed. At the captions themselves,
# too, with matching; without it one seed of three says the opposite. How well it listens hardly changes.
#
# **A riddle.** The naive $D$ is all but deaf to the captions of real pictures, and yet its generator gets more than
# three times as many colours right as the floor. From whom did it learn? A possible answer, not tested here: real
# pictures always fit their words, early fakes do not. So on *fakes* a mismatch is one more sign that gives them away,
# and $G$ learns to avoid it.

# %% [markdown]
# All this with our *steady* recipe. The authors' own has batch normalisation in $D$ too, no penalty, small first
# weights, momentum and a fifth of our learning rate. **Guess:** what remains of the differences if all four are trained
# *as published*, for as many steps?

# %%
figures_cls.model_table(studies.results("text_gans_published")["measures"])

# %% [markdown]
# **What to see.** The pictures are far worse: 3,000 steps are a small part of the 83,000 of the paper. But matching is
# worth as much and more: with every seed, at least seven hundredths of all named colours. What interpolation does here,
# nobody can say: the seeds disagree about its sign.
#
# **Trap:** "ours is better than theirs" does not follow. A slow recipe was stopped early.

# %% [markdown]
# ## 5.7 Walking
#
# From here on the shipped GAN-INT-CLS draws, at 64 × 64 pixels. The noise is fixed, and the sentence moves: from one to
# another in eight steps. **Guess:** *a blue bird* becomes *a red bird*. What is halfway, purple or something else? And
# what happens to the leaves behind it?

# %%
from t2ilib.widgets.between_sentences import between_sentences

between_sentences()

# %% [markdown]
# **What to see.** No purple bird. The colour turns over part by part: the face and the head first, then the back, the
# belly last. The probe reads *blue*, and from the middle on *red*. The leaves stay, as in the paper's figure.
#
# One path proves nothing. So we walk between 200 pairs of sentences that differ in one colour word: half are as short
# as these two, half are whole captions. For each path: how much do pixels change, from the first picture to the last,
# inside the box around the bird, and how much outside? Both are divided by what another noise changes there.

# %%
from t2ilib import figures_paths

walks = studies.results("text_paths")["measures"]
for name in ("bird change", "background change", "colour flips"):
    found = walks[name]
    print(f"{name:18} {found['value']:.2f} [{found['low']:.2f}, {found['high']:.2f}]"
          f"   n = {found['n']} {found['unit']}")

# %% [markdown]
# **What to see.** The bird changes more than what is behind it, but the background is not left alone: on average it
# changes nearly half as much as another noise would change it. The paper's figure shows a few paths on which it stays.
# Here the probe reads the same background at both ends of 62 paths of 100; on the others it is another one.
#
# *Colour flips* is the share of paths on which the probe reads the first colour at the beginning and the second at the
# end. In brackets: 95 % intervals.

# %%
figures_paths.path_curves(studies.arrays("text_paths"))

# %% [markdown]
# **What to see.** **a**: the probability that the probe gives to the first and to the second colour, a mean over all
# paths. It is smoother than the single path above: the change may come early on one path and late on another. **b**:
# how far the pixels are from those at the start; dotted, how far another noise takes them. Up to a quarter of the path
# the background changes as much as the bird. It is furthest off in the middle, furthest from both sentences, and comes
# partly back.

# %% [markdown]
# Now the sentence is fixed, and the noise moves. **Trap:** on the straight line between two noises the middle is
# *shorter* than what the generator was trained on: two long random vectors of length $r$ are nearly at right angles, so
# their mean has a length of about $r / \sqrt{2}$. So one walks on the circle instead (*spherical interpolation*,
# slerp). How much that matters was measured on 200 paths: on straight lines named colours are kept as well, and the
# largest steps are no larger. **Guess:** what changes now, and what has to stay?

# %%
from t2ilib.widgets.between_noises import between_noises

between_noises()

# %% [markdown]
# **What to see.** All named colours stay; the background, as the probe reads it, changes four times, each time in one
# step. The bird faces the same way throughout. Choose other noises: on about half of 200 paths it turns round, and on
# three of four the background at the end is another one.
#
# So who decides what? Forty sentences are drawn with forty noises each. For the background, the direction (*facing*)
# and the named colours that the probe reads, we ask how much of the variance goes with the sentence alone, and how much
# with the noise alone:

# %%
figures_paths.who_decides(walks)

# %% [markdown]
# **What to see.** The words decide most of the named colours, and next to nothing of background and direction. The
# noise decides the direction, a good part of the background, and no named colour.
#
# What is missing to 1 depends on both together. For the background that is about half: the same noise may give leaves
# with one sentence and snow with another. That fits the walks above, on which it did not always stay.
#
# Nobody told the generator to divide the work in this way. Captions never say what is behind a bird or which way it
# faces, so a generator that wants to fool $D$ has to take that from somewhere.

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
# Six logs of small trainings, each of 150 steps from left to right. One is *healthy*. In each of the others one thing
# is wrong:
#
# - *no wrong pairs*: the naive game;
# - *shifted captions*: each picture has the caption of another one;
# - *same class*: the wrong caption is another one of the same class;
# - *fake with wrong text*: that is how $D$ is shown the fakes;
# - *text lost*: all sentence vectors are zeros.
#
# Above each panel stands the AUC at the end, on pairs that were made properly. **Guess** which is which before you
# write a function that knows.

# %%
cases = exercises.cls_diagnosis.shown()
figures_cls.answer_logs(dict(zip("abcdef", (cases[cause] for cause in sorted(cases)))))

# %% [markdown]
# **What to see.** **b** is healthy: yes to right pairs, no to wrong ones, and fakes soon get the answers of real
# pictures. In **a** nobody says no to a fake with its own text: fakes were judged with wrong texts. **c** is the naive
# game: wrong pairs sink, but less. Unlike in §5.4 its AUC is far from ½; perhaps so small a world can be learned from
# fakes alone.

# %% [markdown]
# In **d**, **e** and **f** right and wrong get the same answer: one line hides the other. The AUC helps: in **d** $D$
# can read, and its wrong captions were right ones; in **e** captions stand beside other pictures; in **f** there is
# nothing to read, and both curves agree to the last digit.

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
# ## 5.9 What we reproduced
#
# A claim with several parts has several numbers, in the order of its parts.

# %%
from t2ilib import figures

figures.verdicts("05_gan_cls_int")

# %% [markdown]
# ## 5.10 Where the sources slip
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
# **Going further.** Take four captions of a picture instead of one, as the authors do (§4.7), and measure *all* colours
# of the bird, not those of one caption: which parts profit? Then train `t2i train gan_cls --data FOLDER` on
# photographs.
#
# **Next:** the noise decides the background and the direction. Chapter 6 turns the generator round: *which noise
# belongs to this picture?* And can it be given to another sentence?
