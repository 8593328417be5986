/** Random scores of sixteen keys: how sharp their weights are, by the number of features. */
function render({ model, el }) {
  const { scores, dimensions } = model.get("_data");
  const last = dimensions.length - 1;
  const weightsAt = (draw, power, scaled) =>
    softmax(scores[draw][power].map((score) => score / (scaled ? Math.sqrt(dimensions[power]) : 1)));
  const largestAt = (draw, scaled) => dimensions.map((_, power) => Math.max(...weightsAt(draw, power, scaled)));
  const plot = axes({
    height: 190,
    x: [0, last],
    y: [0, 1],
    xlabel: say`number of features d`,
    ylabel: say`largest weight`,
    xticks: [0, last / 2, last].map((power) => [power, String(dimensions[power])]),
    yticks: [0, 0.5, 1],
  });
  const curves = [false, true].map(() => make("path", { class: "pa-truth" }));
  const samples = curves.map(() => make("path", { d: "M0 5H22", class: "pa-truth" }));
  const legend = [say`as it is`, say`divided by √d`].map((name, i) =>
    make("span", {}, make("svg", { width: 22, height: 10 }, samples[i]), name),
  );
  const here = make("circle", { r: 6, class: "pa-answer" });
  plot.content.append(...curves, here);
  const chart = bars(Array.from({ length: 16 }, (_, i) => say`key ${i}`));

  const update = () => {
    const [power, draw, divide] = ["power", "draw", "divide"].map((trait) => model.get(trait));
    const scaled = divide === "the root of d";
    const weights = weightsAt(draw, power, scaled);
    const largest = Math.max(...weights);
    plot.resize();
    [false, true].forEach((each, i) => {
      const line = largestAt(draw, each);
      curves[i].setAttribute("d", path(line.map((_, at) => plot.x(at)), line.map(plot.y)));
      for (const drawn of [curves[i], samples[i]]) drawn.setAttribute("class", each === scaled ? "pa-curve" : "pa-truth");
    });
    set(here, { cx: plot.x(power), cy: plot.y(largest) });
    chart.show(weights);
    set(el.firstChild ?? el, { "data-weights": JSON.stringify(weights) });
    const key = weights.indexOf(largest);
    return power
      ? say`With ${dimensions[power]} features the largest weight is ${largest.toFixed(2)}, for key ${key}.`
      : say`With ${dimensions[power]} feature the largest weight is ${largest.toFixed(2)}, for key ${key}.`;
  };
  return frame({
    model,
    el,
    title: say`How sharp are random scores?`,
    traits: ["power", "draw", "divide"],
    stage: [make("div", {}, make("p", { class: "pa-caption pa-legend", "aria-hidden": "true" }, ...legend), plot.picture), chart.element],
    controls: [
      slider(model, { trait: "power", label: say`Features d`, low: 0, high: last, step: 1, write: (power) => String(dimensions[power]) }),
      slider(model, { trait: "draw", label: say`Another draw`, low: 0, high: scores.length - 1, step: 1, write: String }),
      choice(model, { trait: "divide", label: say`Scores divided by`, words: ["nothing", "the root of d"] }),
    ],
    update,
  });
}

export default { render };
