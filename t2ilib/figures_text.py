"""Sentences as numbers, in pictures: tokens, the similarity of sentences, and a map of their vectors.

Sources: Reed et al. 2016 (CVPR), Section 4 (the alphabet); van der Maaten and Hinton 2008 (t-SNE).
"""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from torch import Tensor
from torch.nn import functional as F

from t2ilib import sample
from t2ilib.data.birds import COLOURS
from t2ilib.figures import COLOUR, Card, Markup, figure_card
from t2ilib.figures_gan import INK, PAPER, SECONDARY
from t2ilib.text.characters import Characters
from t2ilib.text.tokenizer import Tokenizer, Vocabulary, split, split_ascii

LETTERS = "font-family:'DejaVu Sans',Verdana,sans-serif"
SHEET = (f"box-sizing:border-box;width:804px;max-width:100%;background:{PAPER};color:{INK};padding:10px 12px;"
         f"font-size:13px;line-height:1.35;{LETTERS}")
WIDTH, HEIGHT, EDGE = 804, 470, 40          # of a map, in CSS pixels
WORD_SIZE = (52, 15)                        # about that of the name of a colour
NAMED = 3                                   # a colour with fewer points has no name on the map
LEAST_SPAN = 0.25                           # of `word_similarity`: smaller cosines never look large

MAPS = ("PCA", "t-SNE")

Reader = Tokenizer | Vocabulary | Characters


class Piece(NamedTuple):
    """A word or a character of a sentence."""

    text: str
    number: int                 # as the encoder gets it
    known: bool


def tokens(sentence: str, readers: Mapping[str, Reader] | None = None) -> Markup:
    """How a sentence becomes numbers: a box for each piece, its number below; what is unknown has dots and is named.

    `readers` are tokenizers by name; without them, the words of the shipped bi-LSTM and the papers' characters.
    """
    readers = readers or {"words": sample.load_encoder("bilstm").tokenizer, "characters": Characters()}
    rows, said = [], []
    for name, reader in readers.items():
        read, told = pieces(reader, sentence), told_pieces(reader, sentence)
        rows.append(f'<div style="margin:2px 0 5px"><b>{escape(name)}</b>: {escape(told)}</div>'
                    f'<div style="display:flex;flex-wrap:wrap;gap:4px 3px;margin-bottom:12px">'
                    f"{''.join(map(piece_box, read))}</div>")
        said.append(f"{name}: {told}")
    return Markup(f'<div style="{SHEET}">{"".join(rows)}</div>', "\n".join([sentence, *said]))


def pieces(reader: Reader, sentence: str) -> list[Piece]:
    """All words or characters of a sentence in order, as a tokenizer numbers them."""
    if isinstance(reader, Characters):
        parts = list(sentence.lower())
    else:
        parts = (split_ascii if isinstance(reader, Vocabulary) else split)(sentence)
    numbers = reader.encode(parts)[:, 0].tolist() if parts else []
    return [Piece(part, number, not reader.unknown(part)) for part, number in zip(parts, numbers)]


def told_pieces(reader: Reader, sentence: str) -> str:
    """How many pieces and zeros a sentence gives, and what the tokenizer does with those it does not know."""
    row, unknown = reader.encode([sentence])[0], reader.unknown(sentence)
    read = pieces(reader, sentence)
    left_out = isinstance(reader, Vocabulary)
    used = sum(piece.known for piece in read) if left_out else len(read)
    word = "character" if isinstance(reader, Characters) else "word"
    parts = [f"{counted(len(read), word)}, then {counted(max(0, len(row) - used), 'zero')}"]
    if used > len(row):
        parts.append(f"the last {used - len(row)} are not read")
    if unknown:
        fate = "left out" if left_out else "number 0" if word == "character" else "number 1"
        parts.append(f"unknown, {fate}: {' '.join(map(shown, unknown))}")
    return "; ".join(parts)


def counted(count: int, word: str) -> str:
    """'1 word', '12 words', '140 zeros'."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def shown(piece: str) -> str:
    """A piece as it can be seen: a blank is a bracket lying down."""
    return "␣" if piece == " " else piece if piece.isprintable() else repr(piece)[1:-1]


def piece_box(piece: Piece) -> str:
    """A piece over its number; dots below and a question mark beside what is unknown."""
    edge = f"1px solid {COLOUR['text']}" if piece.known else f"2px dotted {COLOUR['fake']}"
    number = f"{piece.number:,}" if piece.known else f"{piece.number}?"
    return (f'<span style="border:{edge};border-radius:3px;padding:1px 4px;text-align:center;min-width:13px;'
            f'background:#FFFFFF">{escape(shown(piece.text))}<br>'
            f'<span style="color:{SECONDARY};font-size:11px">{number}</span></span>')


def word_similarity(words: Sequence[str], matrix: np.ndarray) -> Card:
    """How similar sentences are that differ in one word: a cell for each pair with its number, orange below 0.

    Shapes: N words (up to about a dozen), matrix (N, N) of cosines; the diagonal, 1, is left pale
    """
    matrix, count = np.asarray(matrix, float), len(words)
    between = matrix[~np.eye(count, dtype=bool)]
    most = max(LEAST_SPAN, np.abs(between).max())
    figure, axis = plt.subplots(figsize=(8, 1.2 + 0.4 * count))
    image = axis.imshow(np.where(np.eye(count), np.nan, matrix), cmap="PuOr", vmin=-most, vmax=most, aspect="auto")
    for row, column in np.ndindex(count, count):
        bright = row == column or abs(matrix[row, column]) < 0.65 * most
        axis.text(column, row, two_digits(matrix[row, column]), ha="center", va="center", fontsize=9,
                  color=SECONDARY if row == column else INK if bright else PAPER)
    axis.set_xticks(range(count), words, rotation=35 if count > 8 else 0)
    axis.set_yticks(range(count), words)
    axis.tick_params(length=0)
    axis.grid(False)
    figure.colorbar(image, ax=axis, label="cosine", fraction=0.04, pad=0.02).outline.set_visible(False)
    return figure_card(figure, told_similarity(words, matrix, between))


def told_similarity(words: Sequence[str], matrix: np.ndarray, between: np.ndarray) -> str:
    """The nearest and the farthest pair of different words, and the mean of all pairs."""
    upper = np.triu_indices(len(words), 1)
    order = np.argsort(matrix[upper])
    far, near = (f"{words[upper[0][i]]} and {words[upper[1][i]]} ({two_digits(matrix[upper][i])})"
                 for i in (order[0], order[-1]))
    return (f"The same sentence with each of {len(words)} words. Nearest: {near}; farthest: {far}; mean of all pairs "
            f"{two_digits(between.mean())}.")


def two_digits(number: float) -> str:
    """'0.31', '−0.05': with a true minus sign."""
    return f"{round(float(number), 2) + 0.0:.2f}".replace("-", "−")


class Plane:
    """Sentence vectors on a plane. Only their directions count, as in a cosine.

    "PCA" keeps the two directions in which they differ most; "t-SNE" keeps neighbours together and little else.
    Raises: ValueError for another name.
    """

    def __init__(self, vectors: Tensor, by: str = "PCA", seed: int = 0):
        if by not in MAPS:
            raise ValueError(f"the map should be made by {' or '.join(MAPS)}, got {by!r}; choose one of them")
        self.directions = F.normalize(vectors.float(), dim=1)
        self.points, self.place = (straight if by == "PCA" else neighbourly)(self.directions, seed)

    def find(self, vectors: Tensor) -> np.ndarray:
        """Where other sentences stand on the same plane: (M, E) -> (M, 2)."""
        return self.place(F.normalize(vectors.float(), dim=1))


Placed = tuple[np.ndarray, Callable[[Tensor], np.ndarray]]      # points (N, 2), and a way to place other directions


def straight(directions: Tensor, seed: int) -> Placed:
    """The two principal directions."""
    from sklearn.decomposition import PCA
    fitted = PCA(2, random_state=seed).fit(directions.numpy())
    return fitted.transform(directions.numpy()), lambda others: fitted.transform(others.numpy())


def neighbourly(directions: Tensor, seed: int) -> Placed:
    """t-SNE; it has no formula for others, so they stand in the middle of their three nearest neighbours."""
    from sklearn.manifold import TSNE
    maker = TSNE(2, perplexity=min(30, (len(directions) - 1) / 3), metric="cosine", init="random", random_state=seed)
    points = maker.fit_transform(directions.numpy())
    return points, lambda others: np.median(points[(others @ directions.T).topk(3, dim=1).indices.numpy()], axis=1)


def map2d(points: np.ndarray, colours: Sequence[str], labels: Sequence[str] = (),
          marked: Mapping[str, np.ndarray] | None = None) -> Markup:
    """A map of sentences: a dot for each in the body colour of its bird; point at one to read it.

    Shapes: points (N, 2), N names of COLOURS, N labels or none; marked, name -> (2,), are drawn as violet diamonds
    """
    points, marked = np.asarray(points, float), marked or {}
    places = on_sheet(points, points)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="rgb{COLOURS[colour]}"><title>{escape(label or colour)}'
            "</title></circle>" for (x, y), colour, label in zip(places, colours, labels or [""] * len(points))]
    stars = [diamond(place, name) for name, place in zip(marked, on_sheet(np.array(list(marked.values())), points))]
    said = told_map(points, colours)
    drawing = (f'<svg role="img" aria-label="{escape(said)}" viewBox="0 0 {WIDTH} {HEIGHT}" style="display:block;width:'
               f'{WIDTH}px;max-width:100%;background:{PAPER};{LETTERS}" font-size="12" fill="{INK}"><g stroke="'
               f'{SECONDARY}" stroke-width="0.8">{"".join(dots)}</g>{"".join(colour_names(places, colours))}'
               f'{"".join(stars)}</svg>')
    return Markup(drawing, said)


def on_sheet(points: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """(N, 2) -> (N, 2) in CSS pixels, so that all points of `frame` are on the sheet; others stop at its edge."""
    low, span = frame.min(0), np.ptp(frame, axis=0).clip(1e-9)
    inner = np.array([WIDTH, HEIGHT]) - 2 * EDGE
    flat = EDGE + (np.reshape(points, (-1, 2)) - low) / span * inner
    return np.clip(np.column_stack([flat[:, 0], HEIGHT - flat[:, 1]]), 12, np.array([WIDTH, HEIGHT]) - 12)


def colour_names(places: np.ndarray, colours: Sequence[str]) -> list[str]:
    """The name of each colour where its dots are densest, so that no one has to tell them by colour alone."""
    groups = {colour: places[np.array(colours) == colour] for colour in COLOURS}
    middles = {colour: densest(group) for colour, group in groups.items() if len(group) >= NAMED}
    middles = dict(zip(middles, side_by_side([*middles.values()])))
    return [f'<text x="{x:.1f}" y="{y - 9:.1f}" text-anchor="middle" font-weight="bold" stroke="{PAPER}" '
            f'stroke-width="4" paint-order="stroke">{colour}</text>' for colour, (x, y) in middles.items()]


def densest(group: np.ndarray) -> np.ndarray:
    """The dot whose nearest five are nearest: (N, 2) -> (2,)."""
    distances = np.sqrt(((group[:, None] - group[None]) ** 2).sum(-1))
    return group[np.sort(distances, axis=1)[:, :6].mean(1).argmin()]


def side_by_side(places: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Places for short words, from the top down: each is lowered until it covers none above it."""
    placed: dict[int, np.ndarray] = {}
    for index in sorted(range(len(places)), key=lambda i: places[i][1]):
        place = np.array(places[index], float)
        for other in sorted(placed.values(), key=lambda above: above[1]):
            if (np.abs(place - other) < WORD_SIZE).all():
                place[1] = other[1] + WORD_SIZE[1]
        placed[index] = place
    return [placed[index] for index in range(len(places))]


def diamond(place: np.ndarray, name: str) -> str:
    """A violet diamond with its name beside it."""
    (x, y), left = place, place[0] > WIDTH / 2
    return (f'<path d="M{x:.1f} {y - 10:.1f} l9 10 l-9 10 l-9 -10 z" fill="{COLOUR["text"]}" stroke="{INK}" '
            f'stroke-width="1.5"/><text x="{x + (-14 if left else 14):.1f}" y="{y + 4:.1f}" font-weight="bold" '
            f'text-anchor="{"end" if left else "start"}" fill="{INK}" stroke="{PAPER}" stroke-width="4" '
            f'paint-order="stroke">{escape(name)}</text>')


def told_map(points: np.ndarray, colours: Sequence[str]) -> str:
    """How often a dot's nearest neighbour on the map has its colour, and how often that would be so by chance."""
    distances = ((points[:, None] - points[None]) ** 2).sum(-1)
    np.fill_diagonal(distances, np.inf)
    names, ids = np.unique(colours, return_inverse=True)
    together = (ids[distances.argmin(1)] == ids).mean()
    shares = np.bincount(ids) / len(ids)
    return (f"A map of {len(points):,} sentences about birds of {len(names)} body colours. The nearest neighbour of a "
            f"sentence has the same body colour in {together:.0%} of the cases; by chance {(shares ** 2).sum():.0%}.")
