/** Training, to be walked through: the width, the curve, the heatmap and the loss at every step. */
function render({ model, el }) {
  const { x, y, low, high, bottom, top, widths, losses, xticks, yticks } = model.get("_data");
  const weightsAt = (query, width) => softmax(x.map((key) => -(((query - key) / width) ** 2) / 2));
  const plot = axes({ height: 230, x: [low, high], y: [bottom, top], xlabel: "x", ylabel: "y", xticks, yticks });
  const last = losses.length - 1;
  const tallest = Math.max(...losses);
  const lossPlot = axes({
    height: 130,
    x: [0, last],
    y: [0, tallest],
    xlabel: say`step`,
    ylabel: say`loss`,
    xticks: [0, Math.round(last / 2), last],
    yticks: [0, Number((tallest / 2).toPrecision(1))],
  });
  const curve = make("path", { class: "pa-curve" });
  const points = x.map(() => make("circle", { r: 3, class: "pa-point" }));
  plot.content.append(...points, curve);
  const lossCurve = make("path", { class: "pa-truth" });
  const here = make("circle", { r: 5, class: "pa-answer" });
  lossPlot.content.append(lossCurve, here);
  const n = x.length;
  const map = make("canvas", { width: n, height: n, class: "pa-map", "aria-hidden": "true" });
  const ink = map.getContext("2d");
  const pixels = ink.createImageData(n, n);
  const shades = Array.from({ length: 256 }, (_, i) => reds(i / 255).match(/\d+/g).map(Number));
  const places = Array.from({ length: 101 }, (_, i) => low + (i / 100) * (high - low));
  // One scale for all steps, so that what looks darker is larger.
  const strongest = Math.max(...x.map((query) => Math.max(...weightsAt(query, Math.min(...widths)))));

  const update = () => {
    const step = model.get("step");
    const width = widths[step];
    if (plot.resize()) points.forEach((point, i) => set(point, { cx: plot.x(x[i]), cy: plot.y(y[i]) }));
    if (lossPlot.resize()) lossCurve.setAttribute("d", path(losses.map((_, i) => lossPlot.x(i)), losses.map(lossPlot.y)));
    curve.setAttribute("d", path(places.map(plot.x), places.map((place) => plot.y(pool(weightsAt(place, width), y)))));
    x.forEach((query, row) =>
      weightsAt(query, width).forEach((weight, column) => {
        const shade = shades[Math.round(255 * Math.min(weight / strongest, 1))];
        const at = 4 * (row * n + column);
        for (let channel = 0; channel < 3; channel++) pixels.data[at + channel] = shade[channel];
        pixels.data[at + 3] = 255;
      }),
    );
    ink.putImageData(pixels, 0, 0);
    set(here, { cx: lossPlot.x(step), cy: lossPlot.y(losses[step]) });
    set(el.firstChild ?? el, {
      "data-width": width,
      "data-loss": losses[step],
      "data-weights": JSON.stringify(weightsAt(x[0], width)),
    });
    return say`Step ${step}: width ${width.toFixed(3)}, loss ${losses[step].toFixed(4)}.`;
  };
  return frame({
    model,
    el,
    title: say`Learning a width, step by step`,
    traits: ["step"],
    stage: [
      make("div", {}, plot.picture),
      make("div", { class: "pa-panel" }, map, make("p", { class: "pa-caption" }, say`Weights: queries down, keys across.`)),
      make("div", { class: "pa-wide" }, lossPlot.picture),
    ],
    controls: [
      slider(model, { trait: "step", label: say`Step of the training`, low: 0, high: last, step: 1, write: String }),
    ],
    update,
  });
}

export default { render };
