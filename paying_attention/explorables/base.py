"""What all interactive figures share: their scripts, a still of themselves, numbers that are checked."""

import inspect
import io
import warnings
from pathlib import Path

import anywidget
import matplotlib.pyplot as plt
import traitlets

from paying_attention.language import chinese_is_spoken, script_in_chinese
from paying_attention.style import book_style

HERE = Path(__file__).parent


class Number(traitlets.Float):
    """A number between two limits, both allowed, that the figure in the browser shares."""

    def __init__(self, default, low, high):
        super().__init__(default)
        self.low, self.high = low, high
        self.tag(sync=True)

    def validate(self, obj, value):
        number = super().validate(obj, value)
        if not self.low <= number <= self.high:
            raise traitlets.TraitError(f"{self.name} needs to be from {self.low:g} to {self.high:g}; {value!r} came")
        return number


class Index(Number):
    """A whole number from 0 up to the last of the things that the figure's data count, or list, under a name."""

    def __init__(self, count):
        super().__init__(0, 0, None)
        self.count = count

    def validate(self, obj, value):
        count = obj._data.get(self.count, 1)
        top = (count if isinstance(count, int) else len(count)) - 1
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= top:
            raise traitlets.TraitError(f"{self.name} needs to be a whole number from 0 to {top}; {value!r} came")
        return value


class Choice(traitlets.Enum):
    """One of several words that the figure in the browser shares."""

    def __init__(self, *words):
        super().__init__(words, default_value=words[0])
        self.tag(sync=True)

    def validate(self, obj, value):
        if value not in self.values:
            raise traitlets.TraitError(f"{self.name} is one of {', '.join(map(repr, self.values))}; {value!r} came")
        return value


class Explorable(anywidget.AnyWidget):
    """An interactive figure: a Python class and a script of the same name beside it.

    The script computes in the browser, so the figure lives on a page without a kernel. Where a kernel runs, both share
    the state: set an attribute and the figure moves; move the figure and the attribute changes. Values out of range
    raise ``traitlets.TraitError``, which says what came and what was expected.
    """

    # Of the still, in inches, at a width of 7: as high as the live figure, so that nothing moves when that arrives.
    height = 3.0
    # All that does not move: what the script draws and computes with.
    _data = traitlets.Dict().tag(sync=True)
    # What the script needs only when a reader asks for it. In a notebook it is at hand; a page fetches it then.
    _later = traitlets.Dict().tag(sync=True)

    def __init_subclass__(cls, **options):
        if "_esm" not in vars(cls):  # traitlets makes a subclass of its own for each figure, which has them already
            own = Path(inspect.getfile(cls)).with_suffix(".js")
            cls._esm = "\n".join(path.read_text("utf-8") for path in (HERE / "common.js", own))
            if chinese_is_spoken():
                cls._esm = script_in_chinese(cls._esm, own.stem)
            cls._css = (HERE / "common.css").read_text("utf-8")
        super().__init_subclass__(**options)

    def draw_still(self, figure):
        """Draw the figure as it stands on a matplotlib figure, 7 inches wide and ``height`` high."""
        raise NotImplementedError

    def still(self) -> str:
        """An SVG of the figure as it stands, for paper and for readers without a script."""
        with book_style(), warnings.catch_warnings():
            # The text of an SVG is drawn with fonts of the machine that shows it; matplotlib would warn of its own.
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            figure = plt.figure(figsize=(7, self.height))
            self.draw_still(figure)
            file = io.StringIO()
            figure.savefig(file, format="svg", metadata={"Date": None})
            plt.close(figure)
        return file.getvalue()

    def _repr_mimebundle_(self, **options):
        # A widget where there is one to be had; its still beside it for whoever shows the other.
        shown = super()._repr_mimebundle_(**options)
        data, metadata = shown if isinstance(shown, tuple) else (shown, {})
        return {**data, "image/svg+xml": self.still()}, metadata
