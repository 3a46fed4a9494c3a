"""The structured joint embedding: which class a picture or a text belongs to, by the company it keeps.

Reed, Akata, Lee and Schiele, "Learning Deep Representations of Fine-Grained Visual Descriptions", CVPR 2016.

The idea: F(v, t), the inner product of a picture's vector and a text's, should be high when both are of one class. A
class is then known by texts alone, so that pictures of species nobody has seen can be named.
We write v for pictures and t for texts throughout; the papers swap the letters phi and varphi between them.
"""

import torch
from torch import Tensor

from t2ilib.losses import structured_loss
from t2ilib.text.joint import JointEmbedding, PairBatch


def compatibility(image: Tensor, text: Tensor) -> Tensor:
    """F(v, t) of all pairs: (N, E), (M, E) -> (N, M).

    Paper: Reed et al. 2016 (CVPR), Section 3.
    """
    return image.float() @ text.float().T


def class_means(vectors: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """(M, E) vectors of M labels -> the C classes in order, and their mean vectors (C, E).

    F is linear, so a class's mean compatibility is the compatibility with its mean.
    """
    classes, place = labels.unique(return_inverse=True)
    total = torch.zeros(len(classes), vectors.shape[1]).index_add_(0, place, vectors.float())
    return classes, total / place.bincount()[:, None]


def classify(vectors: Tensor, others: Tensor, labels: Tensor) -> Tensor:
    """The class with which each vector is most compatible on average: (N, E), (M, E), (M,) -> (N,) labels.

    With pictures first and texts second it is f_v; the other way round f_t.
    Paper: Reed et al. 2016 (CVPR), Section 3.
    """
    classes, means = class_means(others, labels)
    return classes[compatibility(vectors, means).argmax(1)]


def objective(image: Tensor, text: Tensor, labels: Tensor) -> Tensor:
    """What training should lower: the error rate of f_v plus that of f_t, 0 to 2.

    Shapes: image (N, E), text (N, E), labels (N,) -> scalar
    Paper:  Reed et al. 2016 (CVPR), Section 3, with the 0-1 loss as Delta.
    """
    wrong_v = classify(image, text, labels) != labels
    wrong_t = classify(text, image, labels) != labels
    return wrong_v.float().mean() + wrong_t.float().mean()


def precision_at(image: Tensor, image_labels: Tensor, text: Tensor, text_labels: Tensor, top: int = 50) -> Tensor:
    """For each class of texts: which share of the `top` pictures nearest to its mean are of that class? -> (C,).

    Paper: Reed et al. 2016 (CVPR), Section 5: AP@50 is the mean over the classes. A class with fewer than `top`
    pictures cannot reach 1.
    """
    classes, means = class_means(text, text_labels)
    nearest = compatibility(means, image).topk(min(top, len(image)), dim=1).indices
    return (image_labels[nearest] == classes[:, None]).float().mean(1)


class StructuredEmbedding(JointEmbedding):
    """A joint embedding as published in 2016: inner products, and a hinge in both directions.

    Paper: Reed et al. 2016 (CVPR), Section 3.
    Differs: the authors' batches have 40 classes and one pair of each; ours may hold a class twice, and then its
             pairs are no rivals.
    """

    def loss(self, batch: PairBatch) -> dict[str, Tensor]:
        scores = self.scores(self.read(batch.tokens), self.image_encoder(batch.image))
        return {"text to picture": structured_loss(scores, batch.labels),
                "picture to text": structured_loss(scores.T, batch.labels)}

    @staticmethod
    def scores(text: Tensor, image: Tensor) -> Tensor:
        """Compatibilities of all pairs: (B, E), (N, E) -> (B, N)."""
        return compatibility(text, image)
