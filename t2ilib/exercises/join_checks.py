"""What must hold for an answer that lays a vector behind every place of a feature map, whatever the vector says."""

from dataclasses import dataclass

import torch
from torch import Tensor

from t2ilib import runtime
from t2ilib.exercises import Wrong
from t2ilib.exercises.compare import NOTHING


@dataclass(frozen=True)
class JoinChecks:
    """The checks that chapters share; each method takes an answer (features, vector) -> features with it behind."""

    what: str                       # what the vector is: "text", "condition"
    learners: str                   # who learns through it

    def stacked(self, answer):
        """F + C numbers at each place: (B, F + C, h, w)"""
        features, vector = maps(2, 3, 3)
        got = answer(features.clone(), vector.clone())
        if got is None or not hasattr(got, "shape"):
            return Wrong("a tensor", "nothing" if got is None else got, NOTHING)
        if tuple(got.shape) == (2, 6, 4, 4):
            return None
        words = {(2, 3, 4, 4): f"the {self.what} was added: then nobody can tell features and {self.what} apart any "
                               "more; lay it behind them",
                 (2, 3, 4, 8): f"stacked along the width: the {self.what} would stand beside the picture; use `dim=1`",
                 (2, 3, 8, 4): f"stacked along the height: the {self.what} would stand below the picture; use `dim=1`",
                 (4, 3, 4, 4): f"stacked along the batch: the {self.what} would be a picture of its own; use `dim=1`"}
        return Wrong("shape (2, 6, 4, 4)", f"shape {tuple(got.shape)}", words.get(
            tuple(got.shape), f"give each {self.what} its number of every place, then stack both with `dim=1`"))

    def features_first(self, answer):
        """first the features, as they were"""
        features, vector = maps(2, 5, 3)
        got = answer(features.clone(), vector.clone())
        if torch.equal(got[:, :5], features):
            return None
        turned = torch.equal(got[:, 3:], features)
        return Wrong(features[0, :, 0, 0], got[0, :5, 0, 0], f"the {self.what} came first: published weights count on "
                     "the order" if turned else "the features were changed on the way: they are only passed on")

    def same_everywhere(self, answer):
        """then each picture's own vector, the same at every place"""
        features, vector = maps(2, 5, 3)
        got = answer(features.clone(), vector.clone())[:, 5:]
        tiled = vector[:, :, None, None].expand(-1, -1, 4, 4)
        if torch.allclose(got, tiled):
            return None
        at = (got != tiled).any(1).nonzero()[0].tolist()
        return Wrong(vector[at[0]], got[at[0], :, at[1], at[2]], self._misplaced(got, vector, tiled))

    def _misplaced(self, got: Tensor, vector: Tensor, tiled: Tensor) -> str:
        """Why a vector is not the same at every place."""
        what = self.what
        if int(got.abs().sum(1).ne(0)[0].sum()) == 1:
            return f"the {what} stands at one place only: the 1 x 1 convolution compares place by place"
        mistakes = {
            f"two {what}s were mixed: `repeat` and `view` cut the batch in another order": vector.repeat(16, 1),
            f"the numbers of a {what} were spread over the places: `view` fills one map after the other":
                vector.repeat(1, 16),
            f"shared among the places: each of them gets the whole {what}": tiled / 16,
            f"every picture got the {what} of the first one": tiled[:1].expand(2, -1, -1, -1),
        }
        known = (words for words, wrong in mistakes.items() if torch.allclose(got, wrong.reshape(2, 3, 4, 4)))
        return next(known, f"give the {what} two axes of length 1, and expand them")

    def any_size(self, answer):
        """with maps of any size, and for one picture alone"""
        for count, height, width in ((2, 3, 5), (1, 4, 4)):
            features, vector = maps(count, 4, 3, height, width)
            tiled = vector[:, :, None, None].expand(-1, -1, height, width)
            try:
                right = torch.equal(answer(features.clone(), vector.clone()), torch.cat([features, tiled], dim=1))
            except (RuntimeError, ValueError, IndexError) as error:
                right = f"{type(error).__name__}: {str(error)[:60]}"
            if right is not True:
                return Wrong(f"{count} x 7 maps of {height} x {width}", right or "other numbers",
                             "one picture is a batch, too: which axis was lost?" if count == 1
                             else "take height and width from the features, in this order; 4 x 4 is written into it")
        return None

    def same_type(self, answer):
        """in the type of the features, as half precision needs it"""
        features, vector = maps(2, 5, 3)
        got = answer(features.half(), vector.clone())
        return None if got.dtype == torch.float16 else Wrong(
            "torch.float16", str(got.dtype), f"the {self.what} decided the type: turn it into that of the features "
                                             "first")

    def gradients(self, answer):
        """a gradient flows back to both"""
        features, vector = (one.requires_grad_() for one in maps(2, 5, 3))
        got = answer(features, vector)
        for name, one, slope in ((self.what, vector, 16.0), ("features", features, 1.0)):
            slopes = torch.autograd.grad(got.sum(), one, retain_graph=True, allow_unused=True)[0] \
                if got.requires_grad else None
            if slopes is None or not torch.allclose(slopes, torch.full_like(slopes, slope)):
                return Wrong(f"a gradient for the {name}", "none" if slopes is None else slopes.flatten()[:3],
                             f"`detach`, `no_grad` or NumPy cut the {name} off: {self.learners}")
        return None


def maps(count: int, depth: int, length: int, height: int = 4, width: int = 4) -> tuple[Tensor, Tensor]:
    """Features (count, depth, height, width) and vectors (count, length), all numbers different."""
    stream = runtime.generator(5)
    return torch.randn(count, depth, height, width, generator=stream), torch.randn(count, length, generator=stream)
