"""Training to be walked through, for chapter 05."""

import math

import torch

from paying_attention.explorables.base import Explorable, Index
from paying_attention.pooling import attention_pooling, gaussian


class Learning(Explorable):
    """The width, the curve, the weights and the loss at every step of a training. Chapter 05 teaches it.

    ``x`` and ``y`` are the measurements, shape (measurements,); ``widths`` and ``losses`` what training went through,
    shape (steps,). ``step`` says which step is shown.
    """

    height = 5.92
    step = Index("steps")

    def __init__(self, x, y, widths, losses, **state):
        x, y, widths, losses = (
            torch.as_tensor(numbers, dtype=torch.float64).flatten() for numbers in (x, y, widths, losses)
        )
        if len(x) != len(y) or len(widths) != len(losses) or not len(x) or not len(widths):
            raise ValueError(
                "x and y need one length, widths and losses another; "
                f"{len(x)}, {len(y)}, {len(widths)} and {len(losses)} came"
            )
        for name, numbers in (("x", x), ("y", y), ("widths", widths), ("losses", losses)):
            if not torch.isfinite(numbers).all():
                raise ValueError(f"{name} holds NaN or infinity")
        if not (widths > 0).all():
            raise ValueError(f"widths need to be positive; the smallest that came is {widths.min():.3g}")
        low, high, bottom, top = math.floor(x.min()), math.ceil(x.max()), math.floor(y.min()), math.ceil(y.max())
        data = {
            "x": x.tolist(),
            "y": y.tolist(),
            "low": low,
            "high": high,
            "bottom": bottom,
            "top": top,
            "widths": widths.tolist(),
            "losses": losses.tolist(),
            "steps": len(widths),
            "xticks": list(range(low, high + 1)),
            "yticks": list(range(bottom, top + 1)),
        }
        super().__init__(_data=data, **state)

    @property
    def width(self) -> float:
        """The width at this step."""
        return self._data["widths"][self.step]

    @property
    def loss(self) -> float:
        """The loss at this step."""
        return self._data["losses"][self.step]

    def _pool(self, queries):
        x, y = (torch.tensor(self._data[name], dtype=torch.float64)[:, None] for name in ("x", "y"))
        return attention_pooling(queries[:, None], x, y, lambda q, k: gaussian(q, k, self.width))

    @property
    def weights(self) -> torch.Tensor:
        """The weights among the measurements at this step: shape (measurements, measurements)."""
        return self._pool(torch.tensor(self._data["x"], dtype=torch.float64))[1]

    def draw_still(self, figure):
        panels = figure.subplot_mosaic([["fit", "weights"], ["loss", "loss"]], height_ratios=(2, 1))
        fit, weights, loss = panels["fit"], panels["weights"], panels["loss"]
        places = torch.linspace(self._data["low"], self._data["high"], 200, dtype=torch.float64)
        fit.plot(self._data["x"], self._data["y"], "o", color="0.3", markersize=3)
        fit.plot(places, self._pool(places)[0][:, 0], color="#D55E00")
        fit.set(xlabel="x", ylabel="y", title=f"step {self.step}, width {self.width:.2f}")
        weights.imshow(self.weights.numpy(), cmap="Reds", interpolation="none")
        weights.set(xlabel="Keys", ylabel="Queries", title="weights")
        loss.plot(self._data["losses"], color="0.5")
        loss.plot(self.step, self.loss, "o", color="#0072B2")
        loss.set(xlabel="step", ylabel="loss", ylim=(0, None))
