/** Heatmaps to be read cell by cell, on one scale or each on its own. */
function render({ model, el }) {
  const { matrices, titles, queries, keys } = model.get("_data");
  const margin = 0.2; // around the cells, in cells
  const inside = (share, count) => clamp(Math.floor(share * (count + 2 * margin) - margin), 0, count - 1);
  const go = (panel, query, key) => {
    model.set("panel", panel);
    model.set("query", query);
    model.set("key", key);
    model.save_changes();
  };
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const panels = matrices.map((matrix, panel) => {
    const cells = matrix.map((row, query) =>
      row.map((_, key) => make("rect", { x: key, y: query, width: 1.02, height: 1.02 })),
    );
    const row = make("rect", { x: 0, width: keys, height: 1, class: "pa-row" });
    const here = make("rect", { width: 1, height: 1, class: "pa-here" });
    const picture = make(
      "svg",
      {
        viewBox: `${-margin} ${-margin} ${keys + 2 * margin} ${queries + 2 * margin}`,
        tabindex: 0,
        role: "application",
        "aria-roledescription": say`heatmap`,
        "aria-label": say`${titles[panel]}: walk with the arrow keys`,
        keydown: (event) => {
          const [down, right] = steps[event.key] ?? [];
          if (down === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
          event.preventDefault();
          go(panel, clamp(model.get("query") + down, 0, queries - 1), clamp(model.get("key") + right, 0, keys - 1));
        },
      },
      ...cells.flat(),
      row,
      here,
    );
    const point = (event) => {
      const box = picture.getBoundingClientRect();
      go(
        panel,
        inside((event.clientY - box.top) / box.height, queries),
        inside((event.clientX - box.left) / box.width, keys),
      );
    };
    pointable(picture, point);
    const scale = make("span", { class: "pa-bar", style: `background:linear-gradient(to right, ${[0, 0.25, 0.5, 0.75, 1].map(reds).join(",")})` });
    const limits = make("p", { class: "pa-caption" });
    return { cells, row, here, limits, element: make("div", { class: "pa-panel pa-named" }, make("span", {}, titles[panel]), make("span", { class: "pa-down" }, say`Queries`), picture, make("span", { class: "pa-caption" }, say`Keys`), scale, limits) };
  });
  const largest = matrices.map((matrix) => Math.max(...matrix.flat()));
  let drawn;
  const update = () => {
    const [panel, query, key, scale] = ["panel", "query", "key", "scale"].map((trait) => model.get(trait));
    const tops = largest.map((top) => (scale === "shared" ? Math.max(...largest) : top) || 1);
    if (drawn !== scale) {
      panels.forEach(({ cells, limits }, i) => {
        cells.forEach((row, q) => row.forEach((cell, k) => cell.setAttribute("fill", reds(matrices[i][q][k] / tops[i]))));
        limits.textContent = say`0 to ${tops[i].toFixed(2)}`;
      });
      drawn = scale;
    }
    panels.forEach(({ row, here }, i) => {
      set(here, { x: key, y: query, visibility: i === panel ? "visible" : "hidden" });
      set(row, { y: query, visibility: i === panel ? "visible" : "hidden" });
    });
    const weight = matrices[panel][query][key];
    const sum = matrices[panel][query].reduce((one, other) => one + other, 0);
    set(el.firstChild ?? el, { "data-weight": weight, "data-sum": sum, "data-limits": JSON.stringify(tops) });
    return say`${titles[panel]}: query ${query}, key ${key}, weight ${weight.toFixed(2)}; the row sums to ${sum.toFixed(2)}.`;
  };
  return frame({
    model,
    el,
    title: say`Read a heatmap`,
    traits: ["panel", "query", "key", "scale"],
    stage: panels.map(({ element }) => element),
    limits: {
      panel: numberWithin(0, matrices.length - 1, true),
      query: numberWithin(0, queries - 1, true),
      key: numberWithin(0, keys - 1, true),
    },
    controls: [choice(model, { trait: "scale", label: say`Scale of the colours`, words: ["shared", "panel"] })],
    update,
  });
}

export default { render };
