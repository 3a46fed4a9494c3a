# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 0 · A sentence draws a bird
#
# Choose **Run → Run All Cells** once; then type into the box. **Guess first:** what is harder for a painter of birds, the
# wings or the beak? (A *profile* sets the size of everything below: `laptop` is yours, `smoke` only proves that it runs,
# `gpu` is the serious one.)

# %% tags=["parameters"]
profile = ""    # "smoke", "laptop" or "gpu"; empty takes T2I_PROFILE, else laptop

# %%
from t2ilib import runtime
from t2ilib.widgets.sentence import sentence_box

profile = runtime.profile(profile)
sentence_box()

# %% [markdown]
# **What to see.** Eight birds that nobody drew, for your sentence. Under each, a second network, which has never met the
# painter, says whether it finds the colours you named. Change *one* word, say `red` to `blue`: the colour changes, pose
# and place mostly stay. Then try something odd: `a purple bird with a green crown`, or `a bird that is not red`.

# %% [markdown]
# | | |
# |---|---|
# | **Question** | How does a sentence become a picture, and how do we know that it is the right one? |
# | **You will be able to** | name what lies between a sentence and a picture · read the score of a text-to-image model · say what its ceiling and floor mean · solve eight exercises and a quiz |
# | **You need** | Python and a little PyTorch; no GPU, no download |
# | **Time** | smoke 27 s, 1101 MB; laptop 3 min 5 s, 2958 MB (2 cores) |
# | **Source** | Reed et al. 2016, *Generative Adversarial Text to Image Synthesis*, Section 4.1 and Figure 2 → §0.1; Algorithm 1 → §0.5 |

# %% [markdown]
# ## 0.1 From a sentence to a picture
#
# A text-to-image GAN never sees words. A *tokenizer* turns them into numbers, an *encoder* turns those into one vector
# $t$, and the *generator* $G$ turns the vector and some noise $z$ into a picture $G(z, t)$. The noise decides what the
# sentence leaves open: where the bird looks, what is behind it. The *probe* reads the picture and judges.
#
# GAN means *generative adversarial network*: while it learns, the generator plays against a *discriminator*, which
# tries to tell its pictures from real ones. Afterwards only the generator is needed.

# %%
from t2ilib import figures, sample

figures.flow([("caption", "a sentence", "text"), ("tokens", "1 × 32", "text"),
              ("text t", "1 × 256", "text"), ("picture", "3 × 64 × 64", "fake"),
              ("reading", "18 answers", "baseline")],
             ["tokenizer", "encoder", "G, noise z", "probe"])

# %% [markdown]
# Walk it once by hand; the shapes are asserted. There are 32 places for words, of which this sentence fills 12. For each
# part the probe gives one score for each of eleven colours; eight more answers are about shape, pose and place.

# %%
import torch

painter = sample.Painter.shipped()
caption = "a small red bird with black wings and a short yellow beak"
tokens = painter.encoder.tokenizer.encode([caption])            # words -> numbers
text = painter.encoder(tokens).text                             # numbers -> one vector
noise = painter.noise(1, seed=3)                                # what they leave open
with torch.no_grad():
    image = painter.generator(noise, text)                      # -> pixels in [-1, 1]
    reading = painter.probe(image)                              # -> what is to be seen
assert tokens.shape == (1, 32) and text.shape == (1, 256)
assert image.shape == (1, 3, 64, 64) and reading["wing"].shape == (1, 11)
assert len(reading) == 18

# %%
print([painter.encoder.tokenizer.words[i] for i in tokens[0] if i])
figures.drawing(painter.draw(caption, n=4, seed=3))

# %% [markdown]
# ### The way ahead
#
# Twelve papers lie ahead. Their order is one of ideas, not of years; you need not read the formulas yet.

# %%
from t2ilib import figures_world

figures_world.paper_map("00_start_here")

# %% [markdown]
# **What to see.** Along the solid line each paper adds one thing: the box names it, the loss term it is known for, its
# chapter and its file. The lower row plays the same game with pictures instead of words. Chapters in dashed boxes are
# still to come. This map returns at the top of each chapter.

# %% [markdown]
# ## 0.2 A world whose truth is known
#
# Photographs do not say what is true of them. So this course has a world of its own: 1,100 species of birds, drawn by a
# program that knows every colour, the box, the parts and which pixel belongs to which. It is written to disk like the
# photographs of CUB-200-2011 (11,788 pictures of 200 species, with captions), and one reader reads both.
#
# The world has three levels, so that a model can be asked what it can cope with:

# %%
figures_world.levels()

# %% [markdown]
# **What to see.** The same species three times: flat colours; feathers, a pattern and light from one side; depth behind
# the bird and a freer pose. Which of them did the painter above learn from? Its card tells:

# %%
from t2ilib import checkpoint

level = checkpoint.read_card(checkpoint.find("gan_int_cls"))["world"]["level"]
print("level", level)

# %% [markdown]
# **Guess first:** CUB marks 15 parts of a bird, among them two eyes, two wings and two legs. How many can be seen from
# one side?

# %%
from t2ilib.data import birds

scene = birds.World(seed=2, level=3).scene(78, split="test")
figures_world.parts_figure(scene)

# %% [markdown]
# **What to see.** 13 of 15. The far eye and the far wing are behind the bird: rings on dashed lines, where they truly
# are. For a hidden part CUB stores nothing but zeros; our world knows. On the right, the ten parts that are coloured one
# by one (the map's colours only tell them apart). When a caption says "a red bird", it means the *body*: the colour that
# covers most of the plumage.
#
# Now compose a bird yourself. Underlined words in its captions name an attribute:

# %%
from t2ilib.widgets.explorer import explore

explore()

# %% [markdown]
# **Try this.** Change one colour and read the captions again. Let the bird swim: the legs vanish from the picture, the
# masks and the captions. A caption never names what cannot be seen, and none is false.
#
# What belongs to the species, and what to the single picture?

# %%
figures_world.species_and_image()

# %% [markdown]
# In the upper row one species, in the lower row one pose. The same as a table:

# %%
figures_world.attribute_table()

# %% [markdown]
# **What to see.** No sentence ever tells what stands in the last cell: where the bird looks, what is behind it. Only the
# noise can decide it, and that is why one sentence has many right pictures.
#
# Three ways to ask for the same bird, counted:

# %%
from dataclasses import asdict

from t2ilib.data.captions import describe

sentence = describe(scene)[2]
species = asdict(scene.species)
numbers = len(asdict(scene)) - 1 + len(species) - 1 + len(species["colours"])
print(f"to the drawing program: {numbers} values")
print(f"to a painter in words:  {len(sentence.split())} words ({sentence})")
print(f"to the generator:       {painter.noise_dim} numbers of noise,",
      f"{text.shape[1]} of text")

# %% [markdown]
# A sentence leaves most of these values open, and the noise has to choose them.
#
# The way back from words is a parser. It reads attributes out of any sentence, also yours, tells what it did not know,
# and finds a bird of which the sentence is true. **Guess first:** of how many of the 1,100 species is "a tiny crimson
# bird with blue wings" true?

# %%
from t2ilib.widgets.reader import caption_reader

caption_reader()

# %% [markdown]
# **Try this.** Add one attribute at a time and watch the number fall.
#
# ### What the painter has never seen
#
# The generator of this chapter learned from 1,000 species. Scores are measured on the other 100: **new combinations of
# known colours**. A harder test, for later chapters, withholds five (part, colour) pairs altogether:

# %%
print(sorted(birds.withheld_pairs()))
print("in the harder test:", len(birds.species("known")), "species to train on,",
      len(birds.species("novel")), "to test")

# %% [markdown]
# ### How it compares with CUB
#
# The captions are written in the manner of CUB's, and the program counts how near they come:

# %%
from IPython.display import Markdown

from t2ilib.data import caption_statistics

some = [describe(birds.World(seed=0, level=3).scene(i)) for i in range(300)]
Markdown(caption_statistics.markdown(some))

# %% [markdown]
# **What to see.** Lengths and openings are close. Our captions name parts more often, so that an encoder meets each of
# them, and use 68 different words where people used 5,449. CUB is a world of black, white and brown; in ours each body
# colour is about equally common. Photographs also bring what ours lack: leaves in front of the bird, blur, mistakes in
# the labels. A model that is good here is not yet good there.

# %% [markdown]
# ### The genuine sets
#
# Nothing in this course needs them. If you want them: `t2i data get cub` says how large the download is and on which
# terms, checks it and unpacks it; some sets only a person can get, and then it tells how. `t2i data check cub` counts
# what is there, and `t2i train gan_int_cls --data cub` learns from it.
#
# A photograph shows more than the bird. The papers cut out a window round its box: half a side is 0.75 times the longer
# side of the box, and what leaves the photograph is clipped. In exercise 0.5 you write this crop.

# %%
from t2ilib.data.sources import table

Markdown(table())

# %% [markdown]
# ## 0.3 How do we know that it is the right picture?
#
# Papers show pictures and ask you to agree. We count. The **probe** reads the colour of each part off the picture; the
# share of *named* colours that it finds is the **faithfulness** of the model. The probe was trained on other real birds
# than the painter and shares no weight with it, or it would praise its own mistakes.
#
# A share alone says nothing. Its **ceiling** is the same count on real birds, its **floor** the count when pictures and
# captions are shuffled. **Guess:** what is the floor, with eleven colours, if they were all equally common?

# %%
from t2ilib.data import rendered
from t2ilib.metrics import measures

count = {"smoke": 40, "laptop": 400, "gpu": 2000}[profile]
unseen_world = birds.World(seed=2, level=level)
unseen = rendered.load(unseen_world, "test", 400)
rows, sentences = measures.held_out_captions(unseen, count)
drawn = painter.paint(sentences, painter.noise(count, seed=0))
real = runtime.to_tensor(unseen.images[rows])
score = measures.faithfulness(painter.probe, drawn, sentences, real,
                              kinds=unseen.labels[rows])
assert score.floor < score.value <= 1 and score.n == count
score

# %% [markdown]
# **What to see.** The share; in brackets its 95 % interval (captions of other species would give a share in there 95 times
# of 100); then floor and ceiling. One in eleven is 0.09, and the floor lies near it: not exactly, since captions name some
# colours more often. Now look at some of these pictures:

# %%
import numpy as np

from t2ilib.widgets.live import rows as paint_rows

few = sentences[:4]
beside = [unseen.images[rows[:4]][:, None], paint_rows(painter, few, across=5)]
figures.fixed_rows(np.concatenate(beside, axis=1), few,
                   "A real bird of an unseen species, then five drawn ones.", real=True)

# %% [markdown]
# **What to see.** In blue frames, the real bird that each caption was written for; beside it five that were drawn from
# the caption alone. These are the first four captions, not the best ones.
#
# The score above was a small sample of your own. Beside every stored model (a *checkpoint*) lies a *card* that says how
# it was made and what was measured, on 2,000 captions:

# %%
from t2ilib.metrics.measures import Score

card = checkpoint.read_card(checkpoint.find("gan_int_cls"))["metrics"]
names = ("faithfulness", "faithfulness, second probe", "all parts right", "diversity")
stored = {name: Score(**card[name]) for name in names}
counts = stored["faithfulness"].n, stored["diversity"].n
label = "share; {:,} captions, {:,} for diversity".format(*counts)
alt = ", ".join(f"{name} {score}" for name, score in stored.items())
figures.scores(stored, label, alt)

# %% [markdown]
# **What to see.** The orange diamond is the stored model on captions of species it never met. The *second probe* has
# another architecture and was never looked at while the painter was improved: if it disagreed, the first would have been
# fooled. *All parts right* is strict: every named colour on one picture. *Diversity* asks the other question: do pictures
# of one sentence differ as much as real ones do (1.00)? One perfect bird, again and again, scores 0. More than 1 is no
# praise: errors differ, too.
#
# Now look where the misses are.

# %%
shares = card["faithfulness by part"]
floor = stored["faithfulness"].floor
figures.bars(shares, "share of captions whose colour is found", floor,
             f"By part: {max(shares, key=shares.get)} is found most often, "
             f"{min(shares, key=shares.get)} least.")

# %% [markdown]
# **Guess:** why these parts? Two suspects can be measured on real birds: how many pixels a part has, and how often it
# wears the colour of the body anyway, so that painting all in one colour is right by luck.

# %%
kinds, pixels = birds.species("test"), measures.part_pixels(unseen_world, count=100)
for part in birds.PARTS:
    lucky = sum(kind.colour(part) == kind.body for kind in kinds) / len(kinds)
    print(f"{part:7s} {pixels[part]:4.0f} pixels   {lucky:4.0%} like the body")

# %% [markdown]
# **What to see.** Both suspects fit the legs. But the beak is much like them in both columns and is found far more often,
# and the large belly is found less often than the small tail. A third suspect: more than half of all captions name the
# beak, one in six the legs. What is seldom asked for is learned late. How later papers make a generator look at places and at
# fine detail is the story of chapters 7 to 9.

# %% [markdown]
# ## 0.4 The other instruments
#
# A bird may wear the right colours and still look wrong. Five more numbers ask how *real* the pictures are:
#
# - *SynthFID*: how far apart the clouds of drawn and of real birds lie, by what the probe computes before it answers (its
#   *features*). Small is good.
# - *SynthIS*: how surely each part has one of eleven colours, and how many occur. 1 to 11.
# - *density* and *coverage*: do drawn birds lie among real ones? Has each real one a drawn neighbour?
# - *sharpness*: the energy of fine detail; real birds are 1.
#
# **Guess first:** which of the five notices blur? Noise? One bird for all?

# %%
from t2ilib import figures_measures
from t2ilib.metrics import controls, realism

size = {"smoke": 40, "laptop": 300, "gpu": 1000}[profile]
many = runtime.to_tensor(rendered.load(unseen_world, "test", 3 * size).images[:])
birds_seen, others = many[:size], many[size:]
trials = {"real": birds_seen, "blurred": controls.blurred(birds_seen, sigma=1.0),
          "noisy": controls.noisy(birds_seen, strength=0.3),
          "one for all": controls.one_for_all(birds_seen),
          "drawn": painter.paint(sentences[:size], painter.noise(size, seed=2))}
looks = {name: realism.measure(painter.probe, pictures, others)
         for name, pictures in trials.items()}
figures_measures.score_table(looks)

# %% [markdown]
# **What to see.** SynthFID grows with blur, with noise, and most when one bird stands for all. It is never 0: two sets of
# real birds (*real* and *ceiling*) differ as well, and with few pictures so much that smaller differences mean nothing.
#
# **Trap:** each number is blind to something. Blur *raises* density and hardly moves coverage; noise is very sharp. And
# published FIDs use other features and other numbers of pictures: never put them in one column with these.
#
# Where are the parts of a drawn bird? A third network, the *locator*, learned it from real ones:

# %%
from t2ilib.metrics.locator import locate

found = locate(sample.load_locator(), trials["drawn"][:6])
figures_measures.located(runtime.to_pixels(trials["drawn"][:6]), found)

# %% [markdown]
# **What to see.** It finds all 15 parts, also on birds that the program never drew; rings are taken for hidden. In chapter
# 7 you will drag such points, and the bird will follow.
#
# Last question: does the painter hand out its training pictures? Compare with a **planted cheater**, who mirrors and
# moves them a little.

# %%
from t2ilib.metrics import memorisation

pictures = {"smoke": 100, "laptop": 3000, "gpu": 20_000}[profile]
data = rendered.load(birds.World(seed=0, level=level), "train", pictures)
album = memorisation.album(painter.probe, data.images)
cheater = controls.copied(runtime.to_tensor(data.images[:size]))
for name, made in {"painter": trials["drawn"], "cheater": cheater}.items():
    scores = memorisation.measure(painter.probe, made, others[:size], album)
    print(f"{name}: {memorisation.verdict(scores)}. Distance to the nearest training "
          f"picture,\n   as a share of that of real birds: {scores['pixels']}")

# %% [markdown]
# **What to see.** 1 means: as far from the training pictures as an unseen real bird is, 0: a copy. The instrument convicts
# the cheater, though he mirrored and moved his pictures, so its silence about the painter means something.
#
# ## 0.5 It learns while you watch
#
# Below, a fresh generator plays against a fresh discriminator, which sees three kinds of pairs: real picture with right
# text (say yes), real picture with **wrong** text (say no), fake picture (say no). That middle kind is the idea of
# GAN-CLS; chapter 5 takes it apart, and with it the *INT* in the name of our painter, `gan_int_cls`. Raise `steps` when
# you have time.

# %%
from dataclasses import replace

from t2ilib.data.text_batches import TextBatches
from t2ilib.papers import gan_cls
from t2ilib.train import TrainState, fit_gan, make_fabric

steps = {"smoke": 4, "laptop": 1000, "gpu": 5000}[profile]
config, recipe = gan_cls.RECIPES["steady"]["smoke" if profile == "smoke" else "laptop"]
recipe = replace(recipe, steps=steps, average=0.98, log_every=max(1, steps // 50))

# %%
from t2ilib.widgets.live import apprentice, live_grid

torch.manual_seed(0)
batches = TextBatches(data, sample.load_encoder(), recipe.batch, config.noise_dim)
game = gan_cls.build(config)
state = TrainState(game, recipe, make_fabric())
shown = list(sample.SHOWN_CAPTIONS[:2])
fit_gan(game, state, batches, live_grid(shown, every=5 * recipe.log_every))

# %%
answers = {"D(real, right text)": "real", "D(real, wrong text)": "wrong text",
           "D(fake, right text)": "fake"}
figures.curves(state.history, answers, "What the discriminator answers, step by step.",
               label="answer")

# %% [markdown]
# **What to see.** The discriminator's mean answer to each kind of pair: 1 is a sure yes, 0 a sure no. Where the lines
# lie together it cannot tell the pairs apart; the further apart, the better it judges. In the laptop run it soon says
# no to wrong texts, while the answer to fakes stays near that to real birds: the generator keeps up. Its pictures:

# %%
yours = paint_rows(apprentice(state), shown)
figures.fixed_rows(yours, [f"{state.step:,} steps: {caption}" for caption in shown],
                   f"Pictures by the generator trained here for {state.step:,} steps.")

# %% [markdown]
# And the stored painter, for the same captions:

# %%
stored_rows = paint_rows(painter, shown)
figures.fixed_rows(stored_rows, [f"stored checkpoint: {caption}" for caption in shown],
                   "Pictures by the stored checkpoint for the same captions.")

# %% [markdown]
# **What to see.** On a laptop's 1,000 steps: rough shapes that already wear the colour of the sentence. The stored rows
# come from the same code, with more pictures and more steps, the first of them on level 1; the card says exactly how:

# %%
full = checkpoint.read_card(checkpoint.find("gan_int_cls"))
print(full["command"])
print(f"{full['steps']:,} steps, {full['world']['images']:,} pictures")
print(f"{full['seconds'] / 60:.0f} minutes, {full['device']}")
if before := full.get("from"):
    print(f"continued from {before['steps']:,} steps",
          f"on level {before['world']['level']}")

# %% [markdown]
# ## 0.6 Break it on purpose
#
# Does the generator read the *sentence*, or only its words? Keep all words and shuffle their order: "wings black bird
# a with red". **Guess:** does it still know which part gets which colour? And with no words at all?

# %%
rng = np.random.default_rng(0)
plain = [sentence.replace(",", "").rstrip(".").split() for sentence in sentences]
mixed = [" ".join(rng.permutation(words)) for words in plain]
trials = {"as written": sentences, "shuffled": mixed, "no words": [""] * count}
for name, said in trials.items():
    broken = painter.paint(said, painter.noise(count, seed=0))
    print(f"{name:10s}", measures.faithfulness(painter.probe, broken, sentences, real,
                                               kinds=unseen.labels[rows]))

# %% [markdown]
# **What to see.** The order matters: shuffled words lose much. But they stay above the floor: knowing *which* colours occur
# is worth something, most of all where a sentence names only one. Without words the painter draws any bird, and finds
# the named colours by luck. Chapter 4 opens the encoder.

# %% [markdown]
# ## 0.7 Your turn
#
# Every chapter has exercises. The card under the cell says what to write; its dots tell how hard it is. Fill in the
# function, run its cell, press **Check**: you are told what is wrong and the likely reason. Without buttons:
# `exercises.start.named_right.check(named_right)`, and `.hint()`. Nothing after an exercise depends on it.
#
# ### Exercise 0.1 · faithfulness by hand

# %% tags=["exercise-start.named_right"]
def named_right(named, seen):
    """The share of all named colours that were seen."""
    ...

# %%
from t2ilib import exercises

exercises.start.named_right.card()

# %% [markdown]
# ### Exercise 0.2 · pictures with a wrong text

# %% tags=["exercise-start.mismatched"]
def mismatched(labels, rng):
    """For each picture the position of one of another class -> (N,) integers."""
    ...

# %%
exercises.start.mismatched.card()

# %% [markdown]
# ### Exercise 0.3 · from numbers to a picture

# %% tags=["exercise-start.to_pixels"]
def to_pixels(images):
    """(N, 3, H, W) in [-1, 1] -> (N, H, W, 3) uint8."""
    ...

# %%
exercises.start.to_pixels.card()

# %% [markdown]
# ### Exercise 0.4 · true or false

# %% tags=["exercise-world.is_true"]
def is_true(caption, scene):
    """True if all that the caption says holds for the scene."""
    ...

# %%
exercises.world.is_true.card()

# %% [markdown]
# ### Exercise 0.5 · the papers' frame

# %% tags=["exercise-world.crop_window"]
def crop_window(box, photo_size):
    """What StackGAN's code takes of a photograph: left, top, right, bottom."""
    ...

# %%
exercises.world.crop_window.card()

# %% [markdown]
# ### Exercise 0.6 · how sure is a share?

# %% tags=["exercise-measure.interval"]
def interval(right, asked, kinds, rng):
    """95 % interval of the share of names, over species -> low, high."""
    ...

# %%
exercises.measure.interval.card()

# %% [markdown]
# ### Exercise 0.7 · find the cause of a broken run
#
# A loader read one caption for each of 200 *real* pictures. Below, the share of pictures, twenty at a time, of which
# the whole caption is true. It should be 100 % everywhere. **Guess:** what has happened, and at which picture?

# %%
run = exercises.diagnose.broken_run()
for first in range(0, run.count, 20):
    own = [run.holds(i, i) for i in range(first, first + 20)]
    print(f"pictures {first:3d} to {first + 19:3d}: {sum(own) / 20:4.0%}")

# %% tags=["exercise-diagnose.find_break"]
def find_break(holds, count):
    """The first picture with another's caption, and the cause."""
    ...

# %%
exercises.diagnose.find_break.card()

# %% [markdown]
# Try your function on the run above, too: `find_break(run.holds, run.count)`. Then look at `run.captions` around the
# place: do you see it with your eyes?

# %% [markdown]
# ### Exercise 0.8 · an experiment of your own

# %% tags=["exercise-measure.hard_sentence"]
def hard_sentence(found):
    """A sentence with one colour on which the painter fails -> sentence, low, high."""
    ...

# %%
exercises.measure.hard_sentence.card()

# %% [markdown]
# ### Exercise 0.9 · a quiz
#
# Click on a choice: each has its reason. Wrong choices are worth a click, too.

# %%
exercises.start_quiz.quiz.card()

# %% [markdown]
# ## 0.8 How this course works
#
# - Each chapter is one notebook and one short file of `t2ilib/papers/`. Read the file: `show_source` prints it.
# - `python3 course.py lab` opens copies of your own in `my/`; updates never overwrite them.
# - A **profile** sets the size of everything: `smoke` proves that the code runs, `laptop` is for you, `gpu` is the
#   serious run.
# - Numbers you see are measured by the code beside them, or come from a card that names the command.

# %%
from t2ilib.source import show_source

show_source(gan_cls.GanCls.d_loss)

# %% [markdown]
# This is the discriminator's whole lesson: yes to the real pair, and a no that wrong texts and fakes share by halves
# (`matching` is ½).

# %% [markdown]
# ## 0.9 What we reproduced
#
# The sources of this course make claims; we gave each a number. What would count as seeing it here is written down as a
# bound, and the verdict follows from the measured interval: reproduced if all of it lies above the bound. Nobody types
# it. CTX-06 is measured on the encoder's card; chapter 4 will open it.

# %%
figures.verdicts("00_start_here")

# %% [markdown]
# **Going further.** Write down five sentences of your own and count the misses by hand. What do they have in common?
#
# **Next:** chapter 1 starts with the smallest GAN there is, two networks and a line of numbers, and asks: *can two
# networks that only fight each other learn what data looks like?*
