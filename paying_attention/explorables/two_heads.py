"""One head or two that look back along a line of numbers, for chapter 08."""

import torch

from paying_attention.explorables.base import Choice, Explorable, Index, Number
from paying_attention.heads import causal_mask

NUMBERS = [0.6, -1.1, 1.4, 0.3, -0.8, 1.7, -0.4, -1.5, 0.9, 1.2, -0.2, 0.7]
FIRST = 5  # the first place that has a number five back
ASKED = torch.arange(FIRST, len(NUMBERS))


class TwoHeads(Explorable):
    """Heads whose weights depend on places alone, asked for the number one back minus the number five back.

    ``heads`` is ``"one"`` or ``"two"``. Of each head ``back_1`` and ``back_2`` (0 to 10) say how far back it looks,
    ``sharpness_1`` and ``sharpness_2`` (0 to 10) how sharply, ``sign_1`` and ``sign_2`` (``"plus"`` or ``"minus"``)
    whether its mean is added or taken away. A head scores a key by minus its sharpness times how far the key lies from
    where it looks. Chapter 08 teaches it.
    """

    height = 6.8

    heads = Choice("one", "two")
    back_1 = Index("reach")
    sharpness_1 = Number(1.0, 0, 10)
    sign_1 = Choice("plus", "minus")
    back_2 = Index("reach")
    sharpness_2 = Number(1.0, 0, 10)
    sign_2 = Choice("plus", "minus")

    def __init__(self, **state):
        state.setdefault("back_1", 3)
        state.setdefault("back_2", 3)
        super().__init__(_data={"numbers": NUMBERS, "first": FIRST, "reach": 11}, **state)

    @property
    def weights(self) -> torch.Tensor:
        """The weights of both heads, in use or not: shape (2, queries, keys)."""
        n = len(NUMBERS)
        back = torch.arange(n, dtype=torch.float64)[:, None] - torch.arange(n)
        looks = (self.back_1, self.sharpness_1), (self.back_2, self.sharpness_2)
        scores = torch.stack([-sharpness * (back - place).abs() for place, sharpness in looks])
        return torch.softmax(scores.masked_fill(~causal_mask(n), -torch.inf), dim=-1)

    @property
    def mean(self) -> torch.Tensor:
        """The mean of the maps in use: shape (queries, keys)."""
        return self._in_use(self.weights).mean(dim=0)

    def _in_use(self, of_each):
        return of_each if self.heads == "two" else of_each[:1]

    @property
    def _signed(self):
        signs = torch.tensor([1.0 if sign == "plus" else -1.0 for sign in (self.sign_1, self.sign_2)]).double()
        return self._in_use(signs[:, None, None] * self.weights).sum(dim=0)  # (queries, keys)

    @property
    def answers(self) -> torch.Tensor:
        """What the heads return together at each place: shape (queries,)."""
        return self._signed @ torch.tensor(NUMBERS, dtype=torch.float64)

    @property
    def error(self) -> float:
        """The squared error to expect for independent numbers of variance 1: the mean over places from 5 on."""
        wanted = torch.zeros(len(NUMBERS), len(NUMBERS), dtype=torch.float64)
        wanted[ASKED, ASKED - 1], wanted[ASKED, ASKED - 5] = 1.0, -1.0
        return float((self._signed - wanted)[FIRST:].pow(2).sum(dim=1).mean())

    def draw_still(self, figure):
        grid = figure.add_gridspec(2, 3, height_ratios=(1, 1.1))
        second = self.sign_2 if self.heads == "two" else "off"
        titles = [f"head 1, {self.sign_1}", f"head 2, {second}", "mean map"]
        for i, (matrix, title) in enumerate(zip([*self.weights, self.mean], titles, strict=True)):
            ax = figure.add_subplot(grid[0, i])
            ax.imshow(matrix.numpy(), cmap="Reds", vmin=0, vmax=1, interpolation="none")
            ax.set(title=title, xlabel="Keys", ylabel="Queries" if i == 0 else "")
        ax = figure.add_subplot(grid[1, :])
        numbers = torch.tensor(NUMBERS)
        ax.plot(ASKED.numpy(), (numbers[ASKED - 1] - numbers[ASKED - 5]).numpy(), "o", color="0.3", label="asked for")
        ax.plot(ASKED.numpy(), self.answers[FIRST:].numpy(), color="#D55E00", label="returned")
        ax.set(xlabel="place", ylabel="number", ylim=(-4, 4), title=f"error {self.error:.2f}")
        ax.legend()
