"""The four models of GAN-CLS side by side for one sentence.

Source: Reed et al. 2016 (ICML), Figure 3 (GAN, GAN-CLS, GAN-INT and GAN-INT-CLS for the same captions).
"""

from collections.abc import Sequence

from t2ilib.papers.gan_cls import FAMILY
from t2ilib.sample import SHOWN_CAPTIONS
from t2ilib.widgets.compare_models import CompareModels, compare_models, there


def four_models(names: Sequence[str] | None = None, sentence: str = SHOWN_CAPTIONS[0], profile: str = "") \
        -> CompareModels:
    """The named models, or all shipped ones of the paper, drawing what is typed; otherwise as `compare_models`."""
    return compare_models(there(FAMILY) if names is None else names, sentence, profile)
