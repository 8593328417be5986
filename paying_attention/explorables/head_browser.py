"""All heads of a network on a few sentences, one at a time, for chapter 10."""

import base64

import numpy as np
import torch

from paying_attention.explorables.base import Choice, Explorable, Index

VIEWS = ("weight", "weight × norm", "without the first place")


class HeadBrowser(Explorable):
    """The heatmap of one head among many, for one of several sentences, and what one of its queries sees.

    ``sentences`` is a list of lists of pieces, ``weights`` a list of as many tensors of shape (layers, heads, n, n),
    each row with a sum of 1, and ``norms`` a list of tensors of shape (layers, heads, n): how long is what each key
    brings. ``n`` is the number of pieces of the sentence. Both are kept in one byte a number: a weight to 1/255, a
    norm to 1/255 of the largest of its head.

    ``sentence``, ``layer``, ``head`` and ``query`` are counted from 0; a query beyond the end of a sentence is its last
    piece. ``view`` is ``"weight"``, ``"weight × norm"`` or ``"without the first place"``; in each, a row sums to
    1, or to 0 where nothing of it is left.
    """

    height = 6.08
    sentence = Index("sentences")
    layer = Index("layers")
    head = Index("heads")
    query = Index("longest")
    view = Choice(*VIEWS)

    def __init__(self, sentences, weights, norms, **state):
        weights = [torch.as_tensor(tensor, dtype=torch.float64) for tensor in weights]
        norms = [torch.as_tensor(tensor, dtype=torch.float64) for tensor in norms]
        if not len(sentences) == len(weights) == len(norms) > 0:
            raise ValueError(
                "sentences, weights and norms need the same length, at least 1; "
                f"{len(sentences)}, {len(weights)} and {len(norms)} came"
            )
        if weights[0].ndim != 4 or 0 in weights[0].shape:
            raise ValueError(f"weights need shape (layers, heads, n, n); {tuple(weights[0].shape)} came")
        layers, heads = weights[0].shape[:2]
        for pieces, weight, norm in zip(sentences, weights, norms, strict=True):
            if isinstance(pieces, str) or len(pieces) < 2:
                raise ValueError(f"a sentence is a list of at least two pieces; {pieces!r} came")
            n = len(pieces)
            for name, tensor, shape in (("weights", weight, (n, n)), ("norms", norm, (n,))):
                if tensor.shape != (layers, heads, *shape):
                    raise ValueError(
                        f"{name} of {' '.join(pieces)!r} need shape {(layers, heads, *shape)}; "
                        f"{tuple(tensor.shape)} came"
                    )
                if not torch.isfinite(tensor).all() or (tensor < 0).any():
                    raise ValueError(f"{name} of {' '.join(pieces)!r} hold NaN, infinity or a negative number")
            if not torch.allclose(weight.sum(-1), torch.ones((), dtype=weight.dtype), atol=1e-3):
                raise ValueError(f"a row of weights sums to 1; in {' '.join(pieces)!r} one does not")
        data = {
            "sentences": [list(pieces) for pieces in sentences],
            "layers": layers,
            "heads": heads,
            "longest": max(map(len, sentences)),
            "weights": [_in_bytes(weight) for weight in weights],
            "norms": [_in_bytes(norm / norm.amax(-1, keepdim=True).clamp(min=1e-30)) for norm in norms],
        }
        super().__init__(_data=data, **state)

    @property
    def matrix(self) -> torch.Tensor:
        """What the heatmap shows: the view of the chosen head on the chosen sentence, shape (n, n)."""
        n = len(self._data["sentences"][self.sentence])
        shape = (self._data["layers"], self._data["heads"])
        weights = _from_bytes(self._data["weights"][self.sentence], (*shape, n, n))[self.layer, self.head]
        norms = _from_bytes(self._data["norms"][self.sentence], (*shape, n))[self.layer, self.head]
        if self.view == "weight × norm":
            weights = weights * norms
        elif self.view == "without the first place":
            weights = torch.cat([torch.zeros(n, 1, dtype=weights.dtype), weights[:, 1:]], dim=1)
        sums = weights.sum(-1, keepdim=True)
        return torch.where(sums > 0, weights / sums.clamp(min=1e-30), 0.0)

    @property
    def first_place(self) -> torch.Tensor:
        """What each head gives to the first place, as a mean over the other queries: shape (layers, heads)."""
        n = len(self._data["sentences"][self.sentence])
        shape = (self._data["layers"], self._data["heads"], n, n)
        return _from_bytes(self._data["weights"][self.sentence], shape)[:, :, 1:, 0].mean(-1)

    def draw_still(self, figure):
        pieces = self._data["sentences"][self.sentence]
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
        left.imshow(self.first_place.numpy(), cmap="Reds", vmin=0, vmax=1, interpolation="none")
        left.plot(self.head, self.layer, "s", markersize=11, fillstyle="none", color="#0072b2", markeredgewidth=2)
        left.set(xlabel="Head", ylabel="Layer", title="on the first place")
        left.set_xticks(range(self._data["heads"]), range(1, self._data["heads"] + 1), fontsize=9)
        left.set_yticks(range(self._data["layers"]), range(1, self._data["layers"] + 1))
        image = right.imshow(self.matrix.numpy(), cmap="Reds", vmin=0, vmax=1, interpolation="none")
        right.set(title=f"L{self.layer + 1}H{self.head + 1}: {self.view}", xlabel="Keys", ylabel="Queries")
        right.set_xticks(range(len(pieces)), pieces, rotation=90)
        right.set_yticks(range(len(pieces)), pieces)
        figure.colorbar(image, ax=right, shrink=0.7)


def _in_bytes(shares):
    return base64.b64encode((shares * 255).round().to(torch.uint8).numpy().tobytes()).decode()


def _from_bytes(text, shape):
    numbers = np.frombuffer(base64.b64decode(text), dtype=np.uint8).reshape(shape)
    return torch.from_numpy(numbers.astype(np.float64)) / 255
