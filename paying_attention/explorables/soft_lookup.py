"""The soft look-up of chapter 02: keys are places on a circle, values are colours."""

import math

import matplotlib.pyplot as plt
import torch

from paying_attention.explorables.base import Explorable, Number

COLOURS = {
    "red": (0.85, 0.15, 0.15),
    "orange": (0.95, 0.6, 0.1),
    "yellow": (0.95, 0.88, 0.2),
    "green": (0.15, 0.6, 0.25),
    "blue": (0.1, 0.35, 0.8),
    "violet": (0.55, 0.2, 0.65),
}


class SoftLookup(Explorable):
    """Six keys on a circle, each with a colour for its value; a query looks up a mixture. Chapter 02 teaches it.

    ``x`` and ``y`` (-1.5 to 1.5) are the query, ``temperature`` (0.01 to 10) what scores are divided by.
    """

    height = 4.67
    x = Number(0.6, -1.5, 1.5)
    y = Number(0.5, -1.5, 1.5)
    temperature = Number(0.5, 0.01, 10.0)

    def __init__(self, **state):
        angles = [2 * math.pi * i / len(COLOURS) for i in range(len(COLOURS))]
        data = {
            "names": list(COLOURS),
            "places": [(math.cos(angle), math.sin(angle)) for angle in angles],
            "colours": list(COLOURS.values()),
        }
        super().__init__(_data=data, **state)

    @property
    def weights(self) -> torch.Tensor:
        """The weight of each key: shape (keys,)."""
        keys = torch.tensor(self._data["places"], dtype=torch.float64)  # (6, 2)
        query = torch.tensor([self.x, self.y], dtype=torch.float64)  # (2,)
        return torch.softmax(keys @ query / self.temperature, dim=0)

    @property
    def answer(self) -> torch.Tensor:
        """The mixed colour: shape (3,), red, green and blue from 0 to 1."""
        return self.weights @ torch.tensor(self._data["colours"], dtype=torch.float64)

    def draw_still(self, figure):
        plane, chart = figure.subplots(1, 2, width_ratios=(1, 1))
        plane.add_patch(plt.Circle((0, 0), 1, fill=False, color="0.7"))
        colours = [tuple(colour) for colour in self._data["colours"]]
        for name, (x, y), colour in zip(self._data["names"], self._data["places"], colours, strict=True):
            plane.plot(x, y, "o", color=colour, markersize=9)
            plane.text(1.4 * x, 1.25 * y, name, ha="center", va="center")
        plane.plot([0, self.x], [0, self.y], color="0.7")
        plane.plot(self.x, self.y, "o", markersize=12, color=tuple(self.answer.tolist()), markeredgecolor="black")
        plane.set(xlim=(-1.8, 1.8), ylim=(-1.6, 1.6), aspect="equal")
        plane.set_axis_off()
        chart.barh(self._data["names"], self.weights.numpy(), color=colours)
        chart.set(xlim=(0, 1), xlabel="attention weight", title=f"temperature {self.temperature:.2f}")
        chart.invert_yaxis()
