"""Regression by attention, for chapter 04."""

import math
from functools import partial

import torch
import traitlets

from paying_attention import pooling
from paying_attention.explorables.base import Choice, Explorable, Number

KERNELS = {
    "gaussian": pooling.gaussian,
    "boxcar": pooling.boxcar,
    "triangular": pooling.triangular,
    "epanechnikov": pooling.epanechnikov,
}


class Values(traitlets.List):
    """As many finite numbers as there are measurements."""

    def __init__(self):
        super().__init__(traitlets.Float())
        self.tag(sync=True)

    def validate(self, obj, value):
        try:
            numbers = torch.as_tensor(value, dtype=torch.float64).flatten()
        except (TypeError, ValueError, RuntimeError):
            raise traitlets.TraitError(f"{self.name} needs numbers, one for each measurement; {value!r} came") from None
        expected = len(obj._data.get("x", numbers))
        if len(numbers) != expected:
            raise traitlets.TraitError(
                f"{self.name} needs {expected} numbers, one for each measurement; {len(numbers)} came"
            )
        if not torch.isfinite(numbers).all():
            raise traitlets.TraitError(f"{self.name} holds NaN or infinity")
        return super().validate(obj, numbers.tolist())


class Place(Number):
    """A number within the range of the measurements."""

    def __init__(self):
        super().__init__(0.0, None, None)

    def validate(self, obj, value):
        self.low, self.high = obj._data.get("low", value), obj._data.get("high", value)
        return super().validate(obj, value)


class Pooling(Explorable):
    """Measurements, a query among them, and the answer that attention pooling gives. Chapter 04 teaches it.

    ``x`` and ``y`` are the places and heights measured, shape (measurements,). ``query`` is where one asks, ``width``
    (0.05 to 3) how far the kernel reaches, ``kernel`` its name. ``y`` changes when a point is dragged.
    """

    height = 6.15
    query = Place()
    width = Number(0.5, 0.05, 3.0)
    kernel = Choice(*KERNELS)
    y = Values()

    def __init__(self, x, y, **state):
        x, y = (torch.as_tensor(numbers, dtype=torch.float64).flatten() for numbers in (x, y))
        if len(x) != len(y) or len(x) < 2:
            raise ValueError(f"x and y need the same length, at least 2; {len(x)} and {len(y)} came")
        if not (torch.isfinite(x).all() and torch.isfinite(y).all()):
            raise ValueError("x or y holds NaN or infinity")
        low, high, bottom, top = math.floor(x.min()), math.ceil(x.max()), math.floor(y.min()), math.ceil(y.max())
        data = {
            "x": x.tolist(),
            "low": low,
            "high": high,
            "bottom": bottom,
            "top": top,
            "widths": torch.logspace(math.log10(0.05), math.log10(3), 40, dtype=torch.float64).clamp(0.05, 3).tolist(),
            "xlabel": "x",
            "ylabel": "y",
            "xticks": list(range(low, high + 1)),
            "yticks": list(range(bottom, top + 1)),
        }
        state.setdefault("query", (low + high) / 2)
        super().__init__(_data=data, y=y.tolist(), **state)

    def _pool(self, queries, mask=None, width=None):
        x = torch.tensor(self._data["x"], dtype=torch.float64)[:, None]
        y = torch.tensor(self.y, dtype=torch.float64)[:, None]
        score = partial(KERNELS[self.kernel], width=width or self.width)
        return pooling.attention_pooling(queries[:, None], x, y, score, mask)

    @property
    def weights(self) -> torch.Tensor:
        """The weight of each measurement for the query: shape (measurements,). Raises ``ValueError`` out of reach."""
        return self._pool(torch.tensor([self.query], dtype=torch.float64))[1][0]

    @property
    def answer(self) -> float:
        """The pooled value at the query. Raises ``ValueError`` where the kernel reaches no measurement."""
        return float(self._pool(torch.tensor([self.query], dtype=torch.float64))[0])

    @property
    def leave_one_out(self) -> float:
        """The mean squared error of predicting each measurement from all the others, at this width.

        Raises ``ValueError`` where the kernel leaves a measurement without any other in reach.
        """
        return self._leave_one_out(self.width)

    def _leave_one_out(self, width):
        x, y = (torch.tensor(numbers, dtype=torch.float64) for numbers in (self._data["x"], self.y))
        predicted, _ = self._pool(x, ~torch.eye(len(x), dtype=torch.bool), width)
        return float((predicted[:, 0] - y).pow(2).mean())

    def _reached(self, queries, width, but_itself=False):
        """Which queries have a measurement in reach, or, of the measurements, which have another one."""
        x = torch.tensor(self._data["x"], dtype=torch.float64)[:, None]
        scores = KERNELS[self.kernel](queries[:, None], x, width)
        if but_itself:
            scores.fill_diagonal_(-math.inf)
        return (scores > -math.inf).any(dim=1)

    def draw_still(self, figure):
        ax, errors = figure.subplots(2, 1, height_ratios=(2, 1))
        x = torch.tensor(self._data["x"], dtype=torch.float64)
        places = torch.linspace(self._data["low"], self._data["high"], 200, dtype=torch.float64)
        curve = torch.full_like(places, math.nan)  # a gap where no measurement is in reach
        reached = self._reached(places, self.width)
        curve[reached] = self._pool(places[reached])[0][:, 0]
        ax.plot(x, self.y, "o", color="0.3", markersize=4)
        ax.plot(places, curve, color="#D55E00")
        ax.axvline(self.query, color="#0072B2", linestyle="--")
        if self._reached(torch.tensor([self.query], dtype=torch.float64), self.width):
            ax.plot(self.query, self.answer, "o", color="#0072B2")
        ax.set(xlabel=self._data["xlabel"], ylabel=self._data["ylabel"], title=f"{self.kernel}, width {self.width:.2f}")
        widths = [width for width in self._data["widths"] if self._reached(x, width, but_itself=True).all()]
        errors.semilogx(widths, [self._leave_one_out(width) for width in widths], color="#D55E00")
        errors.axvline(self.width, color="#0072B2", linestyle="--")
        errors.set(xlabel="width", ylabel="leave-one-out error", ylim=(0, None))
