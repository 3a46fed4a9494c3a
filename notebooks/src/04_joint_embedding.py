# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4 · A sentence is a place
#
# Type a description. The eight birds below were drawn after the encoder was trained; their species were never shown to
# it. **Guess first:** what will it find for `a red bird`, and what for `a bird that is not red`?

# %% tags=["parameters"]
profile = ""    # "smoke", "laptop" or "gpu"; empty takes T2I_PROFILE, else laptop

# %%
from t2ilib import measuring, runtime, sample
from t2ilib.widgets.rank_birds import rank_birds

profile = runtime.profile(profile)
gallery = measuring.unseen(profile, level=3)
rank_birds(gallery)

# %% [markdown]
# **What to see.** The eight best of 2,000 pictures, with their scores (§4.4 says what a score is). Under each picture:
# is what you named true of it? The truth comes from the program that drew the bird. The line below counts how many of
# the eight are right in all, and of how many pictures of the gallery that can be said.
#
# Type both sentences of the guess: red birds come for both. The word *not* is unknown to this encoder, and the line below
# the pictures says so: no caption describes a bird by what it is not.

# %% [markdown]
# | | |
# |---|---|
# | **Question** | How does a sentence become a vector that a picture can be compared with? |
# | **You will be able to** | turn a sentence into a vector · train two encoders to agree · name birds of species that nobody has seen · measure what an encoder knows, and what it does not |
# | **You need** | chapter 0, recurrent networks by name; no GPU, no download; three hours |
# | **Time** | smoke 20 s, 1145 MB; laptop 58 s, 2423 MB (2 cores) |
# | **Source** | Reed et al. 2016 (CVPR), *Learning Deep Representations of Fine-Grained Visual Descriptions*, Section 3 → §4.4, Section 4 → §4.3, Section 5 → §4.6; Xu et al. 2018, *AttnGAN*, Section 3.2 → §4.4 |

# %%
from t2ilib import figures_world

figures_world.paper_map("04_joint_embedding")

# %% [markdown]
# ## 4.1 Why a vector?
#
# The conditional GAN of chapter 3 was told what to draw by a number for the class. A sentence is no number. There are more
# sentences than anyone can count, and two of them may say the same:
#
# *a small red bird with black wings* · *this bird is red and it has black wings*
#
# So we want an *encoder*, a function from sentences to vectors, with two properties: sentences that are true of the same
# birds lie close together, and a change in one word that matters moves the vector. Where should it learn that from? From
# pictures.

# %% [markdown]
# ## 4.2 Words or letters
#
# A network reads numbers. The numbers of a sentence are its *tokens*, and a *tokenizer* makes them. There are two kinds. A
# *word* tokenizer gives each known word a number; what it does not know becomes `<unknown>`. A *character* tokenizer
# numbers the signs: letters, digits, punctuation and the blank, 70 places in the papers. It can read every word, and
# knows none.
#
# Sentences of a *batch*, those that are read at once, must have one length; zeros fill the rest. **Guess:** which words
# below are unknown?

# %%
from t2ilib import figures_text

sentence = "a small red bird with zebra-striped wings"
figures_text.tokens(sentence)

# %% [markdown]
# **What to see.** Only *zebra* is unknown: it becomes number 1, and so would any other word that no caption holds. The
# hyphen is lost, and *striped* is a known word. As letters *zebra* is read like any other word; that the encoder *reads*
# it does not mean that it knows what a zebra is.
#
# **Trap:** the papers' alphabet holds the minus sign twice. In the authors' table the later place wins, so number 37 is
# never used. Whoever leaves out one of the two gives later signs another number, and published weights read nonsense.

# %% tags=["keep_output", "nbval-check-output"]
from t2ilib.text.characters import ALPHABET, Characters

letters = Characters(longest=201)
print(len(ALPHABET), "signs,", len(set(ALPHABET)), "different")
print("a, z, -, space:", [letters.ids[sign] for sign in "az- "])

# %% [markdown]
# ### Exercise 4.1 · letters to numbers

# %% tags=["exercise-text_reading.characters"]
def characters(captions, alphabet, longest):
    """B sentences -> (B, longest): places in the alphabet from 1, 0 for nothing."""
    ...

# %%
from t2ilib import exercises

exercises.text_reading.characters.card()

# %% [markdown]
# ## 4.3 Five encoders
#
# Tokens in, one vector out.
#
# - **char-CNN-RNN** (2016): convolutions (a CNN) join neighbouring letters into pieces of words; a recurrent network (an
#   RNN) walks over the pieces and keeps a state; the mean of its states is the vector.
# - **char-CNN-GRU**: the same with a *gated recurrent unit*: gates, numbers from 0 to 1, say how much of the old state is
#   kept. GAN-CLS for birds and GAWWN use it (2016).
# - **bi-LSTM** (AttnGAN, DF-GAN): another gated network, *long short-term memory*, reads words forwards and backwards.
# - **skip-thought**: learned from books, without pictures: a sentence predicts its neighbours.
# - **transformer**: each word looks at all others.

# %%
from t2ilib.source import show_source
from t2ilib.text import char_cnn

show_source(char_cnn.CharCnnGru)

# %% tags=["keep_output", "nbval-check-output"]
published = char_cnn.CharCnnConfig()
for encoder in (char_cnn.CharCnnRnn, char_cnn.CharCnnGru):
    count = runtime.count_parameters(encoder(published))
    print(f"{encoder.__name__}: {count:,} parameters")

# %% [markdown]
# **What to see.** The gates cost about a million parameters. These are the sizes of the papers; ours are smaller, and the
# table in §4.6 says how small.

# %% [markdown]
# ### Exercise 4.2 · the mean over time
#
# A *mask* is True where a sentence has a token, and False at the zeros that fill it up. Below, B is the number of
# sentences, T of places, E of numbers in a vector. **Trap:** a plain mean counts the zeros too, so the vector of a short
# sentence would depend on how long its neighbours are.

# %% tags=["exercise-text_reading.mean_over_time"]
def mean_over_time(states, mask):
    """(B, T, E), (B, T) bool -> (B, E): the mean where the mask is True."""
    ...

# %%
exercises.text_reading.mean_over_time.card()

# %% [markdown]
# ## 4.4 What fits what
#
# Picture $v$ and text $t$ get a vector each, $\theta(v)$ and $\varphi(t)$. Their *compatibility* is the inner product
# $F(v, t) = \theta(v)^\top \varphi(t)$. (**Trap:** the papers call both of them φ, in turn.) It makes two classifiers,
# one for each direction. $\mathbb{E}$ is the mean over what stands below it, and arg max is the class $y$ for which the
# mean is highest:
#
# $$f_v(v) = \arg\max_y \; \mathbb{E}_{t \sim T(y)}[F(v, t)] \qquad f_t(t) = \arg\max_y \; \mathbb{E}_{v \sim V(y)}[F(v, t)]$$
#
# $T(y)$ are the texts of class $y$, $V(y)$ its pictures. The choice is among *classes*: which species' descriptions fit
# this picture best on average? A species that was never trained on can be chosen like any other, as soon as somebody has
# described it. That is *zero-shot* recognition: no picture of the class was needed to learn it.

# %% [markdown]
# Training should lower how often both are wrong, the *structured objective*:
#
# $$\frac{1}{N}\sum_{n=1}^{N} \Delta(y_n, f_v(v_n)) + \Delta(y_n, f_t(t_n))$$
#
# over $N$ pairs $(v_n, t_n)$ of class $y_n$, with $\Delta = 0$ for the right class and 1 for a wrong one: the *0-1 loss*.
# **Guess:** what is the gradient of this number?

# %%
from t2ilib import figures_matching

figures_matching.hinge_curves()

# %% [markdown]
# **What to see.** The 0-1 loss is flat wherever it is not a cliff: no slope, nothing to learn from. So the paper trains a
# *surrogate*, a loss that is never below it: the hinge. A rival class costs nothing once it is a *margin* of 1 behind,
#
# $$\ell_v = \sum_{y \neq y_n} \max\left(0, \; 1 + \mathbb{E}_{t \sim T(y)}[F(v_n, t)] - F(v_n, t_n)\right)$$
#
# and the same with pictures and texts exchanged. **Trap:** the paper prints the *worst* rival, $\max_y$, where we wrote
# the sum; the authors' code adds all rivals, and so does ours.

# %% [markdown]
# AttnGAN's later loss chooses within a *batch*, the pairs of one training step. A *softmax* turns the scores $s_i$ of a
# text with all pictures into shares that add up to 1, $e^{s_i} / \sum_j e^{s_j}$; the loss is minus the logarithm of the
# own picture's share, and the same for each picture among the texts. It never rests, but cares less and less.
#
# Its scores are *cosines*: the inner product of both vectors after each was scaled to length 1. A cosine of 1 means the
# same direction, 0 a right angle. Differences of cosines are small, so they are multiplied by 10 first; the exercise
# divides by a *temperature* instead, here 0.1.

# %% [markdown]
# Five pictures and five captions of unseen species follow. Large: the cosine. Small: what the hinge would cost, with the
# worst rival of the row and scores times 10, if this cell were the true pair.

# %%
import torch

from t2ilib import figures_pairs
from t2ilib.widgets.rank_birds import gallery_of

joint = sample.load_joint("bilstm")
pictures = gallery_of(gallery).pictures("bilstm")
rows = list(range(0, 25, 5)) if profile == "smoke" else [0, 7, 23, 45, 88]
said = [gallery.captions[row][0] for row in rows]
scores = joint.scores(joint.text_encoder.encode(said), pictures[rows])
costs = figures_pairs.claimed_loss(joint.sharpness * scores)
figures_pairs.score_matrix(gallery.images[rows], said, scores.numpy(), costs.numpy())

# %% [markdown]
# **What to see.** In each row the framed cell is the pair that belongs together. All five have the highest score of their
# row, and lead by so much that they cost nothing. The nearest rivals share something with the caption: the two red birds
# find each other second, and so do the two with green and pink. Scores of 0 and below are for birds that share little.

# %% [markdown]
# ### Exercise 4.3 · which class?

# %% tags=["exercise-text_classes.classify"]
def classify(vectors, others, labels):
    """The class each vector is most compatible with: (N, E), (M, E), (M,) -> (N,)."""
    ...

# %%
exercises.text_classes.classify.card()

# %% [markdown]
# ### Exercise 4.4 · the hinge

# %% tags=["exercise-text_losses.hinge"]
def hinge(scores, labels):
    """(B, B), row = text, column = picture; (B,) -> both directions, each a mean."""
    ...

# %%
exercises.text_losses.hinge.card()

# %% [markdown]
# ### Exercise 4.5 · the matching loss

# %% tags=["exercise-text_losses.matching"]
def matching(texts, images, labels, temperature):
    """(B, E), (B, E), (B,), number -> scalar: each chooses its own."""
    ...

# %%
exercises.text_losses.matching.card()

# %% [markdown]
# ## 4.5 Train
#
# Two encoders, one loss, one step. In the library the loss is this short (`sharpness` is the 10 of §4.4):

# %%
from t2ilib.text import joint as joint_embedding

show_source(joint_embedding.JointEmbedding.loss, joint_embedding.JointEmbedding.scores)

# %% [markdown]
# ### Exercise 4.6 · move both encoders

# %% tags=["exercise-text_training.training_step"]
def training_step(text_encoder, image_encoder, optimizer, batch, loss):
    """Move both once, along the gradient of loss(text, image, labels); the loss."""
    ...

# %%
exercises.text_training.training_step.card()

# %% [markdown]
# A minute of training from nothing, on plain birds (level 1). Half of each batch are birds of one body colour, so that
# "a red bird" is not enough: who wants to choose among red birds has to bind each colour to its part.
#
# **Guess:** a batch has 64 pairs. What is the loss of somebody who gives each of 64 pictures the same share?

# %%
from dataclasses import replace

from t2ilib import figures, train
from t2ilib.data import rendered
from t2ilib.data.birds import World
from t2ilib.studies import embedding_training as short

plain = rendered.load(World(0, level=1), "train", short.PICTURES[profile], 64)
torch.manual_seed(0)
fresh = short.build(short.Setup(), plain.captions)
recipe = replace(short.RECIPE, steps=3 if profile == "smoke" else 250, log_every=1)
state = train.TrainState(fresh, recipe, train.make_fabric("cpu", "32-true"))
batches = joint_embedding.PairBatches(plain, fresh.text_encoder, recipe.batch)
train.fit_model(fresh, state, batches)

# %%
figures.curves(state.history, {"matching": "matching loss"}, "The loss falls.")

# %% [markdown]
# **What to see.** Equal shares cost $\log 64 = 4.16$. The loss begins a little *above* that: scores that are not yet about
# anything prefer some pictures by accident, and are punished for it. Then it falls. Each batch is another, so the thin
# line jumps.
#
# How well does this little encoder find birds of species it has never seen? The measure is AP@k of §4.6. Printed are the
# value with its interval, the floor (chance), the ceiling, and the number of species.

# %%
from t2ilib.metrics import retrieval

few = rendered.load(World(2, level=1), "test", 200 if profile == "smoke" else 1000, 64)
print("yours, plain birds:", retrieval.class_retrieval(retrieval.embed(fresh, few)))

# %% [markdown]
# **What to see.** A minute of training is far above chance, and far below the ceiling.

# %% [markdown]
# ## 4.6 Birds that nobody has seen
#
# From here on we use the two shipped encoders, trained on 20,000 pictures of level 3: `bilstm` reads words,
# `char_cnn_gru` letters. The test: 2,000 pictures of 100 species of which neither has met one. Describe a species by all
# its captions, 200 of them; which pictures are nearest to their mean?

# %% [markdown]
# **AP@k** is the share of a species' own pictures among the $k$ nearest, the mean over species. CUB has about 60 pictures
# a class, and the papers take $k = 50$. Ours have 20, so $k = 20$. **Top-1** is how often $f_v$ gives a picture its right
# species. The *floor* of both is chance, 0.01. The *ceiling* is what an oracle reaches that knows which captions are true
# of which picture: here 1. **Guess** both numbers.

# %%
from t2ilib import studies

names = ("bilstm", "char_cnn_gru")
known = studies.results("embedding_retrieval")["measures"]


def row(name):
    wanted = ("parameters", "milliseconds", "class retrieval", "f_v")
    size, time, found, named = (known[f"{measure}: {name}"] for measure in wanted)
    cost = int(size["value"]), time["value"]
    return figures_matching.EncoderRow(name, *cost, found, named)


figures_matching.encoder_table([row(name) for name in names], precision="AP@20")

# %% [markdown]
# **What to see** (oracle and chance come last, in grey). Both find nearly all pictures of nearly all species; the
# intervals overlap. The letter reader needs more than three times the parameters. Why so high, when Reed et al. report
# 0.487 on CUB (quoted: AP@50 of their word-CNN-RNN)? A program draws our birds from the few facts that captions name,
# and 200 captions name them all. **Trap:** a number is worth what its test is worth.
#
# The harder question is the one of chapter 0: find *one* picture among 100 by *one* caption. The other 99 are of other
# species. **Guess:** how often does `bilstm` find it with one caption, and how often with the mean of ten?

# %%
embedded = retrieval.embed(joint, gallery)
gains = {n: retrieval.own_picture(embedded, n) for n in retrieval.COUNTS}
figures_matching.captions_gain(gains, "own picture found among 100", gains[1].floor,
                               [gain.ceiling for gain in gains.values()])

# %% [markdown]
# **What to see.** The upper dotted line is the oracle: with one caption it finds nearly nine in ten, since the caption is
# often true of other birds, too. The encoder finds fewer: what lies between its
# point and the dotted line is lost by the encoder, the rest by the caption. With four captions it is close to the oracle, with ten both are at the top. The lower dotted line is chance.

# %% [markdown]
# ## 4.7 One caption or many
#
# The mean of the vectors of several captions knows more, because captions of one bird name different parts. Reed et al.
# take four while training; what that brings is measured in §4.9.
#
# **Guess:** is a *class* found better with the mean of the vectors, or with the mean of the scores? They are the same as
# long as $F$ is the inner product, which is linear:
#
# $$\mathbb{E}[\theta(v)^\top \varphi(t)] = \theta(v)^\top \mathbb{E}[\varphi(t)]$$
#
# **Trap:** a cosine is not linear. With cosines the mean of the scores is that of vectors which
# were scaled to length 1 *before* the mean; else long vectors count more than short ones.

# %% [markdown]
# ### Exercise 4.7 · the mean of several captions

# %% tags=["exercise-text_captions.picture_vectors"]
def picture_vectors(captions, count):
    """A list of (n, E) tensors -> (N, E): the direction of the mean of the first."""
    ...

# %%
exercises.text_captions.picture_vectors.card()

# %% [markdown]
# ### Exercise 4.8 · precision at k

# %% tags=["exercise-text_classes.precision_at"]
def precision_at(scores, labels, classes, k):
    """(C, N), (N,), (C,) -> (C,): the share of the k best that are of the class."""
    ...

# %%
exercises.text_classes.precision_at.card()

# %% [markdown]
# ## 4.8 What does it know?
#
# Swap one word and watch. The bars are the mean score of all pictures whose wings have that colour. **Guess:** *red*
# becomes *blue*. Which bars should move, and which should not?

# %%
from t2ilib.widgets.swap_word import swap_word

swap_word(gallery, "a bird with red wings")

# %% [markdown]
# **What to see.** Red wings fall from the best place to below 0, blue wings rise to it. The other nine move little, though
# not all stay. It heard the word, and on the right part.
#
# Now eleven sentences that differ in one word, each compared with each. **Guess:** which colours lie close?

# %%
from torch.nn import functional as F

from t2ilib.data.birds import COLOURS

swapped = [f"a bird with {colour} wings" for colour in COLOURS]
vectors = joint.text_encoder.encode(swapped)
directions = F.normalize(vectors, dim=1)
figures_text.word_similarity(list(COLOURS), (directions @ directions.T).numpy())

# %% [markdown]
# **What to see.** Nearly all cosines are close to 0: one word turns the vector to a right angle. The highest are orange
# with yellow, white with grey, and black with blue: colours that look rather alike. The words do not tell; pictures do.
# But 0.2 is little, and not every pair of a kind is high.

# %% [markdown]
# And in numbers. First 200 swaps of one colour word, made by a program: do most of the five nearest pictures wear the new
# colour on that part? In the second row captions and gallery are *scrambled* birds, whose parts have colours at random, so
# that no part predicts another. Then one caption has to find its picture among 100: as it is (last row), with its words
# in random order, and with the letters inside each word in random order. **Guess:** which row is the lowest?

# %%
for test in ("colour swap, unseen", "colour swap, scrambled", "shuffled words",
             "shuffled letters", "own picture, 1"):
    for name in names:
        found = known[f"{test}: {name}"]
        floor, ceiling = found["floor"], found["ceiling"]
        print(f"{test:23} {name:13} {found['value']:.2f}   floor {floor:.2f}   "
              f"ceiling {ceiling:.2f}")

# %% [markdown]
# **What to see.** On birds with coherent plumage nine swaps in ten succeed; among scrambled ones fewer than half, which is
# still far above the floor (the sentence before the swap). Such birds are new to both encoders in every way; at least part of what
# looked like understanding is knowledge of which colours go together.
#
# Shuffled words cost about half of the found pictures: order matters, *red bird, black wings* is not *black bird, red
# wings*. (Sentences in such an order are also new to the encoder.) With shuffled letters nearly all words are unknown to
# the word reader, and it is close to chance; the letter reader still guesses a little from which letters there are.

# %% [markdown]
# ### Exercise 4.9 · one word changed

# %% tags=["exercise-text_captions.swap_pairs"]
def swap_pairs(sentence, new, colours):
    """For each colour word a pair (sentence, the same with it changed to `new`)."""
    ...

# %%
exercises.text_captions.swap_pairs.card()

# %% [markdown]
# Do a picture and its caption end in the same place? One source says that both encoders "learn the same vector".
# **Guess:** what is the mean cosine of a picture and its own caption?

# %%
figures_matching.matched_and_not(*retrieval.pairs(embedded))

# %% [markdown]
# **What to see.** Matched pairs have a much higher cosine on average, about 0.6 against 0, but no pair reaches 1: they
# share a space, and the vectors stay apart. A caption is true of many pictures; its vector cannot be that of all of them.
# The two hills overlap: a caption may fit a bird of another species as well as its own.

# %% [markdown]
# Here are 400 captions of that space, flattened from 256 numbers to 2. *PCA* keeps the two directions in which they differ
# most. A dot has the body colour of the bird it was written for. Type a sentence and see where it falls:

# %%
from t2ilib.widgets.embedding_map import embedding_map

embedding_map(gallery)

# %% [markdown]
# **What to see.** Some colours gather: red and purple to the left, orange to the right, grey below. Others lie mixed, since
# many captions name another part and not the body, and since two directions of 256 are few. **Trap:** near on the map is
# not near in the space. Trust the list below it, which uses all 256 numbers. The nearest captions there name a white
# belly, a blue bird or a branch, but not always what belongs together: *a blue belly* is among them.

# %% [markdown]
# ### Exercise 4.10 · find two birds that it confuses
#
# Do this one before you read on.

# %% tags=["exercise-text_experiment.confused_pair"]
def confused_pair(trial):
    """Two pairs of sentences: one that is confused, one that is told apart."""
    ...

# %%
exercises.text_experiment.confused_pair.card()

# %% [markdown]
# Here are some pairs that we tried, three seeds each; 0.5 is guessing. **Guess** the order first.

# %%
ours = [("a small bird", "a large bird"),
        ("a red bird with black wings", "a black bird with red wings"),
        ("a bird with a long tail", "a bird with a short tail"),
        ("a bird with a striped belly", "a bird with a spotted belly")]
for first, second in ours:
    told = [exercises.text_experiment.trial(first, second, seed) for seed in range(3)]
    print(f"{sum(told) / len(told):.2f}   {first}   |   {second}")

# %% [markdown]
# **What to see.** Sizes are heard, and so is which colour belongs to which part. The length of a tail and the kind of a
# pattern are hardly told apart, although the words are in the vocabulary. A likely reason: they seldom decide which
# picture is meant, and on 64 x 64 pixels stripes and spots look much alike.

# %% [markdown]
# ## 4.9 One change at a time
#
# Short trainings of small encoders on plain birds, 400 steps, three seeds. They say what happens *at this scale*. The
# first row is the bi-LSTM with one caption a picture and the softmax loss. *Transformer* and the two readers of letters
# change the encoder (the two also have half the learning rate). *Four captions* and *hinge* are the bi-LSTM again, with
# that one change. There are 10 pictures a species, so $k = 10$; chance is 0.01. **Guess:** which change helps most?

# %%
from t2ilib import figures_toys

tried = {"bi-LSTM": "bilstm", "transformer": "transformer",
         "char-CNN-GRU": "char_cnn_gru", "char-CNN-RNN": "char_cnn_rnn",
         "four captions": "four captions", "hinge": "hinge"}
precisions = {word: f"AP: {name}" for word, name in tried.items()}
figures_toys.seed_dots(studies.by_seed("embedding_training", precisions),
                       "AP@10, plain birds of unseen species")

# %% [markdown]
# **What to see.** Four captions and the transformer help most, in every seed; they lie so close that three seeds cannot
# order them. Reading four captions takes about half as long again; the transformer costs next to nothing. Letters are
# slower to learn than words: in 400 steps both readers stay behind, the plain recurrent network furthest and with the
# widest spread. The letter reader of §4.6, with ten times the steps and more pictures, nearly caught up. The hinge learns
# less than the softmax here.

# %% [markdown]
# The objective has two terms, one for each direction. **Guess:** what happens to a picture that looks for its text if
# only the other direction is trained?

# %%
ways = {"both": "hinge", "text to picture": "hinge, text to picture",
        "picture to text": "hinge, picture to text"}
found = {word: f"own text: {name}" for word, name in ways.items()}
figures_toys.seed_dots(studies.by_seed("embedding_training", found),
                       "own text found among 100, by what was trained")

# %% [markdown]
# **What to see.** Chance is 0.01. Trained from text to picture only, the encoders still learn something about the other
# way, but find about half as many texts as with both terms. Both terms do about as well as the one that trains just this
# direction: nothing is lost.

# %% [markdown]
# ### Exercise 4.11 · find the cause of a broken retrieval
#
# A measurement leaves scores, labels and vectors behind. Something was wrong in five of six. Here are three of them as
# tables of scores, bright for high: 12 captions are rows, their 12 pictures columns, each of another species. One is
# healthy. **Guess:** which, and what is wrong with the others?

# %%
cases = list(exercises.text_diagnosis.shown().values())[:3]
figures_matching.score_tables([case.scores[:12, :12] for case in cases])

# %% [markdown]
# **What to see.** In **a** most captions score their own picture highest: the bright diagonal. It is healthy, and need not
# be perfect. In **b** the bright cells stand one place to the right: each caption was paired with its neighbour's picture.
# The encoder is fine, and its score is that of guessing or worse. In **c** each row has one colour: all pictures have
# nearly the same vector, so a caption cannot choose.
#
# The exercise has three more causes. **Trap:** a low number does not tell its cause, and one of the causes gives a *high*
# number.

# %% tags=["exercise-text_diagnosis.find_cause"]
def find_cause(scores, labels, texts, images, trained):
    """The cause, one of text_diagnosis.CAUSES."""
    ...

# %%
exercises.text_diagnosis.find_cause.card()

# %% [markdown]
# ### Exercise 4.12 · a quiz

# %%
exercises.text_quiz.quiz.card()

# %% [markdown]
# ## 4.10 Your own pictures and sentences
#
# The most asked question about the papers' code is: *how do I embed my own captions?* Here, for the encoder as it is:
#
# `sample.load_encoder("bilstm").encode(["a bird with a red crown"])` gives (1, 256).
#
# And to train one on a folder in the layout of CUB or Oxford-102 (`t2i data check FOLDER` says whether it is one):
#
# `t2i train bilstm --data FOLDER --out runs/mine`
#
# The vocabulary is then that of your captions; words that it never met become `<unknown>`.

# %% [markdown]
# ## 4.11 What we reproduced
#
# A claim with several parts has several numbers, in the order of its parts.

# %%
figures.verdicts("04_joint_embedding")

# %% [markdown]
# ## 4.12 Where the sources slip
#
# | what is said | what is so | seen in |
# |---|---|---|
# | the argmax of the inner products gives the best *text* | it runs over *classes*, of the mean compatibility | §4.4 |
# | $T(y)$ is described with $V(y)$, and $v \sim \Upsilon(y)$ | $T(y)$ are texts, $V(y)$ pictures | §4.4 |
# | text and image encoder learn the same vector | one space; the vectors stay apart | §4.8 |
# | "four captions instead of equation 1" | four captions instead of one | §4.7 |
# | the 0-1 loss is minimised | a surrogate is: the 0-1 loss has no slope | §4.4 |
# | the sentence vector is compressed from 4,096 to 1,024 | GAN-CLS: from 1,024 to 128 | chapter 5 |

# %% [markdown]
# **Going further.** Train an encoder on level 1 and measure it on level 3: what is lost, words or pictures? Then write ten
# descriptions of one bird, each naming another part, and see at which the ranking settles.
#
# **Next:** the vector is there. Chapter 5 asks: *how does a generator learn to listen to it, and why is a wrong sentence
# its best teacher?*
