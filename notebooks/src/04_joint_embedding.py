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
# **What to see.** The birds that fit best, with their scores. Under each picture, whether what you named is true of it;
# the truth comes from the program that drew the bird. The word *not* is unknown to this encoder, and says so: nobody ever
# described a bird by what it is not.

# %% [markdown]
# | | |
# |---|---|
# | **Question** | How does a sentence become a vector that a picture can be compared with? |
# | **You will be able to** | turn sentences into tokens, and tokens into a vector · train two encoders to agree · name birds of species that nobody has seen · measure what an encoder knows, and what it does not |
# | **You need** | chapter 0; embeddings and recurrent networks by name. No GPU, no download. About three hours to study |
# | **Time** | not measured yet |
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
# So we want a function $h$ from sentences to vectors with two properties: sentences that are true of the same birds lie
# close together, and a change in one word that matters moves the vector. Where should it learn that from? From pictures.

# %% [markdown]
# ## 4.2 Words or letters
#
# A network reads numbers. There are two ways to make them. A *word* tokenizer gives each known word a number; what it does
# not know becomes `<unknown>`. A *character* tokenizer numbers the letters: 70 of them in the papers. It knows every word,
# and none.

# %%
from t2ilib import figures_text

sentence = "a small red bird with zebra-striped wings"
figures_text.tokens(sentence)

# %% [markdown]
# **What to see.** The words nobody has met become one and the same number. As letters they are read like any others; that
# the encoder *reads* them does not mean that it knows what they mean.
#
# **Trap:** the papers' alphabet holds the minus sign twice. In the authors' table the later place wins, so number 37 is
# never used. Whoever leaves out the double gives all later signs another number, and published weights read nonsense.

# %% tags=["keep_output", "nbval-check-output"]
from t2ilib.text.characters import ALPHABET, Characters

letters = Characters(longest=201)
print(len(ALPHABET), "signs,", len(set(ALPHABET)), "different")
print("a, z, -, space:", [letters.ids[sign] for sign in "az- "])

# %% [markdown]
# ## 4.3 Five encoders
#
# All of them do the same: tokens in, one vector out.
#
# - **char-CNN-RNN** (2016): convolutions over letters make something like syllables and words; a recurrent network walks
#   over them; the mean of its steps is the vector.
# - **char-CNN-GRU**: the same with gates, which let the walker keep or forget. The text-to-image papers of 2016 use it.
# - **bi-LSTM** (AttnGAN, DF-GAN): one vector a word, read forwards and backwards.
# - **skip-thought**: learned from books, without pictures: a sentence should predict its neighbours.
# - **transformer**: each word looks at all others at once.

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
# These are the sizes of the papers. Ours are smaller; the cards of the two that we ship say how small.

# %% [markdown]
# ## 4.4 What fits what
#
# Picture $v$ and text $t$ get a vector each, $\theta(v)$ and $\varphi(t)$. Their *compatibility* is the inner product
# $F(v, t) = \theta(v)^\top \varphi(t)$. (**Trap:** the papers call both of them φ, in turn.) It makes two classifiers,
# one for each direction:
#
# $$f_v(v) = \arg\max_y \; \mathbb{E}_{t \sim T(y)}[F(v, t)] \qquad f_t(t) = \arg\max_y \; \mathbb{E}_{v \sim V(y)}[F(v, t)]$$
#
# $T(y)$ are the texts of class $y$, $V(y)$ its pictures. The choice is among *classes*: which species' descriptions fit
# this picture best on average? A species that was never trained on can be chosen like any other, as soon as somebody has
# described it. That is *zero-shot* recognition.
#
# Training should lower how often both are wrong, the *structured objective*:
#
# $$\frac{1}{N}\sum_{n=1}^{N} \Delta(y_n, f_v(v_n)) + \Delta(y_n, f_t(t_n))$$
#
# with $\Delta = 0$ for the right class and 1 for a wrong one. **Guess:** what is the gradient of this number?

# %%
from t2ilib import figures_matching

figures_matching.hinge_curves()

# %% [markdown]
# **What to see.** The 0-1 loss is flat wherever it is not a cliff: no slope, nothing to learn from. So the paper trains a
# *surrogate* that lies above it, the hinge: a rival class costs nothing once it is a margin of 1 behind,
#
# $$\ell_v = \sum_{y \neq y_n} \max\left(0, \; 1 + \mathbb{E}_{t \sim T(y)}[F(v_n, t)] - F(v_n, t_n)\right)$$
#
# and the same with pictures and texts exchanged. AttnGAN's later loss is a *softmax*: among all pictures of the batch, each
# text should choose its own, and each picture its text. It never rests, but cares less and less.

# %% [markdown]
# Here are five pictures and five captions of unseen species, with the scores and what the hinge would cost in each cell:

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
# **What to see.** In each row the framed cell is the pair that belongs together. Its score should be the highest of the
# row, and its cost the lowest. Where another one comes close, read both captions: would you have known?

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
# ### Exercise 4.2 · the mean over time

# %% tags=["exercise-text_reading.mean_over_time"]
def mean_over_time(states, mask):
    """(B, T, E), (B, T) bool -> (B, E): the mean where the mask is True."""
    ...

# %%
exercises.text_reading.mean_over_time.card()

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
    """(B, B), row = text, column = picture, and (B,) -> both directions, each a mean."""
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
# Two encoders, one loss, one step. In the library it is this short:

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
# A minute of training from nothing, on plain birds. Half of each batch are birds of one body colour, so that "a red bird"
# is not enough: who wants to choose among red birds has to bind each colour to its part.

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
# **What to see.** The loss begins near $\log 64 = 4.16$, that of somebody who chooses among 64 at random, and falls within
# a few hundred steps. How well does this little encoder name birds of species it has never seen? The measure is that of
# §4.6; the last number is chance.

# %%
from t2ilib.metrics import retrieval

few = rendered.load(World(2, level=1), "test", 200 if profile == "smoke" else 1000, 64)
print("yours, plain birds:", retrieval.class_retrieval(retrieval.embed(fresh, few)))

# %% [markdown]
# ## 4.6 Birds that nobody has seen
#
# From here on the two shipped encoders, trained on 20,000 pictures of level 3: `bilstm` reads words, `char_cnn_gru`
# letters. The test: 2,000 pictures of 100 species of which neither has met one. Describe a species by all its captions;
# which pictures are nearest?
#
# **AP@k** is the share of a species' own pictures among the first $k$. CUB has about 60 pictures a class, and the papers
# take $k = 50$. Ours have 20, so $k = 20$. The *ceiling* is an oracle that knows which captions are true of which picture.

# %%
from t2ilib import studies

names = [name for name in ("bilstm", "char_cnn_gru") if name in sample.ENCODERS]
known = studies.results("embedding_retrieval")["measures"]


def row(name):
    return figures_matching.EncoderRow(
        name, int(known[f"parameters: {name}"]["value"]), known[f"seconds: {name}"]["value"],
        known[f"class retrieval: {name}"], known[f"f_v: {name}"])


figures_matching.encoder_table([row(name) for name in names], precision="AP@20")

# %% [markdown]
# **What to see.** Both find nearly all pictures of nearly all species. Why so high, when papers report 0.5 on CUB? Our
# birds are drawn by a program that paints what captions name, and nothing else about them matters. **Trap:** a number is
# worth what its test is worth. The harder question is the one of chapter 0: find *one* picture among 100 by *one* caption.

# %%
embedded = retrieval.embed(joint, gallery)
gains = {n: retrieval.own_picture(embedded, n) for n in retrieval.COUNTS}
figures_matching.captions_gain(gains, "own picture found among 100", gains[1].floor,
                               [gain.ceiling for gain in gains.values()])

# %% [markdown]
# ## 4.7 One caption or many
#
# The figure above already tells: one caption leaves much open, and even the oracle cannot do better than its dotted line.
# The mean of the vectors of several captions knows more, because captions of one bird name different parts. Reed et al.
# take four while training. **Guess:** is a *class* found better with the mean of the vectors, or with the mean of the
# scores? (They are the same: $F$ is linear. A test of this course says so, EMB-09.)

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
# Swap one word and watch. A good encoder should move for a colour, and only there.

# %%
from t2ilib.widgets.swap_word import swap_word

swap_word(gallery, "a bird with red wings")

# %% [markdown]
# Eleven sentences that differ in one word, each with each:

# %%
from torch.nn import functional as F

from t2ilib.data.birds import COLOURS

vectors = joint.text_encoder.encode([f"a bird with {colour} wings" for colour in COLOURS])
directions = F.normalize(vectors, dim=1)
figures_text.word_similarity(list(COLOURS), (directions @ directions.T).numpy())

# %% [markdown]
# **What to see.** Nobody told the encoder what a colour looks like; it had pictures. Which colours does it keep close? And
# in numbers: 200 swaps of one colour word, made by a program. Do most of the five nearest pictures wear the new colour on
# that part? In the second row the gallery are birds whose parts have colours at random, so that no part predicts another:

# %%
for test in ("colour swap, unseen", "colour swap, scrambled", "shuffled words",
             "shuffled letters", "own picture, 1"):
    told = [f"{name} {known[f'{test}: {name}']['value']:.2f}" for name in names]
    print(f"{test:23}", *told, sep="   ")

# %% [markdown]
# **What to see.** On birds with coherent plumage nine swaps in ten succeed; among scrambled ones fewer than half: part of
# what looks like understanding is knowledge of which colours go together. Shuffled words cost half of the found pictures:
# word order does matter, *red bird, black wings* is not *black bird, red wings*. With shuffled letters the word reader has
# only unknown words left; the letter reader still guesses a little from which letters there are.

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

# %%
figures_matching.matched_and_not(*retrieval.pairs(embedded))

# %% [markdown]
# **What to see.** Matched pairs have a higher cosine, by far, but it is not 1: they share a space, and the vectors stay
# apart. A caption is true of many pictures; it could not be all of them.
#
# Here is that space, flattened. Type a sentence and see where it falls:

# %%
from t2ilib.widgets.embedding_map import embedding_map

embedding_map(gallery)

# %% [markdown]
# ### Exercise 4.10 · find two birds that it confuses

# %% tags=["exercise-text_experiment.confused_pair"]
def confused_pair(trial):
    """Two pairs of sentences: one that is confused, one that is told apart."""
    ...

# %%
exercises.text_experiment.confused_pair.card()

# %% [markdown]
# ## 4.9 One change at a time
#
# Short trainings of small encoders on plain birds, 400 steps, three seeds. They say what happens *at this scale*.

# %%
from t2ilib import figures_toys

tried = {"bi-LSTM": "bilstm", "transformer": "transformer", "char-CNN-GRU": "char_cnn_gru",
         "char-CNN-RNN": "char_cnn_rnn", "four captions": "four captions",
         "hinge": "hinge"}
figures_toys.seed_dots(studies.by_seed("embedding_training",
                                       {word: f"AP: {name}" for word, name in tried.items()}),
                       "AP@10, plain birds of unseen species")

# %% [markdown]
# ### Exercise 4.11 · find the cause of a broken retrieval
#
# A measurement leaves scores, labels and vectors behind. Something was wrong in five of six. Here are two of them, as
# tables of scores; captions are rows, pictures columns, species stand together. **Guess** before you write a rule.

# %%
cases = exercises.text_diagnosis.shown()
figures_text.word_similarity([str(label) for label in cases["shifted"].labels[::4]],
                             cases["shifted"].scores[::4, ::4])

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
