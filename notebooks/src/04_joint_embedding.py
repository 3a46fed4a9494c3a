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
# the truth comes from the program that drew the bird. The word *not* changes little: the encoder has learned which words
# go with which birds, and nothing about negation, for nobody ever described a bird by what it is not.

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
    print(f"{encoder.__name__}: {runtime.count_parameters(encoder(published)):,} parameters")

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
