"""The encoders against the specification: golden numbers, the recurrences written out, one interface for all.

The golden numbers of the character encoders are spec-derived: computed from a reading of the authors' Lua code, not by
running it. They catch two readings that disagree, not an error common to both.
"""

import zlib

import numpy as np
import pytest
import torch
from torch import nn

from t2ilib import checkpoint, sample
from t2ilib.text.char_cnn import CharCnnConfig, CharCnnGru, CharCnnRnn, threshold
from t2ilib.text.characters import ALPHABET, Characters
from t2ilib.text.encoder import AttnGanEncoder, BiLSTM, BiLSTMConfig
from t2ilib.text.interface import TextEncoder
from t2ilib.text.skip_thought import SkipThoughtConfig, SkipThoughtEncoder
from t2ilib.text.tokenizer import PAD, UNKNOWN
from t2ilib.text.transformer import Transformer, TransformerConfig

WORDS = ("a", "bird", "black", "blue", "red", "small", "with", "wings")
CAPTIONS = ["a red bird", "a small blue bird with black wings", "bird", "a bird with a zygodactyl toe"]
SMALL = CharCnnConfig(text_dim=8, widths=(6, 7, 5), longest=100)
ENCODERS = {
    "bilstm": lambda: BiLSTM(BiLSTMConfig(WORDS, word_dim=5, text_dim=8)),
    "attngan": lambda: AttnGanEncoder(WORDS),
    "transformer": lambda: Transformer(TransformerConfig(WORDS, word_dim=8, text_dim=8, heads=2)),
    "skip_thought": lambda: SkipThoughtEncoder(SkipThoughtConfig(WORDS, word_dim=5, text_dim=8)),
    "char_cnn_rnn": lambda: CharCnnRnn(SMALL),
    "char_cnn_gru": lambda: CharCnnGru(SMALL),
}
BY_WORDS = ("bilstm", "attngan", "transformer", "skip_thought")


def make(name):
    torch.manual_seed(0)
    return ENCODERS[name]().eval()


def golden(name, shape):
    """A tensor that is a function of its name: weights by 1.5 / fan, vectors by 0.05."""
    drawn = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(tuple(shape)).astype(np.float32)
    scale = (1.5 / np.prod(shape[1:])) ** 0.5 if len(shape) > 1 else 0.05
    return torch.from_numpy(drawn) * float(scale)


# --- one interface ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ENCODERS)
def test_shapes(name):
    encoder = make(name)
    tokens = encoder.tokenizer.encode(CAPTIONS)
    encoded, size = encoder(tokens), encoder.config.text_dim
    assert isinstance(encoder, TextEncoder) and encoded.text.shape == (4, size)
    assert torch.equal(encoded.mask, tokens > 0)
    if name in BY_WORDS:
        assert encoded.words.shape == (4, size, tokens.shape[1])
        assert (encoded.words.transpose(1, 2)[~encoded.mask] == 0).all()
        assert (encoded.words.transpose(1, 2)[encoded.mask] != 0).any(1).all()
    else:
        assert encoded.words is None


@pytest.mark.parametrize("name", ENCODERS)
def test_company_does_not_change_a_sentence(name):
    """Neither the length of the others in the batch, nor how many there are, nor how they are cut up."""
    encoder = make(name)
    together = encoder.encode(CAPTIONS)
    alone = torch.cat([encoder.encode([caption]) for caption in CAPTIONS])
    assert torch.allclose(together, alone, atol=1e-6)
    encoder.at_once = 3
    assert torch.allclose(together, encoder.encode(CAPTIONS), atol=1e-6)
    assert (together[0] - together[1]).abs().max() > 1e-4


@pytest.mark.parametrize("name", ENCODERS)
def test_word_order_matters_where_it_can(name):
    """Also the transformer knows places; a mean of words alone would not."""
    first, second = make(name).encode(["a red bird with black wings", "a black bird with red wings"])
    assert (first - second).abs().max() > 1e-5


@pytest.mark.parametrize("name", ENCODERS)
def test_odd_sentences_give_finite_vectors(name):
    assert make(name).encode(["", "?", "작은 새", "bird " * 300]).isfinite().all()


@pytest.mark.parametrize("name", ENCODERS)
def test_every_weight_learns(name):
    encoder = make(name)
    encoder(encoder.tokenizer.encode(CAPTIONS)).text.square().sum().backward()
    assert all(p.grad.isfinite().all() and p.grad.abs().sum() > 0 for p in encoder.parameters())


@pytest.mark.parametrize("name", ENCODERS)
def test_a_single_string_is_refused(name):
    with pytest.raises(ValueError, match="list of sentences, got one string; write \\['a bird'\\]"):
        make(name).encode("a bird")


def test_encoding_in_training_mode_is_refused():
    with pytest.raises(AssertionError, match="eval"):
        make("bilstm").train().encode(["a bird"])


def test_emb07_a_picture_is_the_mean_of_its_captions():
    encoder, captions = make("bilstm"), [CAPTIONS[:3], CAPTIONS[3:], CAPTIONS]
    each = encoder.encode(CAPTIONS)
    for count, expected in ((1, [each[0], each[3], each[0]]), (2, [each[:2].mean(0), each[3], each[:2].mean(0)]),
                            (10, [each[:3].mean(0), each[3], each.mean(0)])):
        assert torch.allclose(encoder.encode_pictures(captions, count), torch.stack(expected), atol=1e-6)


def test_words_are_forgotten_in_training_only():
    encoder = BiLSTM(BiLSTMConfig(WORDS, forget=0.5))
    tokens = encoder.tokenizer.encode(["a red bird with wings"] * 200)
    kept = encoder.forget(tokens)
    share = (kept[tokens != PAD] == UNKNOWN).float().mean().item()
    assert share == pytest.approx(0.5, abs=0.08) and (kept[tokens == PAD] == PAD).all()
    assert torch.equal(encoder.eval().forget(tokens), tokens)


# --- characters ------------------------------------------------------------------------------------------------

def golden_tokens():
    """The characters of the specification: 150 of the first sample, 40 of the second."""
    drawn = np.random.RandomState(3).randint(0, 70, (2, 150))
    tokens = torch.zeros(2, 201, dtype=torch.int64)
    for row, count in ((0, 150), (1, 40)):
        tokens[row, :count] = torch.from_numpy(drawn[row, :count] + 1)
    return tokens


@pytest.mark.parametrize("build, mean, length", [(CharCnnRnn, -0.050162, 3.844477), (CharCnnGru, -0.065112, 1.745488)])
def test_golden_numbers_of_the_character_encoders(build, mean, length):
    encoder = build(CharCnnConfig(text_dim=32, widths=(384, 512, 16))).eval()
    encoder.load_state_dict({name: golden(name, value.shape) for name, value in encoder.state_dict().items()})
    text = encoder(golden_tokens()).text
    assert text.mean().item() == pytest.approx(mean, rel=1e-4)
    assert text.norm().item() == pytest.approx(length, rel=1e-4)


@pytest.mark.parametrize("build, width, count", [(CharCnnRnn, 256, 1_814_144), (CharCnnRnn, 512, 2_994_560),
                                                 (CharCnnGru, 256, 2_077_312), (CharCnnGru, 512, 4_045_184)])
def test_parameters_of_the_character_encoders(build, width, count):
    encoder = build(CharCnnConfig(widths=(384, 512, width)))
    assert sum(p.numel() for p in encoder.parameters()) == count
    assert encoder.frames(torch.zeros(1, 201, dtype=torch.int64)).shape == (1, 8 if build is CharCnnRnn else 18, width)


@pytest.mark.parametrize("build, last", [(CharCnnRnn, 256), (CharCnnGru, 512)])
def test_the_authors_initial_weights(build, last):
    torch.manual_seed(0)
    for p in build(CharCnnConfig(widths=(384, 512, last))).parameters():
        assert 0.0799 * (p.numel() > 5000) < p.abs().max() <= 0.08


@pytest.mark.parametrize("width", [32, 128, 512])
def test_at_any_width_different_sentences_begin_different(width):
    torch.manual_seed(0)
    text = CharCnnGru(CharCnnConfig(text_dim=64, widths=(width, width, width))).eval().encode(CAPTIONS)
    assert (text - text.mean(0)).norm() > 0.03 * text.norm()


def written_out(encoder, frames):
    """The recurrences, one sample and one step at a time, in NumPy."""
    w = {name: value.detach().double().numpy() for name, value in encoder.state_dict().items()}

    def layer(name, x):
        return w[f"{name}.weight"] @ x + w[f"{name}.bias"]

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    means = []
    for sample_frames in frames.detach().double().numpy():
        states = []
        for x in sample_frames:
            if isinstance(encoder, CharCnnRnn):
                h = np.maximum(layer("i2h", x) + (layer("h2h", states[-1]) if states else 0), 0)
            elif not states:
                h = np.tanh(layer("i2h", x))
            else:
                z = sigmoid(layer("i2h_update", x) + layer("h2h_update", states[-1]))
                r = sigmoid(layer("i2h_reset", x) + layer("h2h_reset", states[-1]))
                h = z * np.tanh(layer("i2h", x) + layer("h2h", r * states[-1])) + (1 - z) * states[-1]
            states.append(h)
        means.append(np.mean(states, axis=0))
    return torch.from_numpy(np.array(means)).float()


@pytest.mark.parametrize("build", [CharCnnRnn, CharCnnGru])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_recurrences_equal_the_specification_on_random_weights(build, seed):
    torch.manual_seed(seed)
    encoder, frames = build(CharCnnConfig(widths=(4, 4, 16))), torch.randn(3, 7, 16)
    for p in encoder.parameters():
        nn.init.normal_(p, std=0.5)
    assert torch.allclose(encoder.read(frames), written_out(encoder, frames), atol=1e-5)


@pytest.mark.parametrize("wide_open", [True, False])
def test_the_update_gate_weighs_the_candidate(wide_open):
    """Open, the states are the candidates; shut, they stay the first. Torch's GRU has it the other way round."""
    torch.manual_seed(0)
    encoder, frames = CharCnnGru(CharCnnConfig(widths=(4, 4, 8))), torch.randn(2, 6, 8)
    nn.init.constant_(encoder.i2h_update.bias, 100.0 if wide_open else -100.0)
    nn.init.zeros_(encoder.h2h.weight)
    nn.init.zeros_(encoder.h2h.bias)
    seen = torch.tanh(encoder.i2h(frames))
    assert torch.allclose(encoder.read(frames), seen.mean(1) if wide_open else seen[:, 0], atol=1e-6)


def test_the_first_state_of_the_plain_reader_has_one_bias_only():
    encoder, frames = CharCnnRnn(SMALL), torch.randn(2, 1, 5)
    nn.init.constant_(encoder.h2h.bias, 1e6)
    assert torch.equal(encoder.read(frames), encoder.i2h(frames[:, 0]).relu())


def test_threshold_drops_the_tiny_and_the_negative():
    assert torch.equal(threshold(torch.tensor([-1.0, 0.0, 1e-6, 2e-6, 3.0])), torch.tensor([0, 0, 0, 2e-6, 3.0]))


def test_the_alphabet_and_its_second_minus():
    characters = Characters()
    assert len(ALPHABET) == 70 and len(characters) == 71 and len(set(ALPHABET)) == 69
    tokens = characters.encode(["aZ09- (é]\n"])[0]
    assert tokens[:10].tolist() == [1, 26, 27, 36, 60, 70, 64, 0, 67, 0] and not tokens[10:].any()
    everything = characters.encode([ALPHABET])[0, :70]
    assert everything.tolist() == [60 if place == 37 else place for place in range(1, 71)]
    assert characters.unknown("Ünder über ß-") == ["ü", "ß"]


def test_characters_behind_the_201st_are_not_read():
    long = Characters().encode(["a" * 201 + "b", "a" * 500])
    assert long.shape == (2, 201) and (long == 1).all()


def test_unknown_characters_are_frames_of_zeros():
    encoder = make("char_cnn_gru")
    seen = encoder.frames(torch.zeros(1, 100, dtype=torch.int64))
    bias_only = threshold(encoder.conv1.bias)
    bias_only = threshold(encoder.conv2(bias_only[None, :, None].expand(1, 6, 4))[..., 0])
    bias_only = threshold(encoder.conv3(bias_only[..., None].expand(1, 7, 4))[..., 0])
    assert torch.allclose(seen, bias_only[:, None].expand_as(seen), atol=1e-6)


# --- words -----------------------------------------------------------------------------------------------------

def read_alone(encoder, caption):
    """A sentence by an LSTM cell at a time: no packing, no padding, no batch."""
    tokens = [token for token in encoder.tokenizer.encode([caption])[0].tolist() if token != PAD]
    vectors = encoder.embedding.weight[tokens]
    outputs = []
    for suffix, order in (("", 1), ("_reverse", -1)):
        w = {name: getattr(encoder.lstm, f"{name}_l0{suffix}") for name in
             ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
        hidden = cell = torch.zeros(encoder.lstm.hidden_size)
        states = []
        for vector in list(vectors)[::order]:
            gates = w["weight_ih"] @ vector + w["bias_ih"] + w["weight_hh"] @ hidden + w["bias_hh"]
            let_in, keep, new, out = gates.chunk(4)
            cell = keep.sigmoid() * cell + let_in.sigmoid() * new.tanh()
            hidden = out.sigmoid() * cell.tanh()
            states.append(hidden)
        outputs.append((states[-1], torch.stack(states[::order])))
    return torch.cat([outputs[0][0], outputs[1][0]]), torch.cat([outputs[0][1], outputs[1][1]], dim=1).T


def assert_read_right(encoder, captions):
    encoded = encoder(encoder.tokenizer.encode(captions))
    for i, caption in enumerate(captions):
        text, words = read_alone(encoder, caption)
        assert torch.allclose(encoded.text[i], text, atol=1e-5)
        assert torch.allclose(encoded.words[i, :, :words.shape[1]], words, atol=1e-5)
        assert not encoded.words[i, :, words.shape[1]:].any()


def test_the_shipped_encoder_still_gives_the_vectors_of_its_weights():
    encoder, stored = sample.load_encoder(), checkpoint.load("bilstm", "bilstm")
    theirs = {name.removeprefix("text_encoder."): value for name, value in stored.weights.items()
              if name.startswith("text_encoder.")}
    assert theirs.keys() == encoder.state_dict().keys()
    assert all(torch.equal(value, theirs[name]) for name, value in encoder.state_dict().items())
    assert_read_right(encoder, [*sample.SHOWN_CAPTIONS, "qwertz", "", "bird " * 50])


def published_weights(count):
    shapes = {"encoder.weight": (count, 300)}
    for end in ("", "_reverse"):
        shapes |= {f"rnn.weight_ih_l0{end}": (512, 300), f"rnn.weight_hh_l0{end}": (512, 128),
                   f"rnn.bias_ih_l0{end}": (512,), f"rnn.bias_hh_l0{end}": (512,)}
    return {name: golden(name, shape) for name, shape in shapes.items()}


@pytest.mark.parametrize("prefix", ["", "module."])
def test_published_attngan_weights_are_taken_by_their_own_names(prefix):
    encoder = AttnGanEncoder(tuple(f"w{i}" for i in range(1, 40)))
    encoder.load_published({prefix + name: value for name, value in published_weights(40).items()})
    assert not encoder.training and torch.equal(encoder.embedding.weight, published_weights(40)["encoder.weight"])
    captions = [" ".join(f"w{i}" for i in row) for row in ((5, 9, 3, 7, 1), (2, 8, 8), (4,))]
    assert encoder.tokenizer.encode(captions)[:, :5].tolist() == [[5, 9, 3, 7, 1], [2, 8, 8, 0, 0], [4, 0, 0, 0, 0]]
    assert_read_right(encoder, captions)


def test_the_published_size():
    encoder = AttnGanEncoder(tuple(f"w{i}" for i in range(1, 5450)))
    assert sum(p.numel() for p in encoder.parameters()) == 2_075_320
    config = encoder.load_published(published_weights(5450)).config
    assert (config.text_dim, config.dropout, config.forget) == (256, 0.5, 0.0)


def test_weights_for_another_vocabulary_are_refused():
    with pytest.raises(ValueError, match="for 9 words, got 40; build the encoder with the words of the captions"):
        AttnGanEncoder(WORDS).load_published(published_weights(40))


def test_a_sentence_is_the_mean_of_the_transformers_words():
    encoded = make("transformer")(make("transformer").tokenizer.encode(CAPTIONS))
    mean = encoded.words.sum(2) / encoded.mask.sum(1, keepdim=True)
    assert torch.allclose(encoded.text, mean, atol=1e-6)


def test_skip_thought_stops_at_the_last_word():
    encoder = make("skip_thought")
    encoded = encoder(encoder.tokenizer.encode(CAPTIONS))
    for i, count in enumerate(encoded.mask.sum(1).tolist()):
        assert torch.equal(encoded.text[i], encoded.words[i, :, count - 1])
