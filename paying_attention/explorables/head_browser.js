/** All heads of a network on a few sentences: a grid to choose one, its heatmap, and what one query sees. */
function render({ model, el }) {
  const { sentences, layers, heads, longest, weights, norms } = model.get("_data");
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stored = sentences.map((pieces, i) => ({ n: pieces.length, weights: bytes(weights[i]), norms: bytes(norms[i]) }));
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  /** A row of the heatmap: what a query of a head gives to each key, as the view has it. */
  const row = (sentence, layer, head, query, view) => {
    const { n, weights, norms } = stored[sentence];
    const at = layer * heads + head;
    const kept = Array.from({ length: n }, (_, key) => {
      const weight = weights[(at * n + query) * n + key];
      if (view === "weight × norm") return weight * norms[at * n + key];
      return view === "without the first place" && key === 0 ? 0 : weight;
    });
    const sum = kept.reduce((one, other) => one + other, 0);
    return kept.map((share) => (sum ? share / sum : 0));
  };
  /** What a head gives to the first place, as a mean over the other queries. */
  const onFirst = (sentence, at) => {
    const { n, weights } = stored[sentence];
    let sum = 0;
    for (let query = 1; query < n; query++) sum += weights[(at * n + query) * n];
    return sum / 255 / (n - 1);
  };

  /** A picture made of cells that is walked with the arrow keys and pointed at: `go(down, right)` in cells. */
  const cells = (label, role, drag, size, here, go) => {
    const margin = 0.2; // around the cells, in cells
    const inside = (share, count) => clamp(Math.floor(share * (count + 2 * margin) - margin), 0, count - 1);
    const point = (event) => {
      const box = picture.getBoundingClientRect();
      const [down, right] = size();
      go(inside((event.clientY - box.top) / box.height, down), inside((event.clientX - box.left) / box.width, right));
    };
    const content = make("g");
    const picture = make(
      "svg",
      {
        tabindex: 0,
        role: "application",
        "aria-roledescription": role,
        "aria-label": label,
        keydown: (event) => {
          const [down, right] = steps[event.key] ?? [];
          if (down === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
          event.preventDefault();
          const [rows, columns] = size();
          const [y, x] = here();
          go(clamp(y + down, 0, rows - 1), clamp(x + right, 0, columns - 1));
        },
      },
      content,
    );
    if (drag) pointable(picture, point);
    else picture.addEventListener("click", point);
    return {
      picture,
      show: (matrix, ...marks) => {
        set(picture, { viewBox: `${-margin} ${-margin} ${matrix[0].length + 2 * margin} ${matrix.length + 2 * margin}` });
        content.replaceChildren(
          ...matrix.flatMap((line, y) => line.map((share, x) => make("rect", { x, y, width: 1.02, height: 1.02, fill: reds(share) }))),
          ...marks,
        );
      },
    };
  };

  const length = () => stored[model.get("sentence")].n;
  const asked = () => Math.min(model.get("query"), length() - 1);
  const grid = cells(
    say`Heads: walk with the arrow keys`,
    say`grid of heads`,
    false,
    () => [layers, heads],
    () => [model.get("layer"), model.get("head")],
    (layer, head) => {
      model.set("layer", layer);
      model.set("head", head);
      model.save_changes();
    },
  );
  const heatmap = cells(
    say`Heatmap: choose a query with the arrow keys`,
    say`heatmap`,
    true,
    () => [length(), 1],
    () => [asked(), 0],
    (query) => change(model, "query", query),
  );
  const name = make("span");
  const line = make("p", { class: "pa-line", "aria-hidden": "true" });
  const update = () => {
    const [sentence, layer, head, view] = ["sentence", "layer", "head", "view"].map((trait) => model.get(trait));
    const pieces = sentences[sentence];
    const query = asked();
    const shares = Array.from({ length: layers }, (_, y) => Array.from({ length: heads }, (_, x) => onFirst(sentence, y * heads + x)));
    const matrix = pieces.map((_, i) => row(sentence, layer, head, i, view));
    grid.show(shares, make("rect", { x: head, y: layer, width: 1, height: 1, class: "pa-here" }));
    heatmap.show(matrix, make("rect", { x: 0, y: query, width: pieces.length, height: 1, class: "pa-row" }));
    name.textContent = say`L${layer + 1}H${head + 1}, ${called(view)}`;
    const seen = matrix[query];
    line.replaceChildren(
      ...pieces.map((piece, key) =>
        // White on the dark reds, black on the others: at least 4.5 to 1.
        make("span", { class: key === query ? "pa-letter pa-asks" : "pa-letter", style: `background:${reds(seen[key])};color:${seen[key] > 0.68 ? "#fff" : "#000"}` }, piece),
      ),
    );
    set(el.firstChild ?? el, { "data-row": JSON.stringify(seen), "data-first": shares[layer][head] });
    const best = seen.indexOf(Math.max(...seen));
    const first = shares[layer][head].toFixed(2);
    return seen[best]
      ? say`L${layer + 1}H${head + 1}: “${pieces[query]}” gives most to “${pieces[best]}”, ${seen[best].toFixed(2)}; the first place gets ${first} by weight, as a mean over the queries.`
      : say`L${layer + 1}H${head + 1}: “${pieces[query]}” has nothing left to give; the first place gets ${first} by weight, as a mean over the queries.`;
  };
  const counted = (count) => (number) => say`${number + 1} of ${count}`;
  return frame({
    model,
    el,
    title: say`Look at all heads`,
    traits: ["sentence", "layer", "head", "query", "view"],
    stage: [
      make("div", { class: "pa-panel" }, say`Layers down, heads across`, grid.picture, make("p", { class: "pa-caption" }, say`The darker, the more on the first place.`)),
      make("div", { class: "pa-panel" }, name, heatmap.picture, make("p", { class: "pa-caption" }, say`Queries down, keys across.`)),
      make("div", { class: "pa-wide" }, make("p", { class: "pa-caption" }, say`The framed piece asks; the darker another, the more it gets.`), line),
    ],
    controls: [
      choice(model, { trait: "view", label: say`What is drawn`, words: ["weight", "weight × norm", "without the first place"] }),
      slider(model, { trait: "sentence", label: say`Sentence`, low: 0, high: sentences.length - 1, step: 1, write: counted(sentences.length) }),
      slider(model, { trait: "layer", label: say`Layer`, low: 0, high: layers - 1, step: 1, write: counted(layers) }),
      slider(model, { trait: "head", label: say`Head`, low: 0, high: heads - 1, step: 1, write: counted(heads) }),
      slider(model, { trait: "query", label: say`Query`, low: 0, high: longest - 1, step: 1, write: (query) => String(query + 1) }),
    ],
    update,
  });
}

export default { render };
