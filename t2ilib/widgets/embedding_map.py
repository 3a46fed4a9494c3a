"""A map of captions of unseen species: type a sentence, see where it falls and which captions are nearest to it.

Source: Reed et al. 2016 (CVPR), Section 5 (species that the encoder has never seen lie near their texts).
"""

from functools import cache
from html import escape
from typing import NamedTuple

import ipywidgets as widgets
import numpy as np
from torch import Tensor
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.data.rendered import Rendered
from t2ilib.figures import Markup
from t2ilib.figures_text import MAPS, Plane, map2d, two_digits
from t2ilib.sample import LONGEST_SENTENCE, SHOWN_CAPTIONS
from t2ilib.widgets.panel import Panel
from t2ilib.widgets.rank_birds import Gallery, encoder_menu, gallery_of, listed, sentence_field
from t2ilib.widgets.sentence import STYLE, surprise

ON_MAP = 400                    # captions at most
NEAREST = 5


class Neighbour(NamedTuple):
    """A caption near a sentence."""

    cosine: float
    caption: str
    species: str                # "Black winged Red Finch"


class CaptionMap:
    """One caption of each of the first pictures of a gallery, as its encoders place them."""

    def __init__(self, gallery: Gallery):
        self.gallery, self.rows = gallery, range(min(ON_MAP, len(gallery.data)))
        self.captions = [gallery.data.captions[row][row % len(gallery.data.captions[row])] for row in self.rows]
        self.kinds = [gallery.species(row) for row in self.rows]
        self.vectors = cache(lambda encoder: self.encode(encoder, self.captions))
        self.plane = cache(lambda encoder, by: Plane(self.vectors(encoder), by))

    def encode(self, encoder: str, sentences: list[str]) -> Tensor:
        """(B, E) vectors of sentences."""
        with runtime.evaluating(self.gallery.joints[encoder].text_encoder) as reader:
            return reader.encode(sentences)

    def nearest(self, sentence: str, encoder: str, count: int = NEAREST) -> list[Neighbour]:
        """The captions that are most similar to a sentence, best first."""
        cosines = F.cosine_similarity(self.encode(encoder, [sentence]), self.vectors(encoder)).numpy()
        return [Neighbour(float(cosines[i]), self.captions[i], self.kinds[i].name.replace("_", " "))
                for i in np.argsort(-cosines, kind="stable")[:count]]


def map_view(captions: CaptionMap, sentence: str, encoder: str = "", by: str = MAPS[0]) -> Markup:
    """The map with the sentence on it, and its nearest captions below."""
    sentence, encoder = sentence[:LONGEST_SENTENCE].strip(), encoder or next(iter(captions.gallery.joints))
    plane = captions.plane(encoder, by)
    labels = [f"{caption} ({kind.name.replace('_', ' ')})" for caption, kind in zip(captions.captions, captions.kinds)]
    place = plane.find(captions.encode(encoder, [sentence]))[0]
    drawn = map2d(plane.points, [kind.body for kind in captions.kinds], labels, {"your sentence": place})
    near = captions.nearest(sentence, encoder)
    unknown = captions.gallery.joints[encoder].text_encoder.tokenizer.unknown(sentence)
    lines = ["Nearest captions:", *map(told, near), *listed("The encoder was never shown", unknown)]
    said = "".join(f"<div>{escape(line)}</div>" for line in lines)
    return Markup(f'{STYLE}{drawn.html}<div class="t2i-said" role="status">{said}</div>',
                  "\n".join([drawn.text, *lines]))


def told(near: Neighbour) -> str:
    """A line about a neighbour."""
    return f"{two_digits(near.cosine)} · {near.species}: {near.caption}"


class EmbeddingMap(Panel):
    """A sentence, an encoder and a kind of map."""

    def __init__(self, captions: CaptionMap, sentence: str):
        self.captions, self.first, self.rng = captions, sentence, np.random.default_rng()
        self.sentence, self.encoder = sentence_field(sentence), encoder_menu(captions.gallery)
        self.by = widgets.Dropdown(options=MAPS, description="map", style={"description_width": "120px"},
                                   layout=widgets.Layout(width="300px"))
        super().__init__([self.sentence, self.encoder, self.by], "a caption of a bird that no encoder has seen",
                         "the first sentence, encoder and map")
        for control in (self.sentence, self.encoder, self.by):
            control.observe(self.soon, "value")

    def picture(self) -> Markup:
        return map_view(self.captions, self.sentence.value, self.encoder.value, self.by.value)

    def settings(self) -> dict[str, str]:
        return {"sentence": self.sentence.value, "encoder": self.encoder.value, "map": self.by.value}

    def surprise(self, _button=None) -> None:
        """A caption of an unseen species."""
        self.sentence.value = surprise(self.rng)

    def reset(self, _button=None) -> None:
        """The first sentence, encoder and map."""
        self.sentence.value, self.encoder.value = self.first, next(iter(self.captions.gallery.joints))
        self.by.value = MAPS[0]
        self.soon()


def embedding_map(data: Rendered | Gallery, sentence: str = SHOWN_CAPTIONS[1]) -> EmbeddingMap:
    """The map of up to 400 captions of a data set or gallery."""
    return EmbeddingMap(CaptionMap(gallery_of(data)), sentence)
