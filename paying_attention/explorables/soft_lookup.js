/** A query among keys that carry colours: the answer is their mixture. */
function render({ model, el }) {
  const { places, colours, ...data } = model.get("_data");
  const names = data.names.map((name) => called(name));
  const reach = 1.5;
  const at = (number) => 150 + (number / reach) * 140;
  const css = ([red, green, blue]) => `rgb(${red * 255} ${green * 255} ${blue * 255})`;
  const handle = make("circle", { r: 11, class: "pa-query" });
  const ray = make("line", { x1: at(0), y1: at(0), class: "pa-ray" });
  const dots = places.map(([x, y], i) => make("circle", { cx: at(x), cy: at(-y), r: 9, fill: css(colours[i]), stroke: "#0008" }));
  // Beside the dots, which grow to a radius of 16.
  const labels = places.map(([x, y], i) =>
    make(
      "text",
      { x: at(x) + 19 * x, y: at(-y * 1.28) + 4, "text-anchor": Math.abs(x) < 0.7 ? "middle" : x > 0 ? "start" : "end" },
      names[i],
    ),
  );
  const picture = make(
    "svg",
    { viewBox: "0 0 300 300", width: "100%", style: "max-width:300px", "aria-hidden": "true" },
    make("circle", { cx: at(0), cy: at(0), r: at(1) - at(0), class: "pa-ring" }),
    ray,
    ...dots,
    ...labels,
    handle,
  );
  draggable(picture, handle, (right, down) => {
    model.set("x", clamp(((right * 300 - 150) / 140) * reach, -reach, reach));
    model.set("y", clamp(((150 - down * 300) / 140) * reach, -reach, reach));
    model.save_changes();
  });
  const chart = bars(names, colours.map(css));
  const swatch = make("span");
  const update = () => {
    const [x, y, temperature] = [model.get("x"), model.get("y"), model.get("temperature")];
    const weights = softmax(places.map(([keyX, keyY]) => (x * keyX + y * keyY) / temperature));
    const answer = [0, 1, 2].map((channel) => pool(weights, colours.map((colour) => colour[channel])));
    set(handle, { cx: at(x), cy: at(-y), fill: css(answer) });
    handle.style.fill = css(answer);
    set(ray, { x2: at(x), y2: at(-y) });
    dots.forEach((dot, i) => dot.setAttribute("r", 6 + 10 * weights[i]));
    swatch.style.background = css(answer);
    chart.show(weights);
    set(el.firstChild ?? el, { "data-weights": JSON.stringify(weights), "data-answer": JSON.stringify(answer) });
    const best = weights.indexOf(Math.max(...weights));
    return say`The best key is ${names[best]}, with a weight of ${weights[best].toFixed(2)}.`;
  };
  const side = make(
    "div",
    {},
    chart.element,
    make("div", { class: "pa-swatch" }, make("span", {}, say`answer`), swatch),
  );
  const write = (number) => number.toFixed(2);
  return frame({
    model,
    el,
    title: say`A soft look-up among colours`,
    traits: ["x", "y", "temperature"],
    stage: [picture, side],
    controls: [
      slider(model, { trait: "x", label: say`Query, to the right`, low: -reach, high: reach, step: 0.05, write }),
      slider(model, { trait: "y", label: say`Query, upwards`, low: -reach, high: reach, step: 0.05, write }),
      slider(model, { trait: "temperature", label: say`Temperature`, low: 0.01, high: 10, log: true, write }),
    ],
    update,
  });
}

export default { render };
