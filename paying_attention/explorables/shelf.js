/** The shelf: salience and a task each have a weight; the gaze goes where their sum is largest. */
function render({ model, el }) {
  const { image, width, height, names, boxes, shares, tasks } = model.get("_data");
  // What is not attended to fades into the wall.
  const veils = boxes.map(([top, left, bottom, right]) =>
    make("rect", { x: left, y: top, width: right - left, height: bottom - top, fill: "#e9e3d6" }),
  );
  const gaze = make("circle", { r: 21, class: "pa-gaze" });
  const picture = make(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width: "100%", "aria-hidden": "true" },
    make("image", { href: image, width, height }),
    ...veils,
    gaze,
  );
  const chart = bars(names);
  const strength = slider(model, { trait: "strength", label: say`Strength of the wish`, low: 0, high: 6, step: 0.05 });
  const why = make("span", { class: "pa-why" }, say`nothing is wanted`);
  strength.append(why);
  const update = () => {
    const match = tasks[model.get("task")];
    // A wish for nothing has no strength.
    const wanted = match.some(Boolean);
    strength.querySelector("input").disabled = !wanted;
    why.hidden = wanted;
    const scores = shares.map((share, i) => model.get("salience") * Math.log(share) + model.get("strength") * match[i]);
    const weights = softmax(scores);
    const largest = Math.max(...weights);
    const best = weights.indexOf(largest);
    const [top, left, bottom, right] = boxes[best];
    const nowhere = largest - Math.min(...weights) < 1e-9;
    weights.forEach((weight, i) => set(veils[i], { "fill-opacity": 0.8 * (1 - weight / largest) }));
    gaze.setAttribute("visibility", nowhere ? "hidden" : "visible");
    gaze.setAttribute("transform", `translate(${(left + right) / 2} ${(top + bottom) / 2})`);
    chart.show(weights);
    el.firstChild?.setAttribute("data-weights", JSON.stringify(weights));
    return nowhere
      ? say`The gaze rests nowhere in particular: all weights are equal.`
      : say`The gaze rests on ${names[best]}, with a weight of ${largest.toFixed(2)}.`;
  };
  return frame({
    model,
    el,
    title: say`Where you look on a shelf`,
    traits: ["task", "salience", "strength"],
    stage: [picture, chart.element],
    controls: [
      choice(model, { trait: "task", label: say`You look for`, words: Object.keys(tasks) }),
      strength,
      slider(model, { trait: "salience", label: say`Weight of salience`, low: 0, high: 2, step: 0.05 }),
    ],
    update,
  });
}

export default { render };
