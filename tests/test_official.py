"""The authors' DAMSM text encoder: their weights and their word list, read as data, and written back."""

import pickle
import re
import zlib

import numpy as np
import pytest
import torch

from t2ilib import official, runtime, sample
from t2ilib.checkpoint import CheckpointError
from t2ilib.data.cub_tables import DataError
from t2ilib.papers.df_gan import Config, DfGan
from t2ilib.text.interface import TextEncoder

WORDS = ("<end>", "this", "bird", "is", "red", "blue", "with", "a", "small", "white", "belly", "black", "wings")
WORD_DIM, HALF = 6, 16


def drawn(name, shape):
    """Numbers that depend on a name only."""
    return torch.tensor(np.random.RandomState(zlib.crc32(name.encode())).standard_normal(shape) * 0.3).float()


def authors_weights(count=13, word_dim=WORD_DIM, half=HALF):
    """RNN_ENCODER's nine tensors in the order of the authors' files."""
    shapes = {"encoder.weight": (count, word_dim)}
    for end in ("", "_reverse"):
        shapes |= {f"rnn.weight_ih_l0{end}": (4 * half, word_dim), f"rnn.weight_hh_l0{end}": (4 * half, half),
                   f"rnn.bias_ih_l0{end}": (4 * half,), f"rnn.bias_hh_l0{end}": (4 * half,)}
    return {name: drawn(name, shape) for name, shape in shapes.items()}


def authors_captions(words=WORDS):
    """[train, test, number -> word, word -> number], as the authors' cache has it."""
    numbers = {word: number for number, word in enumerate(words)}
    return [[[1, 2, 3, 4]], [[7, 8, 2]], {number: word for word, number in numbers.items()}, numbers]


@pytest.fixture
def folder(tmp_path):
    """The two files where DF-GAN's authors keep them: the encoder one folder below its word list."""
    (tmp_path / "DAMSMencoder").mkdir()
    torch.save(authors_weights(), tmp_path / "DAMSMencoder" / "text_encoder200.pth")
    (tmp_path / "captions_DAMSM.pickle").write_bytes(pickle.dumps(authors_captions(), protocol=2))
    return tmp_path


@pytest.fixture
def checkpoint(folder):
    return folder / "DAMSMencoder" / "text_encoder200.pth"


def load(weights=None, captions=None):
    return official.damsm_text_encoder(weights or authors_weights(), captions or authors_captions())


# --- there and back -----------------------------------------------------------------------------------------------

def test_weights_come_back_under_the_authors_names(checkpoint, folder):
    first = official.damsm_text_encoder_state(official.damsm_text_encoder(checkpoint))
    torch.save(first, folder / "again.pth")
    again = official.damsm_text_encoder_state(official.damsm_text_encoder(folder / "again.pth"))
    for state in (first, again):
        assert list(state) == list(authors_weights())
        assert all(torch.equal(value, state[name]) for name, value in authors_weights().items())


def test_the_published_sizes():
    words = ("<end>", *(f"w{i}" for i in range(1, 5450)))
    encoder = load(authors_weights(5450, 300, 128), authors_captions(words))
    assert sum(value.numel() for value in encoder.parameters()) == 2_075_320
    assert (encoder.config.word_dim, encoder.config.text_dim, encoder.config.dropout) == (300, 256, 0.5)


@pytest.mark.parametrize("name", official.CAPTIONS)
def test_the_word_list_is_found_beside_or_one_folder_above(checkpoint, folder, name):
    found = folder / "captions_DAMSM.pickle"
    for place in (folder, checkpoint.parent):
        found = found.rename(place / name)
        assert official.damsm_text_encoder(checkpoint).tokenizer.words == list(WORDS)


@pytest.mark.parametrize("protocol", range(5))
def test_the_word_list_of_any_python(folder, checkpoint, protocol):
    path = folder / "words.pickle"
    path.write_bytes(pickle.dumps(authors_captions(), protocol=protocol))
    assert official.damsm_text_encoder(checkpoint, path).tokenizer.words == list(WORDS)


def test_the_prefix_of_parallel_training_is_taken_off():
    encoder = load({f"module.{name}": value for name, value in authors_weights().items()})
    assert torch.equal(encoder.embedding.weight, authors_weights()["encoder.weight"])


# --- it reads -----------------------------------------------------------------------------------------------------

def test_a_sentence_is_read_by_the_authors_numbers():
    """Torch's own LSTM, fed by hand with the words' rows: the last states of both directions, one behind the other."""
    encoder, weights = load(), authors_weights()
    lstm = torch.nn.LSTM(WORD_DIM, HALF, bidirectional=True, batch_first=True)
    lstm.load_state_dict({name.removeprefix("rnn."): value for name, value in weights.items() if name[:3] == "rnn"})
    rows = [WORDS.index(word) for word in ("this", "bird", "is", "red")]
    expected = lstm(weights["encoder.weight"][rows][None])[1][0].transpose(0, 1).flatten(1)
    for sentence in ("this bird is red", "This BIRD is red, qwertz!"):      # words it does not know are left out
        assert torch.allclose(encoder.encode([sentence]), expected, atol=1e-6)
    assert isinstance(encoder, TextEncoder) and encoder.tokenizer.unknown("a red qwertz") == ["qwertz"]
    assert not encoder.training and not any(value.requires_grad for value in encoder.parameters())


def test_generator_and_encoder_of_the_authors_draw_a_sentence(checkpoint, tmp_path):
    """Both from files in the authors' layout, random weights, a small size; the sentence matters."""
    torch.manual_seed(0)
    game = DfGan(Config(size=64, text_dim=2 * HALF, noise_dim=8, g_channels=2, d_channels=2))
    for name, value in game.generator.named_parameters():
        value.data = drawn(name, tuple(value.shape))
    torch.save(official.df_gan_state(game), tmp_path / "state_epoch_1.pth")
    encoder = official.damsm_text_encoder(checkpoint)
    generator = official.df_gan(tmp_path / "state_epoch_1.pth").generator
    painter = sample.Painter(generator, encoder, sample.load_probe(), noise_dim=8)
    red, again, blue = (painter.draw(f"this bird is {colour}", n=2) for colour in ("red", "red", "blue"))
    assert red.images.shape == (2, 64, 64, 3) and (red.images == again.images).all()
    assert (red.images != blue.images).any()
    with torch.no_grad():
        by_hand = game.eval().generator(painter.noise(2, 0), encoder.encode(["this bird is red"] * 2))
    assert (runtime.to_pixels(by_hand) == red.images).all()


# --- what does not fit --------------------------------------------------------------------------------------------

def weights_but(**changes):
    """The authors' weights with some changed; None takes one away."""
    weights = authors_weights() | {name.replace("__", "."): value for name, value in changes.items()}
    return {name: value for name, value in weights.items() if value is not None}


@pytest.mark.parametrize("changes, words", [
    ({"extra": torch.zeros(1)}, "9 weights of AttnGanEncoder, got also extra; it is damaged or of another network"),
    ({"rnn__bias_ih_l0": None}, "got no rnn.bias_ih_l0; it is damaged"),
    ({"rnn__bias_hh_l0_reverse": torch.zeros(3)}, "got a misshapen rnn.bias_hh_l0_reverse"),
    ({"encoder__weight": None}, "matrices encoder.weight and .*, got rnn.weight_ih_l0, .*; take another file"),
    ({"encoder__weight": torch.zeros(3)}, "should hold the matrices encoder.weight"),
    ({"encoder__weight": torch.zeros(14, 6)}, "should have 14 words, as the weights do, got 13; give the captions"),
])
def test_weights_that_do_not_fit_are_refused(changes, words):
    with pytest.raises(CheckpointError, match=words):
        load(weights_but(**changes))


@pytest.mark.parametrize("captions, words", [
    ([1, 2], r"should be \[captions, captions, number -> word, .*got \[int, int\]; give the captions pickle"),
    ({0: "<end>"}, r"got \[dict\]"),
    ([[], [], {1: "<end>"}, {"<end>": 1}], "number its words from 0, which is <end>"),
    ([[], [], {0: "bird"}, {"bird": 0}], "number its words from 0, which is <end>"),
    ([[], [], {0: "<end>", 1: "a"}, {"<end>": 0, "a": 2}], "the same in both directions"),
])
def test_a_word_list_of_another_kind_is_refused(captions, words):
    with pytest.raises(CheckpointError, match=words):
        official.damsm_text_encoder(authors_weights(), captions)


def test_no_code_of_a_word_list_is_run(checkpoint, tmp_path):
    class Harmful:
        def __reduce__(self):
            return (open, (str(tmp_path / "harm"), "w"))
    path = tmp_path / "words.pickle"
    path.write_bytes(pickle.dumps([[], [], {0: Harmful()}, {}]))
    with pytest.raises(DataError, match="open has no place in a list"):
        official.damsm_text_encoder(checkpoint, path)
    assert not (tmp_path / "harm").exists()


def test_files_that_are_not_there(checkpoint, folder):
    with pytest.raises(FileNotFoundError, match="checkpoint should be at .*nothing.pth"):
        official.damsm_text_encoder(folder / "nothing.pth", authors_captions())
    torch.save([1], folder / "list.pth")
    with pytest.raises(CheckpointError, match="list.pth should hold tensors by name, got list; take another file"):
        official.damsm_text_encoder(folder / "list.pth")
    with pytest.raises(FileNotFoundError, match="word list should be at .*nothing.pickle"):
        official.damsm_text_encoder(checkpoint, folder / "nothing.pickle")
    (folder / "captions_DAMSM.pickle").unlink()
    with pytest.raises(FileNotFoundError, match=re.escape(f"in {checkpoint.parent} or {folder}, but there is none")):
        official.damsm_text_encoder(checkpoint)
    with pytest.raises(FileNotFoundError, match="in a folder that is known, but there is none; give its path"):
        official.damsm_text_encoder(authors_weights())
