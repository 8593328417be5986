/** One head or two that look back along a line of numbers, and what their means give together. */
function render({ model, el }) {
  const { numbers, first, reach } = model.get("_data");
  const n = numbers.length;
  const asked = numbers.map((_, i) => i).slice(first);
  const wanted = asked.map((i) => numbers[i - 1] - numbers[i - 5]);
  const looking = (back, sharpness) =>
    numbers.map((_, i) => softmax(numbers.map((_, j) => (j > i ? -Infinity : -sharpness * Math.abs(i - j - back)))));

  const panels = [0, 1, 2].map(() => {
    const cells = numbers.map((_, i) => numbers.map((_, j) => make("rect", { x: j, y: i, width: 1.02, height: 1.02 })));
    const title = make("p", { class: "pa-caption" });
    const picture = make("svg", { viewBox: `0 0 ${n} ${n}`, "aria-hidden": "true" }, ...cells.flat());
    return { cells, title, element: make("div", {}, title, picture) };
  });
  const plot = axes({
    height: 190,
    x: [first, n - 1],
    y: [-4, 4],
    xlabel: say`place in the line`,
    ylabel: say`number`,
    xticks: asked,
    yticks: [-4, 0, 4],
  });
  const curve = make("path", { class: "pa-curve" });
  const dots = asked.map(() => make("circle", { r: 4, class: "pa-point" }));
  plot.content.append(curve, ...dots);
  const legend = [
    make("span", {}, make("svg", { width: 12, height: 10 }, make("circle", { cx: 5, cy: 5, r: 4, class: "pa-point" })), say`asked for: one back minus five back`),
    make("span", {}, make("svg", { width: 22, height: 10 }, make("path", { d: "M0 5H22", class: "pa-curve" })), say`returned`),
  ];

  const controls = [1, 2].map((head) => [
    slider(model, { trait: `back_${head}`, label: say`Head ${head}: how far back`, low: 0, high: reach - 1, step: 1, write: String }),
    slider(model, { trait: `sharpness_${head}`, label: say`Head ${head}: sharpness`, low: 0, high: 10, step: 0.1, write: (number) => number.toFixed(1) }),
    choice(model, { trait: `sign_${head}`, label: say`Head ${head}: sign`, words: ["plus", "minus"] }),
  ]);

  const update = () => {
    const count = model.get("heads") === "two" ? 2 : 1;
    const weights = [1, 2].map((head) => looking(model.get(`back_${head}`), model.get(`sharpness_${head}`)));
    const signs = [1, 2].map((head) => (model.get(`sign_${head}`) === "plus" ? 1 : -1));
    const used = weights.slice(0, count);
    const over = (each) => numbers.map((_, i) => numbers.map((_, j) => each(i, j)));
    const mean = over((i, j) => used.reduce((sum, map) => sum + map[i][j], 0) / count);
    const signed = over((i, j) => used.reduce((sum, map, head) => sum + signs[head] * map[i][j], 0));
    const answers = signed.map((row) => pool(row, numbers));
    const misses = asked.map((i) =>
      signed[i].reduce((sum, share, j) => sum + (share - (j === i - 1 ? 1 : j === i - 5 ? -1 : 0)) ** 2, 0),
    );
    const error = misses.reduce((sum, miss) => sum + miss, 0) / asked.length;
    const [one, five] = [1, 5].map((back) => asked.reduce((sum, i) => sum + mean[i][i - back], 0) / asked.length);

    const second = count > 1 ? model.get("sign_2") : "off";
    const names = [model.get("sign_1"), second].map((sign) => called(sign));
    const titles = [
      say`head 1, ${names[0]}`,
      say`head 2, ${names[1]}`,
      say`mean map`,
    ];
    panels.forEach(({ cells, title, element }, at) => {
      title.textContent = titles[at];
      element.style.opacity = at === 1 && count < 2 ? 0.35 : 1;
      const map = [...weights, mean][at];
      cells.forEach((row, i) => row.forEach((cell, j) => cell.setAttribute("fill", reds(map[i][j]))));
    });
    plot.resize();
    curve.setAttribute("d", path(asked.map(plot.x), asked.map((i) => plot.y(answers[i]))));
    dots.forEach((dot, at) => set(dot, { cx: plot.x(asked[at]), cy: plot.y(wanted[at]) }));
    set(el.firstChild ?? el, {
      "data-weights": JSON.stringify(weights),
      "data-mean": JSON.stringify(mean),
      "data-answers": JSON.stringify(answers),
      "data-error": error,
    });
    return count > 1
      ? say`With two heads the error is ${error.toFixed(2)}; the mean map has ${one.toFixed(2)} one back and ${five.toFixed(2)} five back.`
      : say`With one head the error is ${error.toFixed(2)}; the mean map has ${one.toFixed(2)} one back and ${five.toFixed(2)} five back.`;
  };
  return frame({
    model,
    el,
    title: say`One back minus five back, with one head or two`,
    traits: ["heads", ...[1, 2].flatMap((head) => [`back_${head}`, `sharpness_${head}`, `sign_${head}`])],
    stage: [
      make("div", { class: "pa-wide pa-maps", "aria-hidden": "true" }, ...panels.map(({ element }) => element)),
      make("div", { class: "pa-wide" }, make("p", { class: "pa-caption pa-legend", "aria-hidden": "true" }, ...legend), plot.picture),
    ],
    controls: [choice(model, { trait: "heads", label: say`Heads`, words: ["one", "two"] }), ...controls.flat()],
    update,
  });
}

export default { render };
