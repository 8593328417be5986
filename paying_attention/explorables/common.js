// What all interactive figures share; the Python class puts it in front of each figure's own script.

// What a figure says: a sentence with its parts, and what a thing of its data is called. Where Chinese is spoken,
// language.py puts others in these two lines.
const say = String.raw;
const called = (english) => english;

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and children. A function among the attributes listens to the event of that name. */
function make(tag, attributes = {}, ...children) {
  const element = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  set(element, attributes);
  element.append(...children);
  return element;
}
const SVG_TAGS = new Set(["svg", "g", "rect", "circle", "line", "path", "text", "image", "title"]);

/** Set attributes; a value of null leaves the attribute out. */
function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === null) element.removeAttribute(name);
    else element.setAttribute(name, value);
  }
  return element;
}

/** Attention weights from scores: positive, with a sum of 1. A score of -Infinity gives 0. */
function softmax(scores) {
  const largest = Math.max(...scores);
  const exponentials = scores.map((score) => Math.exp(score - largest));
  const sum = exponentials.reduce((one, other) => one + other, 0);
  return exponentials.map((exponential) => exponential / sum);
}

/** The mean of values, weighted. */
const pool = (weights, values) => weights.reduce((sum, weight, i) => sum + weight * values[i], 0);

const clamp = (number, low, high) => Math.min(Math.max(number, low), high);

/** The colour of a number from 0 to 1 in matplotlib's map "Reds". */
function reds(share) {
  const at = clamp(share, 0, 1) * (REDS.length - 1);
  const i = Math.min(Math.floor(at), REDS.length - 2);
  return `rgb(${REDS[i].map((low, channel) => Math.round(low + (at - i) * (REDS[i + 1][channel] - low))).join(" ")})`;
}
const REDS = [
  [255, 245, 240], [254, 224, 210], [252, 187, 161], [252, 146, 114], [251, 106, 74],
  [239, 59, 44], [203, 24, 29], [165, 15, 21], [103, 0, 13],
];

/**
 * The frame of a figure: a stage to draw on, controls, one sentence that says how things stand, a reset.
 *
 * `traits` are the parts of the state that move. `update` draws the state and returns the sentence; it is called at
 * every change, whether by hand or from Python. `limits` says of parts that no control moves what they can be; of the
 * others their controls know. A reset also calls `forget`, for what is not of the state, such as a text that was refused.
 * Returns what takes everything down again.
 */
function frame({ model, el, title, traits, stage, controls, update, limits = {}, forget = () => {} }) {
  const begin = Object.fromEntries(traits.map((trait) => [trait, model.get(trait)]));
  // Seen at once, and spoken by screen readers when the hand has come to rest.
  const seen = make("p", { class: "pa-seen", "aria-hidden": "true" });
  const spoken = make("p", { class: "pa-spoken", role: "status" });
  let rest;
  const refresh = () => {
    seen.textContent = update();
    clearTimeout(rest);
    rest = setTimeout(() => (spoken.textContent = seen.textContent), 400);
  };
  const reset = make(
    "button",
    {
      type: "button",
      click: () => {
        for (const trait of traits) model.set(trait, begin[trait]);
        model.save_changes();
        forget();
      },
    },
    say`Reset`,
  );
  const root = make(
    "div",
    {
      class: "pa-figure",
      role: "group",
      "aria-label": title,
      // JupyterLab takes plain keys for itself: an arrow leaves the cell, a "d" typed twice deletes it.
      keydown: (event) => event.ctrlKey || event.altKey || event.metaKey || event.stopPropagation(),
    },
    make("div", { class: "pa-stage" }, ...stage),
    make("div", { class: "pa-hand" }, make("div", { class: "pa-controls" }, ...controls, reset), seen),
    spoken,
  );
  // For whoever wants to set the state from a text, such as an address.
  root.limits = Object.assign({}, ...controls.map((control) => control.limits), limits);
  // For a figure that gets something late.
  root.refresh = () => {
    for (const control of controls) control.show?.();
    refresh();
  };
  el.append(root);
  for (const trait of traits) model.on(`change:${trait}`, refresh);
  refresh(); // before it is watched: a figure that cannot be drawn is not drawn again
  const resized = new ResizeObserver(refresh);
  resized.observe(root);
  return () => {
    clearTimeout(rest);
    resized.disconnect();
    for (const trait of traits) model.off(`change:${trait}`, refresh);
  };
}

/** Change a part of the state, for the figure and for Python. */
function change(model, trait, value) {
  model.set(trait, value);
  model.save_changes();
}

/** What Python has put aside until a reader asks for it. In a notebook it is at hand; a page fetches it. */
const later = async (model) => {
  const put = model.get("_later");
  return typeof put === "string" ? model.fetch(put) : put;
};

/** What a text needs to be to stand for a number: `read` gives undefined for any other. */
const numberWithin = (low, high, whole = false) => ({
  expected: whole ? say`a whole number from ${low} to ${high}` : say`a number from ${low} to ${high}`,
  read: (text) => {
    const number = text.trim() ? Number(text) : NaN;
    return number >= low && number <= high && (!whole || Number.isInteger(number)) ? number : undefined;
  },
});

/**
 * A slider for a number; with `log`, in 200 steps that multiply it equally. `write` turns the number into text, `speak`
 * into what a screen reader says, which may depend on the traits in `also`.
 */
function slider(model, { trait, label, low, high, step, log = false, write = (number) => number.toFixed(2), speak = write, also = [] }) {
  // Steps are counted: as fractions they would not add up to the end, and the End key would stop short of it.
  const [begin, end] = log ? [0, 200] : [low, high];
  const into = log ? (number) => (end * Math.log(number / low)) / Math.log(high / low) : (number) => number;
  const outOf = log ? (place) => low * (high / low) ** (place / end) : (number) => number;
  // Spoken with the slider, as its text; by itself an output would speak at every step.
  const output = make("output", { "aria-hidden": "true" });
  let before;
  const input = make("input", {
    type: "range",
    min: begin,
    max: end,
    step: log ? 1 : step,
    // A browser moves the handle where a finger comes down, before it knows that the finger means to scroll.
    pointerdown: () => (before = model.get(trait)),
    pointercancel: () => change(model, trait, before),
    input: () => change(model, trait, clamp(outOf(Number(input.value)), low, high)),
  });
  const show = () => {
    input.value = into(model.get(trait));
    output.textContent = write(model.get(trait));
    input.setAttribute("aria-valuetext", speak(model.get(trait)));
  };
  for (const each of [trait, ...also]) model.on(`change:${each}`, show);
  show();
  // The input comes first: a label names the first of its controls, and an output is one.
  const control = make("label", { class: "pa-control" }, make("span", {}, label), input, output);
  return Object.assign(control, { show, limits: { [trait]: numberWithin(low, high, step === 1) } });
}

/** A choice among words. */
function choice(model, { trait, label, words }) {
  const select = make(
    "select",
    { change: () => change(model, trait, select.value) },
    ...words.map((word) => make("option", { value: word }, called(word))),
  );
  const show = () => (select.value = model.get(trait));
  model.on(`change:${trait}`, show);
  show();
  const control = make("label", { class: "pa-control" }, make("span", {}, label), select);
  control.limits = {
    [trait]: {
      expected: say`one of ${words.join(", ")}`,
      read: (text) => (words.includes(text) ? text : undefined),
    },
  };
  return control;
}

/** A bar and a number for each name. `show(weights)` sets them. */
function bars(names, colours = []) {
  const rows = names.map((name, i) => {
    const fill = make("span", { class: "pa-fill", style: colours[i] ? `background:${colours[i]}` : null });
    const number = make("span", { class: "pa-number" });
    const row = make("li", {}, make("span", { class: "pa-name" }, name), make("span", { class: "pa-track" }, fill), number);
    return { row, fill, number };
  });
  return {
    element: make("ul", { class: "pa-bars" }, ...rows.map(({ row }) => row)),
    show: (weights) =>
      weights.forEach((weight, i) => {
        rows[i].fill.style.width = `${100 * weight}%`;
        rows[i].number.textContent = weight.toFixed(2);
      }),
  };
}

/**
 * Let a handle be dragged: `move(x, y)` gets the place within the picture, from 0 to 1. Mouse and pen drag at once; a
 * finger that has held the handle or tapped it before. Any other swipe that begins here is the page's.
 */
function draggable(picture, handle, move) {
  const follow = (at) => {
    const box = picture.getBoundingClientRect();
    move(clamp((at.clientX - box.left) / box.width, 0, 1), clamp((at.clientY - box.top) / box.height, 0, 1));
  };
  const taken = () => handle.classList.contains("pa-taken");
  const take = () => {
    for (const other of picture.querySelectorAll(".pa-taken")) other.classList.remove("pa-taken");
    handle.classList.add("pa-taken");
  };
  let begin, wait;
  set(handle, {
    pointerdown: (event) => {
      if (event.pointerType === "touch") return;
      handle.setPointerCapture(event.pointerId);
      event.preventDefault();
      follow(event);
    },
    pointermove: (event) => handle.hasPointerCapture(event.pointerId) && event.pointerType !== "touch" && follow(event),
    // The page scrolls unless a finger's first move is held back, which only these events can do.
    touchstart: (event) => {
      begin = { ...place(event), drags: taken(), still: true };
      if (!begin.drags) wait = setTimeout(() => (take(), (begin.drags = true)), 400);
    },
    touchmove: (event) => {
      const at = place(event);
      begin.still &&= Math.hypot(at.clientX - begin.clientX, at.clientY - begin.clientY) < 8;
      if (!begin.still) clearTimeout(wait);
      if (!begin.drags || !event.cancelable) return;
      event.preventDefault();
      follow(at);
    },
    touchend: () => {
      clearTimeout(wait);
      if (begin.still) take();
    },
    touchcancel: () => clearTimeout(wait),
    contextmenu: (event) => event.preventDefault(), // where a finger holds
  });
  picture.addEventListener("touchstart", ({ target }) => target !== handle && handle.classList.remove("pa-taken"), { passive: true });
  handle.classList.add("pa-handle");
}
const place = (event) => ({ clientX: event.touches[0].clientX, clientY: event.touches[0].clientY });

/**
 * Let places of a picture be pointed at: by a mouse or pen that goes over them, by a tap, by a finger that moves
 * sideways. A swipe up or down stays the page's.
 */
function pointable(picture, point) {
  let begin, along;
  set(picture, {
    pointerdown: (event) => {
      [begin, along] = [event, event.pointerType !== "touch"];
      if (along) point(event);
    },
    pointermove: (event) => {
      along ||= event.pointerType !== "touch";
      const across = begin ? Math.abs(event.clientX - begin.clientX) : 0;
      along ||= across > 6 && across > Math.abs(event.clientY - begin.clientY);
      if (along) point(event);
    },
    click: point,
  });
  picture.classList.add("pa-pointable");
}

/**
 * Axes for a plot as wide as its box: `x` and `y` turn numbers into pixels; `resize` fits them to the width and says
 * whether that has changed. A tick is a number, or a number and what is written there.
 */
function axes({ height, x: [left, right], y: [bottom, top], xlabel, ylabel, xticks, yticks }) {
  const margin = { left: 44, right: 10, top: 8, bottom: 36 };
  const [across, upwards] = [right - left || 1, top - bottom || 1];
  const lines = make("g", { class: "pa-axes" });
  const content = make("g");
  const picture = make("svg", { height, class: "pa-plot", "aria-hidden": "true" }, lines, content);
  const named = (ticks) => ticks.map((tick) => (Array.isArray(tick) ? tick : [tick, String(tick)]));
  const plot = {
    picture,
    content,
    width: 0,
    x: (number) => margin.left + ((number - left) / across) * (plot.width - margin.left - margin.right),
    y: (number) => height - margin.bottom - ((number - bottom) / upwards) * (height - margin.top - margin.bottom),
    valueX: (share) => left + ((share * plot.width - margin.left) / (plot.width - margin.left - margin.right)) * (right - left),
    valueY: (share) => bottom + ((height * (1 - share) - margin.bottom) / (height - margin.top - margin.bottom)) * (top - bottom),
    resize: () => {
      const width = Math.round(picture.parentElement.clientWidth);
      if (width === plot.width || !width) return false;
      plot.width = width;
      set(picture, { width, viewBox: `0 0 ${width} ${height}` });
      lines.replaceChildren(
        make("line", { x1: plot.x(left), x2: plot.x(right), y1: plot.y(bottom), y2: plot.y(bottom) }),
        make("line", { x1: plot.x(left), x2: plot.x(left), y1: plot.y(bottom), y2: plot.y(top) }),
        ...named(xticks).map(([at, name]) => make("text", { x: plot.x(at), y: plot.y(bottom) + 14, "text-anchor": "middle" }, name)),
        ...named(yticks).map(([at, name]) => make("text", { x: plot.x(left) - 5, y: plot.y(at) + 4, "text-anchor": "end" }, name)),
        make("text", { x: (plot.x(left) + plot.x(right)) / 2, y: height - 5, "text-anchor": "middle" }, xlabel),
        make(
          "text",
          { transform: `translate(11 ${(plot.y(bottom) + plot.y(top)) / 2}) rotate(-90)`, "text-anchor": "middle" },
          ylabel,
        ),
      );
      return true;
    },
  };
  return plot;
}

/** A line through points. */
const path = (xs, ys) => xs.map((x, i) => `${i ? "L" : "M"}${x.toFixed(1)} ${ys[i].toFixed(1)}`).join("");
