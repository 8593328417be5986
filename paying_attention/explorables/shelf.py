"""The shelf of chapter 01, with a task."""

import base64
import io

import matplotlib.pyplot as plt
import numpy as np
import torch
from PIL import Image

from paying_attention.explorables.base import Choice, Explorable, Number
from paying_attention.salience import salience_map, salience_shares
from paying_attention.scenes import shelf

SCENE = shelf()
WANTED = {"nothing in particular": None, "numbers": "numbers", "pictures": "pictures", "something tall": "tall"}


class Shelf(Explorable):
    """Four books; salience and a task compete for the gaze. Chapter 01 teaches what it computes.

    ``task`` is what is looked for, ``strength`` (0 to 6) how much, ``salience`` (0 to 2) how much salience counts.
    """

    height = 3.92
    task = Choice(*WANTED)
    strength = Number(4.0, 0.0, 6.0)
    salience = Number(1.0, 0.0, 2.0)

    def __init__(self, **state):
        shares = salience_shares(salience_map(SCENE.image), SCENE.boxes)
        pixels = (SCENE.image.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG", optimize=True)
        tasks = {
            task: SCENE.keys[:, SCENE.key_names.index(feature)].tolist() if feature else [0.0] * len(SCENE.items)
            for task, feature in WANTED.items()
        }
        data = {
            "image": f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}",
            "width": pixels.shape[1],
            "height": pixels.shape[0],
            "names": SCENE.names,
            "boxes": SCENE.boxes,
            "shares": shares.tolist(),
            "tasks": tasks,
        }
        super().__init__(_data=data, **state)

    @property
    def weights(self) -> torch.Tensor:
        """The weight of each book: shape (books,)."""
        bias = torch.tensor(self._data["shares"], dtype=torch.float64).log()
        match = torch.tensor(self._data["tasks"][self.task], dtype=torch.float64)
        return torch.softmax(self.salience * bias + self.strength * match, dim=0)

    def draw_still(self, figure):
        picture, chart = figure.subplots(1, 2, width_ratios=(3, 2))
        largest = self.weights.max().item()
        picture.imshow(SCENE.image.permute(1, 2, 0).numpy())
        for (top, left, bottom, right), weight in zip(SCENE.boxes, self.weights.tolist(), strict=True):
            place = (left, top), right - left, bottom - top
            picture.add_patch(plt.Rectangle(*place, color="#e9e3d6", alpha=0.8 * (1 - weight / largest), linewidth=0))
        top, left, bottom, right = SCENE.boxes[int(self.weights.argmax())]
        if largest - self.weights.min().item() > 1e-9:  # all alike: the gaze rests nowhere in particular
            picture.plot((left + right) / 2, (top + bottom) / 2, "o", markersize=24, fillstyle="none", color="#0072B2")
        picture.set_axis_off()
        bars = chart.barh(SCENE.names, self.weights.numpy(), color="#D55E00")
        chart.bar_label(bars, fmt="%.2f", padding=3)
        chart.set(xlim=(0, 1.15), xlabel="attention weight", title=f"You look for {self.task}")
        chart.invert_yaxis()
