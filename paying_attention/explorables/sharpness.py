"""Random dot products and how sharp their softmax is, for chapter 06."""

import torch

from paying_attention.explorables.base import Choice, Explorable, Index

DIMENSIONS = [2**power for power in range(11)]
DRAWS, KEYS = 8, 16


class Sharpness(Explorable):
    """Sixteen random keys and a random query: the weights, by the number of features. Chapter 06 teaches it.

    ``power`` (0 to 10) is the number of features as a power of 2, ``draw`` (0 to 7) which random numbers,
    ``divide`` what scores are divided by, ``"nothing"`` or ``"the root of d"``.
    """

    height = 5.6

    power = Index("dimensions")
    draw = Index("scores")
    divide = Choice("nothing", "the root of d")

    def __init__(self, **state):
        generator = torch.Generator().manual_seed(0)
        queries = torch.randn(DRAWS, 1, DIMENSIONS[-1], generator=generator, dtype=torch.float64)
        keys = torch.randn(DRAWS, KEYS, DIMENSIONS[-1], generator=generator, dtype=torch.float64)
        products = (queries * keys).cumsum(-1)  # (draws, keys, features): the score after so many features
        scores = [[products[draw, :, d - 1].tolist() for d in DIMENSIONS] for draw in range(DRAWS)]
        state.setdefault("power", 6)
        super().__init__(_data={"scores": scores, "dimensions": DIMENSIONS}, **state)

    def _weights(self, power, scaled):
        scores = torch.tensor(self._data["scores"][self.draw][power], dtype=torch.float64)
        return torch.softmax(scores / (DIMENSIONS[power] ** 0.5 if scaled else 1.0), dim=0)

    @property
    def weights(self) -> torch.Tensor:
        """The weight of each key: shape (keys,)."""
        return self._weights(self.power, self.divide == "the root of d")

    def draw_still(self, figure):
        curve, chart = figure.subplots(1, 2)
        for scaled, name in ((False, "as it is"), (True, "divided by √d")):
            largest = [self._weights(power, scaled).max().item() for power in range(len(DIMENSIONS))]
            curve.semilogx(DIMENSIONS, largest, base=2, label=name)
        curve.plot(DIMENSIONS[self.power], self.weights.max().item(), "o", color="#0072B2")
        curve.set(xlabel="number of features d", ylabel="largest weight", ylim=(0, 1.05))
        curve.legend()
        chart.barh([f"key {i}" for i in range(KEYS)], self.weights.numpy(), color="#D55E00")
        chart.set(xlim=(0, 1), xlabel="attention weight")
        chart.invert_yaxis()
