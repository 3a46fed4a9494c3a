"""Joint embeddings: classes by the company they keep, batches of several captions, training with every encoder."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.data.dataset import Dataset
from t2ilib.losses import structured_loss
from t2ilib.text.char_cnn import CharCnnConfig, CharCnnGru, CharCnnRnn
from t2ilib.text.damsm import DamsmEmbedding, RegionEncoder
from t2ilib.text.encoder import BiLSTM, BiLSTMConfig
from t2ilib.text.interface import Encoded
from t2ilib.text.joint import JointEmbedding, PairBatches, retrieval_trials, retrieval_wins
from t2ilib.text.skip_thought import SkipThoughtConfig, SkipThoughtEncoder
from t2ilib.text.structured import StructuredEmbedding, class_means, classify, compatibility, objective, precision_at
from t2ilib.text.transformer import Transformer, TransformerConfig

COLOURS = ("red", "blue", "green", "white")
WORDS = ("a", "bird", "is", "this", *COLOURS)
SMALL = CharCnnConfig(text_dim=16, widths=(16, 16, 16), longest=100)
ENCODERS = {
    "bilstm": lambda: BiLSTM(BiLSTMConfig(WORDS, word_dim=8, text_dim=16, dropout=0.0, forget=0.0)),
    "transformer": lambda: Transformer(TransformerConfig(WORDS, word_dim=16, text_dim=16, heads=2, dropout=0.0)),
    "skip_thought": lambda: SkipThoughtEncoder(SkipThoughtConfig(WORDS, word_dim=8, text_dim=16)),
    "char_cnn_rnn": lambda: CharCnnRnn(SMALL),
    "char_cnn_gru": lambda: CharCnnGru(SMALL),
}
PAINT = {"red": (255, 0, 0), "blue": (0, 0, 255), "green": (0, 255, 0), "white": (255, 255, 255)}


def birds(count=16):
    """Plain pictures of four colours, a class each; the captions name the colour in three ways."""
    names = [COLOURS[i % 4] for i in range(count)]
    images = np.array([np.full((16, 16, 3), PAINT[name], np.uint8) for name in names])
    captions = [[f"a {name} bird", f"this bird is {name}", f"{name}"] for name in names]
    return Dataset(images, captions, np.arange(count) % 4, [""] * count, np.zeros((count, 4), np.float32),
                   np.zeros((count, 15, 3), np.float32), {})


def vectors(seed=0):
    """24 pictures and 36 texts of 4 classes."""
    stream = torch.Generator().manual_seed(seed)
    return (torch.randn(24, 6, generator=stream), torch.arange(24) % 4, torch.randn(36, 6, generator=stream),
            torch.arange(36) % 4 if seed % 2 else torch.randint(4, (36,), generator=stream))


# --- f_v and f_t -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("seed", range(5))
def test_emb09_the_mean_of_scores_is_the_score_with_the_mean(seed):
    image, _, text, labels = vectors(seed)
    classes, means = class_means(text, labels + 10)
    for c, mean in zip(classes, means, strict=True):
        of_scores = compatibility(image, text[labels + 10 == c]).mean(1)
        assert torch.allclose(of_scores, compatibility(image, mean[None])[:, 0], atol=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_emb09_the_classifiers_choose_the_class_of_highest_mean_compatibility(seed):
    image, image_labels, text, text_labels = vectors(seed)
    for own, others, labels in ((image, text, text_labels), (text, image, image_labels)):
        expected = []
        for vector in own:
            means = {c: np.mean([float(vector @ other) for other in others[labels == c]])
                     for c in labels.unique().tolist()}
            expected.append(max(means, key=means.get))
        assert classify(own, others, labels).tolist() == expected


def test_emb09_the_best_text_and_the_best_class_can_disagree():
    text, labels = torch.tensor([[3.0], [-3.0], [1.0], [1.0]]), torch.tensor([5, 5, 6, 6])
    image = torch.ones(1, 1)
    assert labels[compatibility(image, text).argmax(1)].tolist() == [5]
    assert classify(image, text, labels).tolist() == [6]


def test_emb08_the_objective_is_the_mean_of_both_errors():
    image, labels, text, _ = vectors()
    text = text[:24]
    of_v, of_t = classify(image, text, labels), classify(text, image, labels)
    total = sum(float(of_v[n] != labels[n]) + float(of_t[n] != labels[n]) for n in range(24))
    assert objective(image, text, labels).item() == pytest.approx(total / 24)
    assert 0 < total < 48
    perfect = torch.eye(4)[labels]
    assert objective(perfect, perfect, labels) == 0 and objective(perfect, -perfect, labels) == 2


def test_emb08_a_random_classifier_of_200_classes():
    stream = torch.Generator().manual_seed(0)
    image, text = torch.randn(2, 2000, 32, generator=stream)
    value = objective(image, text, torch.randint(200, (2000,), generator=stream)).item()
    assert value == pytest.approx(2 * 199 / 200, abs=0.06)          # a pair's own text is one of ten of its class


def test_precision_counts_pictures_of_the_class_among_the_nearest():
    image = torch.tensor([[9.0, 0], [8, 0], [7, 0], [0, 9], [0, 8], [0, 7]])
    labels = torch.tensor([1, 1, 2, 2, 2, 1])
    text, text_labels = torch.tensor([[1.0, 0], [0, 2], [0, 4]]), torch.tensor([1, 2, 2])
    assert precision_at(image, labels, text, text_labels, top=3).tolist() == pytest.approx([2 / 3, 2 / 3])
    assert precision_at(image, labels, text, text_labels, top=1).tolist() == [1, 1]
    assert precision_at(image, labels, text, text_labels, top=50).tolist() == [0.5, 0.5]


# --- batches of several captions -------------------------------------------------------------------------------

def test_emb07_several_captions_of_one_picture_come_together():
    data, encoder = birds(), ENCODERS["bilstm"]()
    known = {tuple(row): i for i, row in enumerate(encoder.tokenizer.encode(
        [caption for said in data.captions[:4] for caption in said]).tolist())}
    seen = set()
    for step in range(40):
        batch = PairBatches(data, encoder, batch=6, seed=1, captions=2)(step)
        assert batch.tokens.shape == (6, 2, 32) and batch.tokens.dtype == torch.int64
        for label, (first, second) in zip(batch.labels.tolist(), batch.tokens.tolist(), strict=True):
            pair = known[tuple(first)], known[tuple(second)]
            assert {number // 3 for number in pair} == {label} and pair[0] != pair[1]
            seen.add(pair)
    assert len(seen) == 4 * 3


def test_more_captions_than_there_are_come_round_again():
    batch = PairBatches(birds(), ENCODERS["bilstm"](), batch=4, captions=10)(0)
    assert batch.tokens.shape == (4, 10, 32) and torch.equal(batch.tokens[:, 0], batch.tokens[:, 3])


def test_the_first_caption_and_the_picture_do_not_depend_on_how_many_there_are():
    one, four = (PairBatches(birds(), ENCODERS["bilstm"](), batch=8, captions=n)(5) for n in (1, 4))
    assert torch.equal(one.tokens, four.tokens[:, 0]) and torch.equal(one.image, four.image)
    assert torch.equal(one.labels, four.labels)


@pytest.mark.parametrize("name", ENCODERS)
def test_the_vector_of_several_captions_is_their_mean(name):
    torch.manual_seed(0)
    joint = JointEmbedding(ENCODERS[name]()).eval()
    tokens = joint.text_encoder.tokenizer.encode(["a red bird", "this bird is red", "blue", "a blue bird"])
    each = joint.text_encoder(tokens).text
    both = joint.read(tokens.view(2, 2, -1))
    assert torch.allclose(both, torch.stack([each[:2].mean(0), each[2:].mean(0)]), atol=1e-6)
    assert torch.equal(joint.read(tokens), each)


# --- training --------------------------------------------------------------------------------------------------

def fit(joint, steps=30):
    """Losses of a few steps on one batch of eight different captions."""
    batch, losses = PairBatches(birds(), joint.text_encoder, batch=8)(0), []
    optimizer = torch.optim.Adam(joint.parameters(), lr=5e-3)
    for _ in range(steps):
        optimizer.zero_grad()
        losses.append(sum(joint.train().loss(batch).values()))
        losses[-1].backward()
        optimizer.step()
    return losses


@pytest.mark.parametrize("name", ENCODERS)
def test_every_encoder_fits_a_batch(name):
    torch.manual_seed(0)
    losses = fit(JointEmbedding(ENCODERS[name]()))
    assert losses[-1] < losses[0] / 2


@pytest.mark.parametrize("kind, name", [(StructuredEmbedding, "bilstm"), (StructuredEmbedding, "char_cnn_gru"),
                                        (DamsmEmbedding, "bilstm"), (DamsmEmbedding, "transformer")])
def test_every_loss_fits_a_batch(kind, name):
    torch.manual_seed(0)
    losses = fit(kind(ENCODERS[name]()))
    assert losses[-1] < losses[0] / 2


def test_what_was_learned_names_the_colour():
    torch.manual_seed(0)
    data, joint = birds(), JointEmbedding(ENCODERS["bilstm"]())
    batches = PairBatches(data, joint.text_encoder, batch=8, captions=2)
    optimizer = torch.optim.Adam(joint.parameters(), lr=5e-3)
    for step in range(100):
        optimizer.zero_grad()
        joint.loss(batches(step))["matching"].backward()
        optimizer.step()
    image = joint.eval().image_encoder(runtime.to_tensor(data.images)).detach()
    text, labels = joint.text_encoder.encode([said[0] for said in data.captions]), torch.from_numpy(data.labels)
    scores = joint.scores(text, image)
    assert torch.equal(labels[scores.argmax(1)], labels) and torch.equal(labels[scores.argmax(0)], labels)
    assert objective(*(F.normalize(v, dim=1) for v in (image, text)), labels) == 0


def test_both_directions_are_trained():
    torch.manual_seed(0)
    joint = StructuredEmbedding(ENCODERS["bilstm"]())
    batch = PairBatches(birds(), joint.text_encoder, batch=8)(0)
    scores = joint.scores(joint.read(batch.tokens), joint.image_encoder(batch.image))
    terms = joint.loss(batch)
    assert terms["text to picture"].item() == pytest.approx(structured_loss(scores, batch.labels).item())
    assert terms["picture to text"].item() == pytest.approx(structured_loss(scores.T, batch.labels).item())
    assert terms["text to picture"] != terms["picture to text"]


def test_regions_are_where_they_are_in_the_picture():
    torch.manual_seed(0)
    encoder = RegionEncoder(8, channels=4).eval()
    image = torch.zeros(1, 3, 64, 64)
    marked = image.clone()
    marked[..., 4:8, 56:60] = 1.0                                    # the upper right corner
    before, after = encoder.see(image), encoder.see(marked)
    changed = (before.regions - after.regions).abs().amax(1)[0].view(4, 4)
    assert before.regions.shape == (1, 8, 16) and changed[0, 3] > 0 and not changed[:, :2].any()
    assert torch.equal(encoder(image), before.image)


def test_any_encoder_can_be_measured_by_retrieval():
    """The measure asks for `text_encoder.encode` and `scores` alone."""
    class Perfect(torch.nn.Module):
        tokenizer = None

        def encode(self, captions):
            return torch.eye(4)[[next(COLOURS.index(w) for w in c.split() if w in COLOURS) for c in captions]]

        def forward(self, tokens):
            return Encoded(tokens, None, tokens > 0)

    class Eye(torch.nn.Module):
        def forward(self, image):
            pixel = image[:, :, 0, 0]
            paints = torch.tensor([PAINT[name] for name in COLOURS]) / 127.5 - 1
            return torch.eye(4)[torch.cdist(pixel, paints).argmin(1)]

    joint, data = JointEmbedding(ENCODERS["bilstm"]()), birds()
    joint.text_encoder, joint.image_encoder = Perfect(), Eye()
    trials = retrieval_trials(data, candidates=5)
    assert retrieval_wins(joint, data, trials).all()
