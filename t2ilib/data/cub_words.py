"""AttnGAN's vocabulary: each word of the captions gets a number, in the order in which words are first seen.

A trained text encoder is tied to these numbers: row 17 of its embedding is word 17 of the `captions.pickle` it was
trained with. The rule is therefore followed to the letter (`datasets.py` of AttnGAN, Xu et al. 2018; DF-GAN has the
same), with one exception: captions without a word make an error here. There they are left out, and as caption j of
image i is looked up at place 10 i + j, all later images get the captions of their neighbours.
"""

import re
from pathlib import Path

from t2ilib.data.cub_split import read_split
from t2ilib.data.cub_tables import DataError, caption_lines, find_folder, read_records

PER_IMAGE = 10
END = "<end>"                           # number 0; it stands in no caption
Cache = tuple[list[list[int]], list[list[int]], dict[int, str], dict[str, int]]


def read_cache(root: Path) -> Cache:
    """What AttnGAN would keep in `captions.pickle` for a data set in the CUB layout, by its own split.

    Returns: train captions, test captions, number -> word, word -> number; captions are lists of numbers, ten per
    image, in the order of the split. Raises DataError for an image with fewer than ten captions.
    """
    folder = find_folder(root)
    records = read_records(folder)
    train, test = ([record.key for record in read_split(folder, records, split)[0]] for split in ("train", "test"))
    return number_captions(folder.text, train, test)


def number_captions(text: Path, train: list[str], test: list[str]) -> Cache:
    """The same for images given by key; `text` holds class_folder/stem.txt."""
    captions = [[words for key in keys for words in read_words(text / f"{key}.txt")] for keys in (train, test)]
    numbers = {END: 0}
    for words in (*captions[0], *captions[1]):
        for word in words:
            numbers.setdefault(word, len(numbers))
    numbered = ([[numbers[word] for word in words] for words in side] for side in captions)
    return *numbered, {number: word for word, number in numbers.items()}, numbers


def read_words(path: Path) -> list[list[str]]:
    """The first ten captions of one image as words: lower case, letters and digits only, none but ASCII."""
    captions = [words for line in caption_lines(path) if (words := split_words(line))][:PER_IMAGE]
    if len(captions) < PER_IMAGE:
        raise DataError(path, len(captions) + 1, f"expected {PER_IMAGE} captions with words, as this vocabulary counts "
                        f"in tens, got {len(captions)}; write the missing ones, or take the image out of the split")
    return captions


def split_words(caption: str) -> list[str]:
    """ "A naïve, red-billed bird." -> ["a", "nave", "red", "billed", "bird"]."""
    ascii_only = (word.encode("ascii", "ignore").decode() for word in re.findall(r"\w+", caption.lower()))
    return [word for word in ascii_only if word]
