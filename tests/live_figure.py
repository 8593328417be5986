"""Figures on a page: looked at, moved by hand, and what is drawn by the numbers along its axes."""

import math
import re
from functools import partial
from xml.etree import ElementTree

import matplotlib
import pytest
import torch


def double(numbers):
    return torch.as_tensor(numbers, dtype=torch.float64)


def plain(value):
    """Of a tensor or a number, what JSON can say; None for NaN."""
    if isinstance(value, torch.Tensor):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(each) for each in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def agree(found, expected, tolerance=1e-6):
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(partial(agree, tolerance=tolerance), found, expected))
    return found is expected if expected is None or found is None else abs(found - expected) <= tolerance


def pairs(ones, others):
    return list(zip(ones, others, strict=True))


def written(text, number):
    """Whether a text gives the number, rounded to the digits that it has."""
    return abs(float(text) - number) <= 0.5 * 10 ** -len(text.partition(".")[2]) + 1e-9


def is_one_sentence(text):
    return bool(re.fullmatch(r"[A-Za-z].*[^.]\.", text)) and not re.search(r"[.!?]\s", text)


def words_in(svg):
    return " ".join("".join(text.itertext()) for text in ElementTree.fromstring(svg).iterfind(".//{*}text"))


def figure_of(tab, number=0):
    """The live figure, within sight."""
    figure = tab.locator(".pa-figure").nth(number)
    figure.scroll_into_view_if_needed()
    return figure


# Put every control at a share of its way, and tell the figure as a hand would.
SET = """(figure, shares) => [...figure.querySelectorAll("input, select")].forEach((control, i) => {
  const range = control.type === "range";
  if (range) control.value = Number(control.min) + shares[i] * (control.max - control.min);
  else control.selectedIndex = Math.min(Math.floor(shares[i] * control.length), control.length - 1);
  control.dispatchEvent(new Event(range ? "input" : "change", { bubbles: true }));
})"""


LOOK = """(figure) => ({
  dataset: { ...figure.dataset },
  sentence: figure.querySelector(".pa-seen").textContent,
  spoken: figure.querySelector("[role=status]").textContent,
  controls: [...figure.querySelectorAll("input, select")].map((control) => ({
    label: control.labels[0].firstChild.textContent,
    value: control.value,
    ...Object.fromEntries(["min", "max", "step"].map((name) => [name, Number(control[name])])),
    text: control.labels[0].querySelector("output")?.textContent,
    spoken: control.getAttribute("aria-valuetext"),
  })),
  bars: [...figure.querySelectorAll(".pa-bars li")].map((bar) => ({
    name: bar.querySelector(".pa-name").textContent,
    number: bar.querySelector(".pa-number").textContent,
    share: bar.querySelector(".pa-fill").getBoundingClientRect().width
      / bar.querySelector(".pa-track").getBoundingClientRect().width,
  })),
  limits: [...figure.querySelectorAll(".pa-bar + .pa-caption")].map((caption) => caption.textContent),
  answer: figure.querySelector(".pa-swatch > :last-child")?.style.background,
  letters: [...figure.querySelectorAll(".pa-line")].map((line) => [...line.children].map((letter) => ({
    text: letter.textContent,
    ground: letter.style.background,
    pressed: letter.getAttribute("aria-pressed"),
  }))),
})"""


def centre(place, across=0.5, down=0.5):
    box = place.bounding_box()
    return [box["x"] + across * box["width"], box["y"] + down * box["height"]]


def drag_by_mouse(tab, begin, *ways):
    tab.mouse.move(*begin)
    tab.mouse.down()
    for way in ways:
        tab.mouse.move(*way, steps=4)
    tab.mouse.up()


def drag_by_finger(tab, begin, *ways):
    fingers = tab.context.new_cdp_session(tab)

    def touch(kind, *points):
        places = [{"x": x, "y": y} for x, y in points]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", begin)
    for way in ways:
        for share in (0.25, 0.5, 0.75, 1):
            touch("touchMove", [a + share * (b - a) for a, b in zip(begin, way, strict=True)])
        begin = way
    touch("touchEnd")
    fingers.detach()


DRAG = {"mouse": drag_by_mouse, "touch": drag_by_finger}


SCREEN = {"mouse": {}, "touch": {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 844}}}


by_hand_or_finger = pytest.mark.parametrize("hand", ["mouse", "touch"])


def uncovered(points, begins):
    """The first point from a number on that no other lies over."""
    return points.evaluate_all(
        """(points, begins) => points.findIndex((point, i) => {
          if (i < begins) return false;
          point.scrollIntoView({ block: "center" });
          const { left, top, width, height } = point.getBoundingClientRect();
          return document.elementFromPoint(left + width / 2, top + height / 2) === point;
        })""",
        begins,
    )


DRAWN = """(figure) => [...figure.querySelectorAll("svg.pa-plot")].map((plot) => {
  const numbers = (one, ...names) => names.map((name) => Number(one.getAttribute(name)));
  const [across, upwards] = plot.querySelectorAll(".pa-axes line");
  return {
    x: numbers(across, "x1", "x2"),
    y: numbers(upwards, "y1", "y2"),
    paths: [...plot.querySelectorAll("path")].map((path) => path.getAttribute("d").match(/[0-9.-]+/g).map(Number)),
    points: [...plot.querySelectorAll(".pa-point")].map((point) => numbers(point, "cx", "cy", "r")),
    dots: [...plot.querySelectorAll(".pa-answer")].map((dot) => numbers(dot, "cx", "cy")),
    lines: [...plot.querySelectorAll(".pa-asked")].map((line) => numbers(line, "x1", "x2")),
  };
})"""


class Plot:
    """What is drawn in a plot, by the numbers along its axes; `close` is a pixel, in these."""

    def __init__(self, drawn, x, y):
        self.drawn, self.x, self.y = drawn, x, y
        self.close = [
            abs((high - low) / (drawn[axis][1] - drawn[axis][0]))
            for axis, (low, high) in zip("xy", (x, y), strict=True)
        ]

    def at(self, across, upwards):
        return [
            low + (high - low) * (place - begin) / (end - begin)
            for place, (low, high), (begin, end) in zip(
                (across, upwards), (self.x, self.y), (self.drawn["x"], self.drawn["y"]), strict=True
            )
        ]

    def path(self, number):
        numbers = self.drawn["paths"][number]
        return [self.at(*pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)]

    def holds(self, found, expected):
        return len(found) > 0 and all(
            abs(one - other) <= close
            for pair in pairs(found, expected)
            for one, other, close in zip(*pair, self.close, strict=True)
        )


def reds(share):
    return [round(255 * channel) for channel in matplotlib.colormaps["Reds"](share)[:3]]


def pixels(canvas):
    return canvas.evaluate(
        """(canvas) => {
          const pen = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
          pen.drawImage(canvas, 0, 0);
          return [...pen.getImageData(0, 0, canvas.width, canvas.height).data];
        }"""
    )


# The contrast of each text of a figure with what lies behind it, as drawn: colours are painted to be read.
CONTRASTS = """(figure) => {
  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const painted = (colours) => {
    pen.clearRect(0, 0, 1, 1);
    for (const colour of colours) { pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return [...figure.querySelectorAll("*")]
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
    .filter((one) => one.checkVisibility() && !one.matches("option, .pa-spoken"))
    .map((one) => {
      const grounds = [];
      for (let around = one; around; around = around.parentElement) {
        grounds.unshift(getComputedStyle(around).backgroundColor);
      }
      const style = getComputedStyle(one);
      const ink = one instanceof SVGElement ? style.fill : style.color;
      const lights = [grounds, [...grounds, ink]].map(painted).map(light);
      return [one.textContent, (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05)];
    });
}"""


def names_the_best(data, shown, look, numbers):
    """Whether the bars have the names of the data, and the sentence those of the largest weight."""
    assert [bar["name"] for bar in look["bars"]] == data["names"]
    best = [each for each in data["names"] if each in look["sentence"]]
    assert len(best) == len(numbers)
    assert all(shown["weights"][data["names"].index(each)] == max(shown["weights"]) for each in best)
