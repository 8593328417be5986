"""Heatmaps to be read cell by cell, for chapter 03."""

import torch

from paying_attention.explorables.base import Choice, Explorable, Index
from paying_attention.heatmaps import _as_panels
from paying_attention.inputs import as_list


class HeatmapReader(Explorable):
    """Panels of attention weights to point at: which query, which key, which weight, what the row sums to.

    ``matrices`` has shape (panels, queries, keys), ``titles`` one entry for each panel. ``panel``, ``query`` and
    ``key`` say where one looks; ``scale`` is ``"shared"`` or ``"panel"``. Raises what ``show_heatmaps`` raises.
    """

    height = 4.74
    panel = Index("panels")
    query = Index("queries")
    key = Index("keys")
    scale = Choice("shared", "panel")

    def __init__(self, matrices, titles, **state):
        rows = _as_panels(matrices)  # (1, panels, queries, keys)
        if len(rows) > 1:
            raise ValueError(f"matrices need one row of panels; {len(rows)} rows came")
        panels = rows[0]
        titles = as_list("titles", () if titles is None else titles, len(panels), "panel")
        if panels.min() < 0:
            raise ValueError(f"weights are not negative; the smallest that came is {panels.min():.3g}")
        data = {
            "matrices": panels.tolist(),
            "titles": titles,
            "panels": len(panels),
            "queries": panels.shape[1],
            "keys": panels.shape[2],
        }
        super().__init__(_data=data, **state)

    @property
    def weight(self) -> float:
        """The weight that the chosen query gives to the chosen key."""
        return self._data["matrices"][self.panel][self.query][self.key]

    @property
    def row_sum(self) -> float:
        """What the weights of the chosen query add up to."""
        return float(torch.tensor(self._data["matrices"][self.panel][self.query], dtype=torch.float64).sum())

    def draw_still(self, figure):
        matrices = torch.tensor(self._data["matrices"]).numpy()
        axes = figure.subplots(1, len(matrices), squeeze=False)[0]
        for i, (ax, matrix) in enumerate(zip(axes, matrices, strict=True)):
            top = (matrices.max() if self.scale == "shared" else matrix.max()) or 1
            image = ax.imshow(matrix, cmap="Reds", vmin=0, vmax=top, interpolation="none")
            ax.set(title=self._data["titles"][i], xlabel="Keys", ylabel="Queries")
            figure.colorbar(image, ax=ax, shrink=0.7)
