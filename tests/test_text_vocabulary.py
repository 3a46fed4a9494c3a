"""AttnGAN's word list: what it counts as a word, which number it gets, what is left out."""

import torch

from t2ilib.text.tokenizer import Vocabulary


def test_words_are_numbered_as_they_are_met_and_zero_is_the_end():
    vocabulary = Vocabulary.from_captions(["A red bird, a RED wing.", "this bird's tail"])
    assert vocabulary.words == ["<end>", "a", "red", "bird", "wing", "this", "s", "tail"]
    assert len(vocabulary) == 8
    assert vocabulary.encode(["red tail of a bird"])[0, :5].tolist() == [2, 7, 1, 3, 0]
    assert vocabulary.unknown("Of of magnificent birds, a tail") == ["of", "magnificent", "birds"]


def test_lost_and_foreign_characters():
    captions = ["red\ufffd\ufffdwing", "naïve \ufffd bird", "작은 bird"]
    assert Vocabulary.from_captions(captions).words[1:] == ["red", "wing", "nave", "bird"]


def test_only_eighteen_words_are_read():
    vocabulary = Vocabulary([str(i) for i in range(1, 31)])
    caption = " ".join(str(i) for i in range(1, 31))
    assert vocabulary.encode([caption])[0].tolist() == list(range(1, 19))
    drawn = [vocabulary.encode([caption], torch.Generator().manual_seed(i))[0] for i in range(300)]
    assert all(len(set(row.tolist())) == 18 and torch.equal(row, row.sort().values) for row in drawn)
    counts = torch.stack(drawn).flatten().bincount(minlength=31)[1:]
    assert counts.min() > 130 and counts.max() < 230                       # 300 x 18 / 30 = 180 each
    short = vocabulary.encode(["3 2 1"], torch.Generator().manual_seed(0))[0]
    assert short[:4].tolist() == [3, 2, 1, 0]


def test_a_caption_without_a_known_word_is_empty():
    assert not Vocabulary(["bird"]).encode(["", "qwertz"]).any()
