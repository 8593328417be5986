"""The pictures that the book looks at, drawn by code so that every number about them can be computed.

Taught in chapter 01, *Attention cues*. A scene is an image and the things in it; each thing has a place in the image,
a key (what can be seen of it from a distance) and a value (what it gives to whoever looks at it).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

INKS = {"black": (38, 36, 40), "red": (196, 40, 36), "green": (52, 132, 62), "white": (246, 244, 238)}
WALL, BOARD, DESK, LINES = (233, 227, 214), (176, 158, 134), (196, 182, 160), (150, 148, 144)

# Drawn four times too large and then reduced, which smooths the edges of round and slanted things.
_OVERSAMPLING = 4


@dataclass(frozen=True)
class Item:
    """One thing in a scene.

    ``box`` is ``(top, left, bottom, right)`` in pixels, the last two exclusive. ``key`` and ``value`` are tuples of
    numbers, named by the scene's ``key_names`` and ``value_names``.
    """

    name: str
    colour: str
    box: tuple[int, int, int, int]
    key: tuple[float, ...]
    value: tuple[float, ...]


@dataclass(frozen=True)
class Scene:
    """An image, shape (3, height, width) with values from 0 to 1, and the things in it."""

    image: torch.Tensor
    items: tuple[Item, ...]
    key_names: tuple[str, ...]
    value_names: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        return [item.name for item in self.items]

    @property
    def boxes(self) -> list[tuple[int, int, int, int]]:
        return [item.box for item in self.items]

    @property
    def keys(self) -> torch.Tensor:
        """Shape (items, features)."""
        return torch.tensor([item.key for item in self.items])

    @property
    def values(self) -> torch.Tensor:
        """Shape (items, contents)."""
        return torch.tensor([item.value for item in self.items])


class _Canvas:
    """A Pillow drawing whose coordinates are pixels of the finished image. Boxes alone need no finer grid than that."""

    def __init__(self, height, width, background, grid=_OVERSAMPLING):
        self.size, self.grid = (width, height), grid
        self.picture = Image.new("RGB", (width * grid, height * grid), background)
        self.draw = ImageDraw.Draw(self.picture)

    def _scaled(self, points):
        return [(x * self.grid, y * self.grid) for x, y in points]

    def box(self, box, fill):
        top, left, bottom, right = box
        corners = self._scaled([(left, top), (right, bottom)])
        self.draw.rectangle([corners[0], (corners[1][0] - 1, corners[1][1] - 1)], fill=fill)

    def ellipse(self, box, fill):
        top, left, bottom, right = box
        corners = self._scaled([(left, top), (right, bottom)])
        self.draw.ellipse([corners[0], (corners[1][0] - 1, corners[1][1] - 1)], fill=fill)

    def spine_text(self, text, box, size, fill):
        """Text that reads downwards, centred in the box."""
        font = ImageFont.load_default(size * self.grid)
        left, top, right, bottom = font.getbbox(text)
        label = Image.new("L", (right - left, bottom - top))
        ImageDraw.Draw(label).text((-left, -top), text, fill=255, font=font)
        label = label.rotate(-90, expand=True)
        centre_y, centre_x = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        corner = (round(centre_x * self.grid - label.width / 2), round(centre_y * self.grid - label.height / 2))
        self.picture.paste(fill, corner, label)

    def image(self):
        """Shape (3, height, width), values from 0 to 1."""
        small = self.picture.resize(self.size, Image.Resampling.BOX)
        return torch.from_numpy(np.asarray(small).copy()).permute(2, 0, 1) / 255


# title, width and height in pixels, key (red, tall, numbers, pictures; the first is filled in from the colour), value
_BOOKS = (
    ("Atlas", 42, 150, (1.0, 0.1, 1.0), (20.0, 5.0, 120.0)),
    ("Probability", 38, 132, (0.4, 1.0, 0.1), (90.0, 110.0, 10.0)),
    ("Poems", 36, 124, (0.2, 0.0, 0.2), (96.0, 0.0, 12.0)),
    ("Bread", 40, 138, (0.6, 0.3, 0.8), (60.0, 10.0, 80.0)),
)


def shelf(colours: Sequence[str] = ("black", "black", "red", "black")) -> Scene:
    """Four books on a shelf: the running example of the book.

    ``colours`` names the colour of each book's cover, ``"black"`` or ``"red"``. The image has shape (3, 200, 320).
    A key holds (red, tall, numbers, pictures): what the cover tells. A value holds pages of (words, formulas,
    pictures): what the reader gets.

    Raises ``ValueError`` for another number of colours, or a colour that is not known.
    """
    try:
        colours = tuple(colours)
    except TypeError:
        raise TypeError(f"colours needs a list of four colours, not {type(colours).__name__}") from None
    if len(colours) != len(_BOOKS):
        raise ValueError(f"a shelf needs {len(_BOOKS)} colours, one for each book, but {len(colours)} came")
    for colour in colours:
        if not isinstance(colour, str) or colour not in ("black", "red"):
            raise ValueError(f"a book is 'black' or 'red', not {colour!r}")
    canvas = _Canvas(200, 320, WALL)
    floor = 178
    canvas.box((floor, 0, 200, 320), BOARD)
    items, left = [], 34
    for (title, width, height, cover, pages), colour in zip(_BOOKS, colours, strict=True):
        box = (floor - height, left, floor, left + width)
        canvas.box(box, INKS[colour])
        canvas.spine_text(title, box, 17, WALL)
        items.append(Item(title, colour, box, (float(colour == "red"), *cover), pages))
        left += width + 32
    return Scene(
        canvas.image(), tuple(items), ("red", "tall", "numbers", "pictures"), ("words", "formulas", "pictures")
    )


def desk() -> Scene:
    """Five things on a desk, with a red cup in the middle: the example of the Chinese *Dive into Deep Learning*.

    The image has shape (3, 200, 320). A key holds (red, drinkable, printed, bound). A value holds (minutes to read,
    milligrams of caffeine).
    """
    canvas = _Canvas(200, 320, DESK)
    boxes = {
        "newspaper": (22, 16, 96, 82),
        "paper": (112, 30, 184, 84),
        "cup": (70, 124, 134, 188),
        "notebook": (20, 214, 92, 268),
        "book": (112, 226, 184, 290),
    }
    for name, fill in (("newspaper", (224, 222, 214)), ("paper", INKS["white"])):
        top, left, bottom, right = boxes[name]
        canvas.box(boxes[name], fill)
        for y in range(top + 8, bottom - 6, 6):
            canvas.box((y, left + 7, y + 1, right - 7), LINES)
    top, left, bottom, right = boxes["cup"]
    canvas.box((top + 26, right - 8, top + 38, right), INKS["red"])
    canvas.ellipse((top, left, bottom, right - 6), INKS["red"])
    canvas.ellipse((top + 8, left + 8, bottom - 8, right - 14), (84, 52, 34))
    for name in ("notebook", "book"):
        top, left, bottom, right = boxes[name]
        canvas.box(boxes[name], INKS["black"])
        canvas.box((top, right - 8, bottom, right - 6) if name == "notebook" else (top, left, bottom, left + 4), LINES)
    keys = {
        "newspaper": (0.0, 0.0, 1.0, 0.0),
        "paper": (0.0, 0.0, 1.0, 0.2),
        "cup": (1.0, 1.0, 0.0, 0.0),
        "notebook": (0.0, 0.0, 0.0, 1.0),
        "book": (0.0, 0.0, 1.0, 1.0),
    }
    values = {
        "newspaper": (40.0, 0.0),
        "paper": (90.0, 0.0),
        "cup": (0.0, 80.0),
        "notebook": (15.0, 0.0),
        "book": (600.0, 0.0),
    }
    items = tuple(
        Item(name, "red" if name == "cup" else "plain", boxes[name], keys[name], values[name]) for name in boxes
    )
    return Scene(canvas.image(), items, ("red", "drinkable", "printed", "bound"), ("minutes", "caffeine"))


# The target of each search, and the distractors that it stands among, in turn.
_SEARCHES = {
    "colour": (("red", "vertical"), (("green", "vertical"),)),
    "orientation": (("red", "vertical"), (("red", "horizontal"),)),
    "conjunction": (("red", "vertical"), (("green", "vertical"), ("red", "horizontal"))),
}
_GRID, _CELL = (6, 8), 40


def search_display(items: int, search: str = "colour", seed: int = 0) -> Scene:
    """Bars scattered over a plane, one of which is to be found: searches like those of Treisman and Gelade (1980).

    ``items`` counts all bars, from 2 to 48. The target is a red vertical bar and the first item of the scene. Its
    distractors are green vertical bars in a ``"colour"`` search, red horizontal ones in an ``"orientation"`` search,
    and half of each in a ``"conjunction"`` search. ``seed`` fixes the places. The image has shape (3, 240, 320). A
    key holds (red, green, vertical, horizontal), a value 1 for the target and 0 for a distractor; a box is 24 pixels
    each way, whichever way the bar lies.

    Raises ``ValueError`` for a number of items that does not fit, or a search that is not known.
    """
    if not isinstance(search, str) or search not in _SEARCHES:
        raise ValueError(f"search is one of {', '.join(map(repr, _SEARCHES))}, not {search!r}")
    cells = _GRID[0] * _GRID[1]
    for name, number in (("items", items), ("seed", seed)):
        if not isinstance(number, int):
            raise TypeError(f"{name} needs to be a whole number; {number!r} came")
    if not -(2**63) <= seed < 2**64:
        raise ValueError(f"seed needs to be a number of 64 bits; {seed!r} came")
    if not 2 <= items <= cells:
        raise ValueError(f"a search display holds 2 to {cells} items; {items} came")
    generator = torch.Generator().manual_seed(seed)
    places = torch.randperm(cells, generator=generator)[:items]
    shifts = torch.randint(-4, 5, (items, 2), generator=generator)
    target, distractors = _SEARCHES[search]
    canvas = _Canvas(_GRID[0] * _CELL, _GRID[1] * _CELL, WALL, grid=1)
    bars = []
    for i, (place, shift) in enumerate(zip(places.tolist(), shifts.tolist(), strict=True)):
        colour, tilt = target if i == 0 else distractors[i % len(distractors)]
        y = place // _GRID[1] * _CELL + _CELL // 2 + shift[0]
        x = place % _GRID[1] * _CELL + _CELL // 2 + shift[1]
        tall, wide = (11, 3) if tilt == "vertical" else (3, 11)
        canvas.box((y - tall, x - wide, y + tall, x + wide), INKS[colour])
        key = (colour == "red", colour == "green", tilt == "vertical", tilt == "horizontal")
        name = f"{colour} {tilt}"
        bars.append(Item(name, colour, (y - 12, x - 12, y + 12, x + 12), tuple(map(float, key)), (float(i == 0),)))
    return Scene(canvas.image(), tuple(bars), ("red", "green", "vertical", "horizontal"), ("is the target",))
