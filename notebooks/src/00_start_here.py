# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% tags=["parameters"]
profile = ""    # "smoke", "laptop" or "gpu"; empty takes T2I_PROFILE, else laptop

# %% tags=["plumbing"]
import os

if profile:
    os.environ["T2I_PROFILE"] = profile

from t2ilib import runtime

profile = runtime.profile()

# %% [markdown]
# # 0 · A sentence draws a bird

# %%
from t2ilib.widgets.sentence import sentence_box

sentence_box()

# %% [markdown]
# **What to see.** Eight birds that nobody drew, for your sentence. Under each, a second network, which has never met the
# painter, says whether it finds the colours you named. Change *one* word, say `red` to `blue`: pose, branch and sky
# stay, the colour moves. Now ask for something odd, such as `a purple bird with a green crown`.
#
# **Guess first:** which is harder for the painter, the wings or the beak?

# %% [markdown]
# | | |
# |---|---|
# | **Question** | How does a sentence become a picture, and how do we know that it is the right one? |
# | **You will be able to** | name the five stations between a sentence and a picture · read the score of a text-to-image model · say what its ceiling and floor mean · write three of the stations yourself |
# | **You need** | Python and a little PyTorch; no GPU, no download |
# | **Time** | not measured yet |
# | **Source** | Reed et al. 2016, Section 4.1 and Figure 2 → §0.1; Algorithm 1 → §0.4 |

# %% [markdown]
# ## 0.1 Five stations from a sentence to a picture
#
# A text-to-image GAN never sees words. A *tokenizer* turns them into numbers, a frozen *encoder* turns those into one
# vector $t$, and the *generator* $G$ turns the vector and some noise $z$ into a picture $G(z, t)$. The noise decides
# all that the sentence leaves open: where the bird looks, on what it stands, what is behind it.

# %%
from t2ilib import figures, sample

figures.flow([("caption", "a sentence", "text"), ("tokens", "1 × 32", "text"),
              ("text t", "1 × 256", "text"), ("picture", "3 × 64 × 64", "fake"),
              ("reading", "10 parts", "discriminator")],
             ["tokenizer", "encoder", "generator", "probe"])

# %% [markdown]
# Walk it once by hand. Every shape in the drawing above is checked here.

# %%
import torch

painter = sample.Painter.shipped()
caption = "a small red bird with black wings and a short yellow beak"
tokens = painter.encoder.tokenizer.encode([caption])            # words -> numbers
text = painter.encoder(tokens).text                             # numbers -> one vector
noise = painter.noise(1, seed=3)                                # what the sentence leaves open
with torch.no_grad():
    image = painter.generator(noise, text)                      # -> pixels in [-1, 1]
assert tokens.shape == (1, 32) and text.shape == (1, 256) and image.shape == (1, 3, 64, 64)

# %%
print([painter.encoder.tokenizer.words[i] for i in tokens[0] if i])
figures.drawing(painter.draw(caption, n=4, seed=3))

# %% [markdown]
# ## 0.2 A world whose truth is known
#
# Photographs do not say what is true of them. So this course has a world of its own: 1,100 species of birds, drawn by a
# program that knows every colour, the box, the parts and which pixel belongs to which. It is written to disk like the
# photographs of CUB-200-2011, and one reader reads both.
#
# The generator learned from 1,000 species. You are always shown the other 100: **new combinations of known colours**.

# %%
from t2ilib.data import birds, captions, draw

scene = birds.World(seed=2).scene(33, split="test")
picture = draw.render(scene, size=128)
print(scene.species.folder, "·", scene.background, "·", scene.perch, "·", f"facing {scene.facing}")
figures.parts_map(picture)

# %% [markdown]
# **What to see.** Left, the box and the visible ones of the 15 keypoints of CUB, numbered in its order. Right, the
# truth behind the pixels. Ten captions come with each picture; each names a few attributes, and none is false:

# %%
print(*captions.describe(scene), sep="\n")

# %% [markdown]
# The way back is a parser. It reads colours out of any sentence, also yours, and tells what it did not know.

# %%
captions.read_attributes("its wings are black, the golden bill is tiny, and a magnificent crest")

# %% [markdown]
# ## 0.3 How do we know that it is the right picture?
#
# Papers show pictures and ask you to agree. We count. The **probe** reads the colour of each part off the picture; the
# share of *named* colours that it finds is the **faithfulness** of the model.
#
# A share alone says nothing. Its **ceiling** is the same count on real birds, its **floor** the count when pictures and
# captions are shuffled. **Guess:** what is the floor, with eleven colours?

# %%
from t2ilib.data import rendered
from t2ilib.metrics import measures

count = {"smoke": 40, "laptop": 400, "gpu": 2000}[profile]
unseen = rendered.load(birds.World(seed=2), "test", 400)
rows, named = measures.held_out_captions(unseen, count)
drawn = painter.paint(named, painter.noise(count, seed=0))
real = runtime.to_tensor(unseen.images[rows])
score = measures.faithfulness(painter.probe, drawn, named, real)
assert score.floor < score.value <= 1 and score.n == count
score

# %%
from t2ilib import checkpoint
from t2ilib.metrics.measures import Score

card = checkpoint.read_card(checkpoint.find("gan_int_cls"))["metrics"]
stored = {name: Score(**card[name]) for name in ("faithfulness", "diversity")}
figures.scores(stored, f"share of real birds; {stored['faithfulness'].n:,} captions of unseen species",
               "Faithfulness and diversity of the shipped model between floor and ceiling.")

# %% [markdown]
# **What to see.** The orange diamond is the shipped model on captions of species it never met, with its 95 % interval.
# It stands far from the floor, and not at the ceiling. *Diversity* asks the other question: do pictures of one sentence
# differ as much as real birds do? A model that draws one perfect bird scores 0 there.
#
# Now look where the misses are.

# %%
figures.bars(card["faithfulness by part"], "share of captions whose colour is found",
             stored["faithfulness"].floor,
             "Faithfulness by part: body and wings are found most often, beak and legs least.")

# %% [markdown]
# Large parts come first, small ones last. The beak is a dozen pixels of 4,096; the discriminator notices it late. How
# later papers repair this is the story of chapters 7 to 9.
#
# ## 0.4 It learns while you watch
#
# Below, a fresh generator plays against a fresh discriminator, which sees three kinds of pairs: real picture with right
# text (say yes), real picture with **wrong** text (say no), fake picture (say no). That middle kind is the idea of
# GAN-CLS; chapter 5 takes it apart. Raise `steps` when you have time.

# %%
from dataclasses import replace

from t2ilib.data.text_batches import TextBatches
from t2ilib.papers import gan_cls
from t2ilib.train import TrainState, fit_gan, make_fabric

steps = {"smoke": 4, "laptop": 300, "gpu": 5000}[profile]
pictures = {"smoke": 100, "laptop": 3000, "gpu": 20_000}[profile]
config, recipe = gan_cls.RECIPES["steady"]["smoke" if profile == "smoke" else "laptop"]
recipe = replace(recipe, steps=steps, log_every=max(1, steps // 60))

# %%
from t2ilib.widgets.live import apprentice, live_grid
from t2ilib.widgets.live import rows as paint_rows

torch.manual_seed(0)
data = rendered.load(birds.World(seed=0), "train", pictures)
batches = TextBatches(data, sample.load_encoder(), recipe.batch, config.noise_dim)
game = gan_cls.build(config)
state = TrainState(game, recipe, make_fabric())
shown = list(sample.SHOWN_CAPTIONS[:2])
fit_gan(game, state, batches, live_grid(shown, every=10 * recipe.log_every))

# %%
you, shipped = paint_rows(apprentice(state), shown), paint_rows(painter, shown)
figures.fixed_rows(shipped, [f"shipped: {caption}" for caption in shown],
                   "Two rows of birds by the shipped checkpoint.")

# %%
figures.fixed_rows(you, [f"yours, {state.step:,} steps: {caption}" for caption in shown],
                   "Two rows of pictures by the generator trained in this notebook.")

# %% [markdown]
# **What to see.** A few hundred steps give sky, sand and a blot where a bird will be. The shipped rows come from the
# *same code and recipe*, run for longer; the card below says exactly how. Same noise in each column: compare the poses.

# %%
full = checkpoint.read_card(checkpoint.find("gan_int_cls"))
print(f"{full['command']}\n{full['steps']:,} steps, {full['seconds'] / 60:.0f} minutes, {full['device']}")

# %% [markdown]
# ## 0.5 Break it on purpose
#
# Does the generator really read the sentence, or does it just paint nice birds? Give it the *wrong* text and score the
# picture against the right one. **Guess:** what does faithfulness fall to?

# %%
wrong = [named[i] for i in measures.derangement(count)]
deaf = painter.paint(wrong, painter.noise(count, seed=0))
broken = measures.faithfulness(painter.probe, deaf, named, real)
print(f"right text {score.value:.2f} · wrong text {broken.value:.2f} · floor {score.floor:.2f}")
assert broken.value < 0.5 * score.value

# %% [markdown]
# ## 0.6 Your turn
#
# Every chapter has exercises. The card under the cell says what to write. Fill in the function, run its cell, press
# **Check**: you are told what is wrong and the likely reason. Nothing after an exercise depends on it.
#
# ### Exercise 0.1 · the score, by hand

# %% tags=["exercise-start.named_right"]
def named_right(named, seen):
    """The share of all named colours that were seen."""
    ...

# %%
from t2ilib import exercises

exercises.start.named_right.card()

# %% [markdown]
# ### Exercise 0.2 · a wrong text for every picture

# %% tags=["exercise-start.mismatched"]
def mismatched(labels, rng):
    """For each picture the position of one of another class -> (N,) integers."""
    ...

# %%
exercises.start.mismatched.card()

# %% [markdown]
# ### Exercise 0.3 · from numbers to pixels

# %% tags=["exercise-start.to_pixels"]
def to_pixels(images):
    """(N, 3, H, W) in [-1, 1] -> (N, H, W, 3) uint8."""
    ...

# %%
exercises.start.to_pixels.card()

# %% [markdown]
# ## 0.7 How this course works
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
# ## 0.8 What we reproduced
#
# A claim gets its bound before the run. The verdict follows from the measured interval; nobody types it.

# %%
figures.verdicts("00_start_here")

# %% [markdown]
# **Going further.** Write your five favourite sentences down and the score of each. What do the misses have in common?
# Later chapters give you the tools to cure them.
#
# **Next:** chapter 1 starts with the smallest GAN there is, two networks and a line of numbers, and asks: *can two
# networks that only fight each other learn what data looks like?*
