/** Regression by attention: the data, the answer, the weight of each point, and the error when one is left out. */
const KERNELS = {
  gaussian: (u) => -(u * u) / 2,
  boxcar: (u) => (u <= Math.sqrt(3) ? 0 : -Infinity),
  triangular: (u) => Math.log(Math.max(1 - u / Math.sqrt(6), 0)),
  epanechnikov: (u) => Math.log(Math.max(1 - (u * u) / 5, 0)),
};

function render({ model, el }) {
  const { x, low, high, bottom, top, widths, xlabel, ylabel, xticks, yticks } = model.get("_data");
  const scores = (query, width, kernel) => x.map((key) => KERNELS[kernel](Math.abs(query - key) / width));
  const reached = (list) => list.some((score) => score > -Infinity);

  // The weights with which every point is predicted from all the others, one row after the other; null where a point
  // has no other in reach. Plain loops, for there are widths times points times points of them.
  const withoutItself = (width, kernel) => {
    const n = x.length;
    const score = KERNELS[kernel];
    const weights = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      const [begin, end] = [i * n, (i + 1) * n];
      let largest = -Infinity;
      for (let at = begin; at < end; at++) {
        weights[at] = at === begin + i ? -Infinity : score(Math.abs(x[i] - x[at - begin]) / width);
        if (weights[at] > largest) largest = weights[at];
      }
      if (largest === -Infinity) return null;
      let sum = 0;
      for (let at = begin; at < end; at++) sum += weights[at] = weights[at] === -Infinity ? 0 : Math.exp(weights[at] - largest);
      for (let at = begin; at < end; at++) weights[at] /= sum;
    }
    return weights;
  };
  const meanSquare = (weights, values) => {
    const n = values.length;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      let predicted = 0;
      for (let j = 0; j < n; j++) predicted += weights[i * n + j] * values[j];
      sum += (predicted - values[i]) ** 2;
    }
    return sum / n;
  };
  const known = {}; // by kernel
  let last = {};
  const leaveOneOut = (values, kernel) => {
    if (last.values === values && last.kernel === kernel) return last.errors;
    known[kernel] ??= widths.map((width) => withoutItself(width, kernel));
    last = { values, kernel, errors: known[kernel].map((weights) => weights && meanSquare(weights, values)) };
    return last.errors;
  };

  const plot = axes({ height: 250, x: [low, high], y: [bottom, top], xlabel, ylabel, xticks, yticks });
  const errors = axes({
    height: 130,
    x: [Math.log(widths[0]), Math.log(widths.at(-1))],
    y: [0, 1],
    xlabel: say`width`,
    ylabel: say`left-out error`,
    xticks: [0.05, 0.1, 0.3, 1, 3].map((width) => [Math.log(width), String(width)]),
    yticks: [],
  });
  const curve = make("path", { class: "pa-curve" });
  const asked = make("line", { class: "pa-asked" });
  const answerDot = make("circle", { r: 6, class: "pa-answer" });
  const lift = (i, height) => {
    const values = [...model.get("y")];
    values[i] = clamp(height, bottom, top);
    change(model, "y", values);
  };
  // One of the points can be reached by Tab; from there arrows to the side go on to the next, those up and down move it.
  const inOrder = x.map((_, i) => i).sort((one, other) => x[one] - x[other]);
  const step = (top - bottom) / 50;
  const lifts = { ArrowUp: step, ArrowDown: -step, PageUp: 10 * step, PageDown: -10 * step, Home: bottom - top, End: top - bottom };
  const walk = (i, event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const next = inOrder[inOrder.indexOf(i) + { ArrowLeft: -1, ArrowRight: 1 }[event.key]];
    if (next !== undefined) points[next].focus();
    else if (event.key in lifts) lift(i, model.get("y")[i] + lifts[event.key]);
    else return;
    event.preventDefault();
  };
  const points = x.map((at, i) => {
    const point = make("circle", {
      class: "pa-point",
      tabindex: i === inOrder[0] ? 0 : -1,
      role: "slider",
      "aria-orientation": "vertical",
      "aria-label": say`measurement ${inOrder.indexOf(i) + 1} of ${x.length}, at ${at.toFixed(2)}`,
      "aria-valuemin": bottom,
      "aria-valuemax": top,
      keydown: (event) => walk(i, event),
      focus: () => points.forEach((each) => each.setAttribute("tabindex", each === point ? 0 : -1)),
    });
    draggable(plot.picture, point, (_right, down) => lift(i, plot.valueY(down)));
    return point;
  });
  plot.content.append(curve, asked, ...points, answerDot);
  plot.picture.removeAttribute("aria-hidden");
  set(plot.picture, { role: "group", "aria-label": say`Measurements: arrows to the side choose one, up and down move it` });
  plot.picture.querySelector(".pa-axes").setAttribute("aria-hidden", "true");
  const errorCurve = make("path", { class: "pa-curve" });
  const errorHere = make("line", { class: "pa-asked" });
  const errorNumber = make("text");
  const ends = [0, 1].map(() => make("text", { "text-anchor": "end" }));
  errors.content.append(errorCurve, errorHere, ...ends, errorNumber);
  const caption = make("p", { class: "pa-caption" });
  let drawn;
  const strip = make("canvas", { width: x.length, height: 1, class: "pa-strip", "aria-hidden": "true" });
  const ink = strip.getContext("2d");

  const update = () => {
    const [query, width, kernel, y] = ["query", "width", "kernel", "y"].map((trait) => model.get(trait));
    const [resized, moved] = [plot.resize(), y !== drawn];
    drawn = y;
    errors.resize();
    const list = scores(query, width, kernel);
    const weights = reached(list) ? softmax(list) : null;
    const answer = weights && pool(weights, y);
    const largest = weights ? Math.max(...weights) : 1;

    let line = "";
    let pen = "M";
    for (let i = 0; i <= 120; i++) {
      const place = low + (i / 120) * (high - low);
      const there = scores(place, width, kernel);
      if (!reached(there)) {
        pen = "M";
        continue;
      }
      line += `${pen}${plot.x(place).toFixed(1)} ${plot.y(clamp(pool(softmax(there), y), bottom, top)).toFixed(1)}`;
      pen = "L";
    }
    curve.setAttribute("d", line);
    if (resized || moved) {
      points.forEach((point, i) =>
        set(point, { cx: plot.x(x[i]), cy: plot.y(y[i]), "aria-valuenow": y[i], "aria-valuetext": y[i].toFixed(2) }),
      );
    }
    points.forEach((point, i) => point.setAttribute("r", (2.5 + (weights ? 6 * (weights[i] / largest) : 0)).toFixed(2)));
    set(asked, { x1: plot.x(query), x2: plot.x(query), y1: plot.y(bottom), y2: plot.y(top) });
    set(answerDot, { cx: plot.x(query), cy: answer === null ? 0 : plot.y(clamp(answer, bottom, top)), visibility: answer === null ? "hidden" : "visible" });

    x.forEach((_, i) => {
      ink.fillStyle = weights ? reds(weights[i] / largest) : "transparent";
      ink.clearRect(i, 0, 1, 1);
      ink.fillRect(i, 0, 1, 1);
    });

    const leftOut = leaveOneOut(y, kernel);
    const worst = Math.max(...leftOut.filter((error) => error !== null));
    errorCurve.setAttribute(
      "d",
      widths
        .map((each, i) => [Math.log(each), leftOut[i]])
        .filter(([, error]) => error !== null)
        .map(([at, error], i) => `${i ? "L" : "M"}${errors.x(at).toFixed(1)} ${errors.y(error / (worst || 1)).toFixed(1)}`)
        .join(""),
    );
    ends.forEach((end, i) => {
      set(end, { x: errors.x(Math.log(widths[0])) - 5, y: errors.y(i) + 4 });
      end.textContent = i === 0 ? "0" : worst > 0 ? worst.toFixed(2) : "";
    });
    const here = errors.x(clamp(Math.log(width), Math.log(widths[0]), Math.log(widths.at(-1))));
    set(errorHere, { x1: here, x2: here, y1: errors.y(0), y2: errors.y(1) });
    const nearest = widths.reduce((best, each, i) => (Math.abs(Math.log(each / width)) < Math.abs(Math.log(widths[best] / width)) ? i : best), 0);
    errorNumber.textContent = leftOut[nearest] === null ? say`a point out of reach` : leftOut[nearest].toFixed(3);
    const left = here > errors.width / 2;
    set(errorNumber, { x: here + (left ? -6 : 6), y: errors.y(0.85), "text-anchor": left ? "end" : "start" });
    caption.textContent = say`A point can be moved: with a mouse, by a finger that has tapped it, by the arrow keys. The row of the heatmap for this query: one cell a point, from left to right. The darkest is a weight of ${largest.toFixed(2)}.`;

    set(el.firstChild ?? el, {
      "data-weights": JSON.stringify(weights),
      "data-answer": answer,
      "data-left-out": JSON.stringify(leftOut),
    });
    return weights
      ? say`At ${query.toFixed(2)} the answer is ${answer.toFixed(2)}; the nearest point has a weight of ${largest.toFixed(2)}.`
      : say`At ${query.toFixed(2)} no point is in reach of this kernel: there is no answer.`;
  };

  return frame({
    model,
    el,
    title: say`Pooling measurements by attention`,
    traits: ["query", "width", "kernel", "y"],
    stage: [
      make(
        "div",
        { class: "pa-wide" },
        plot.picture,
        strip,
        caption,
      ),
      make("div", { class: "pa-wide" }, errors.picture),
    ],
    limits: {
      y: {
        expected: say`${x.length} numbers from ${bottom} to ${top}, with commas between them`,
        read: (text) => {
          const heights = text.split(",").map(numberWithin(bottom, top).read);
          return heights.length === x.length && !heights.includes(undefined) ? heights : undefined;
        },
      },
    },
    controls: [
      slider(model, { trait: "query", label: say`Query`, low, high, step: (high - low) / 100 }),
      slider(model, { trait: "width", label: say`Width`, low: widths[0], high: widths.at(-1), log: true }),
      choice(model, { trait: "kernel", label: say`Kernel`, words: Object.keys(KERNELS) }),
    ],
    update,
  });
}

export default { render };
