/** A network of two layers of two heads that reads letters: what each head looks at, what is likely to come next. */
function render({ model, el }) {
  const { numbers, steps, d, places, off } = model.get("_data");
  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const NAMES = [[1, 1], [1, 2], [2, 1], [2, 2]].map(([layer, head]) => say`Layer ${layer}, head ${head}`);
  const network = unpack(numbers, steps, d, places);

  const area = make("textarea", {
    rows: 1,
    tabindex: 0,
    maxlength: places,
    spellcheck: "false",
    autocapitalize: "characters",
    class: "pa-typed pa-capitals",
    keydown: (event) => event.key === "Enter" && event.preventDefault(),
    input: () => type(area.value.toUpperCase()),
  });
  const refusal = make("p", { class: "pa-caption", role: "alert" });
  const type = (text) => {
    const other = [...text].find((letter) => !ALPHABET.includes(letter));
    const name = other === " " ? say`a space` : other;
    refusal.textContent = other
      ? say`Only letters from A to Z; ${name} came.`
      : text ? "" : say`Type at least one letter.`;
    if (refusal.textContent) return;
    // The places first: none may lie beyond the end of the text. Who types reads on from the last letter.
    for (const trait of ["one", "other"]) model.set(trait, Math.min(model.get(trait), text.length - 1));
    model.set("place", Math.min(model.get("place"), text.length - 1));
    model.set("text", text);
    change(model, "place", text.length - 1);
  };

  const lines = [say`Letters read: choose the one that asks.`, ...NAMES].map((name, i) => ({
    caption: make("p", { class: "pa-caption" }, name),
    line: make("p", { class: "pa-line pa-small", "aria-hidden": "true" }),
    asks: i === 0,
  }));
  const likely = bars(["", "", ""]);
  const at = (place) => `${place + 1}, ${model.get("text")[place]}`;
  const placeSlider = (trait, label) =>
    slider(model, { trait, label, low: 0, high: places - 1, step: 1, write: at });
  const sliders = [
    placeSlider("place", say`Letter that asks`),
    placeSlider("one", say`Exchange the note at`),
    placeSlider("other", say`with the note at`),
  ];

  let drawn;
  const update = () => {
    const text = model.get("text");
    const n = text.length;
    const [place, one, other] = ["place", "one", "other"].map((trait) => Math.min(model.get(trait), n - 1));
    if (drawn !== text) {
      drawn = text;
      if (area.value.toUpperCase() !== text) area.value = text;
      refusal.textContent = "";
      for (const { line, asks } of lines) {
        line.replaceChildren(
          ...[...text].map((letter, i) =>
            make("span", asks ? { class: "pa-letter pa-choose", click: () => change(model, "place", i) } : { class: "pa-letter" }, letter),
          ),
        );
      }
      ["place", "one", "other"].forEach((trait, i) => {
        const input = sliders[i].querySelector("input");
        input.max = n - 1;
        input.value = model.get(trait);
        sliders[i].querySelector("output").textContent = at(Math.min(model.get(trait), n - 1));
        input.setAttribute("aria-valuetext", at(Math.min(model.get(trait), n - 1)));
      });
    }
    const letters = [...text].map((letter) => ALPHABET.indexOf(letter));
    const silent = off.indexOf(model.get("off"));
    const { scores, looks } = run(network, letters, place, silent, one, other);
    const probabilities = softmax(scores);
    const order = probabilities.map((_, i) => i).sort((a, b) => probabilities[b] - probabilities[a]);
    const best = order.slice(0, 3);
    lines.slice(1).forEach(({ line }, head) =>
      looks[head].forEach((weight, i) =>
        // White on the dark reds, black on the others: at least 4.5 to 1.
        set(line.children[i], { style: `background:${reds(weight)};color:${weight > 0.68 ? "#fff" : "#000"}` }),
      ),
    );
    [...lines[0].line.children].forEach((letter, i) => letter.classList.toggle("pa-chosen", i === place));
    best.forEach((letter, i) => (likely.element.children[i].querySelector(".pa-name").textContent = ALPHABET[letter]));
    likely.show(best.map((letter) => probabilities[letter]));
    set(el.firstChild ?? el, {
      "data-weights": JSON.stringify(best.map((letter) => probabilities[letter])),
      "data-looks": JSON.stringify(looks),
    });
    return say`Letter ${place + 1}, ${text[place]}, asks, and the likeliest next letter is ${ALPHABET[best[0]]}, with a probability of ${probabilities[best[0]].toFixed(2)}.`;
  };
  return frame({
    model,
    el,
    title: say`Two layers of heads that read letters`,
    traits: ["text", "place", "off", "one", "other"],
    forget: () => {
      area.value = model.get("text");
      refusal.textContent = "";
    },
    limits: {
      text: {
        expected: say`1 to ${places} letters from A to Z`,
        read: (text) => (text && text.length <= places && [...text].every((letter) => ALPHABET.includes(letter)) ? text : undefined),
      },
    },
    stage: [
      make(
        "div",
        { class: "pa-wide" },
        make("label", { class: "pa-typing" }, make("span", {}, say`Type up to ${places} letters`), area),
        refusal,
        ...lines.flatMap(({ caption, line }) => [caption, line]),
        make("p", { class: "pa-caption" }, say`The three likeliest next letters`),
        likely.element,
      ),
    ],
    controls: [
      sliders[0],
      choice(model, { trait: "off", label: say`Switched off`, words: off }),
      sliders[1],
      sliders[2],
    ],
    update,
  });
}

/** The network's matrices as rows of numbers, from whole numbers of one letter each and the step of each matrix. */
function unpack(numbers, steps, d, places) {
  const WRITTEN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"; // -32 to 31
  const all = Int8Array.from(numbers, (letter) => WRITTEN.indexOf(letter) - 32);
  let at = 0;
  const matrices = [26, places, ...Array(8).fill(d), 26].map((rows, which) =>
    Array.from({ length: rows }, () => {
      const row = Float64Array.from(all.subarray(at, at + d), (whole) => whole * steps[which]);
      at += d;
      return row;
    }),
  );
  return { letters: matrices[0], places: matrices[1], layers: [matrices.slice(2, 6), matrices.slice(6, 10)], out: matrices[10], d };
}

const product = (matrix, vector) =>
  matrix.map((row) => {
    let sum = 0;
    for (let i = 0; i < row.length; i++) sum += row[i] * vector[i];
    return sum;
  });

/** Scores of the letter after a place, and what the four heads look at from there. */
function run({ letters, places, layers, out, d }, text, place, silent, one, other) {
  const half = d / 2;
  // By the order of the choices: nothing, then each head of a layer and both.
  const off = (layer, head) => Math.floor((silent - 1) / 3) === layer && [head, 2].includes((silent - 1) % 3);
  let stream = text.map((letter, i) => letters[letter].map((number, j) => number + places[i][j]));
  const looks = [];
  layers.forEach(([wq, wk, wv, wo], layer) => {
    const [q, k, v] = [wq, wk, wv].map((matrix) => stream.map((vector) => product(matrix, vector)));
    const rows = [[], []];
    const adds = stream.map((_, i) => {
      const pooled = new Float64Array(d);
      for (const head of [0, 1]) {
        const [begin, end] = [head * half, (head + 1) * half];
        const scores = k.slice(0, i + 1).map((key) => {
          let sum = 0;
          for (let f = begin; f < end; f++) sum += q[i][f] * key[f];
          return sum / Math.sqrt(half);
        });
        const weights = softmax(scores);
        rows[head][i] = weights;
        if (off(layer, head)) continue;
        weights.forEach((weight, j) => {
          for (let f = begin; f < end; f++) pooled[f] += weight * v[j][f];
        });
      }
      return product(wo, pooled);
    });
    if (layer === 0) [adds[one], adds[other]] = [adds[other], adds[one]];
    stream = stream.map((vector, i) => vector.map((number, j) => number + adds[i][j]));
    for (const row of rows) looks.push(text.map((_, j) => row[place][j] ?? 0));
  });
  return { scores: product(out, stream[place]), looks };
}

export default { render };
