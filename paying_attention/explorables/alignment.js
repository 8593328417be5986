/** A date, its answer, and for each character of the answer the characters that it came from. */
function render({ model, el }) {
  const { written, answers, weights, length, alphabet, digits, longest } = model.get("_data");

  // A line of the reader's own is read by the network, whose numbers come when a reader first asks for them.
  let network, coming, last;
  const bring = () =>
    (coming ??= later(model).then(
      (numbers) => {
        network = unpack(numbers);
        el.firstChild.refresh();
      },
      () => {
        coming = undefined;
        change(model, "line", "");
        refusal.textContent = say`The network did not come, so only the dates of the book can be shown.`;
      },
    ));
  const now = () => {
    const line = model.get("line");
    const example = model.get("example");
    if (!line || !network) return { line: written[example], answer: [...answers[example]], rows: weights[example] };
    if (last?.line !== line) last = { line, ...run(network, [...line].map((letter) => alphabet.indexOf(letter) + 1), digits, length) };
    return last;
  };

  const area = make("textarea", {
    rows: 1,
    tabindex: 0,
    spellcheck: "false",
    autocapitalize: "off",
    class: "pa-typed",
    focus: bring,
    keydown: (event) => event.key === "Enter" && event.preventDefault(),
    input: () => {
      refusal.textContent = wrong(area.value);
      if (!refusal.textContent) change(model, "line", area.value);
    },
  });
  const refusal = make("p", { class: "pa-caption", role: "alert" });
  const named = (letter) => (letter === " " ? say`a space` : letter);
  /** What of a text the network cannot read; nothing, if it can. */
  const wrong = (text) => {
    const letters = [...text];
    const unknown = [...new Set(letters)].filter((letter) => !alphabet.includes(letter));
    // What would not be seen is named by its number.
    const seen = unknown.map((letter) =>
      /[^\P{C} ]|[^\P{Z} ]/u.test(letter) ? `U+${letter.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}` : named(letter),
    );
    if (unknown.length) return say`The network has never seen: ${seen.join(" ")}`;
    return letters.length > longest ? say`At most ${longest} characters; ${letters.length} came.` : "";
  };

  // To be heard as it is read: as one line.
  const line = make("p", { class: "pa-line", role: "img" });
  const buttons = Array.from({ length }, (_, i) =>
    make("button", {
      type: "button",
      class: "pa-letter",
      click: () => change(model, "character", i),
      pointerenter: (event) => event.pointerType === "mouse" && change(model, "character", i),
    }),
  );
  const forget = () => {
    area.value = model.get("line");
    refusal.textContent = "";
  };
  let letters, drawn, own;
  const update = () => {
    // What is typed and refused stays, to be mended.
    if (own !== model.get("line")) {
      own = model.get("line");
      if (area.value !== own) area.value = own;
      refusal.textContent = "";
    }
    if (own && !network) bring();
    const character = model.get("character");
    const shown = now();
    const { answer } = shown;
    const row = shown.rows[character];
    if (drawn !== shown.line) {
      letters = [...shown.line];
      line.replaceChildren(
        ...letters.map((letter) => make("span", { class: "pa-letter" }, letter === " " ? "\u00a0" : letter)),
      );
      line.setAttribute("aria-label", say`Read: ${shown.line}`);
      drawn = shown.line;
    }
    // White on the dark reds, black on the others: at least 4.5 to 1.
    const best = row.indexOf(Math.max(...row));
    row.forEach((weight, i) => {
      set(line.children[i], { style: `background:${reds(weight)};color:${weight > 0.68 ? "#fff" : "#000"}` });
      line.children[i].classList.toggle("pa-most", i === best);
    });
    buttons.forEach((button, i) => {
      button.textContent = answer[i];
      set(button, { "aria-pressed": String(i === character), "aria-label": say`character ${i + 1} of the answer, ${answer[i]}` });
    });
    set(el.firstChild ?? el, { "data-weights": JSON.stringify(row) });
    if (own && !network) return say`The network is on its way.`;
    const [place, letter, name, weight] = [character + 1, answer[character], named(letters[best]), row[best].toFixed(2)];
    return own
      ? say`The answer is ${answer.join("")}, and its character ${place}, ${letter}, looks most at character ${best + 1} of the line, ${name}, with a weight of ${weight}.`
      : say`Character ${place} of the answer, ${letter}, looks most at character ${best + 1} of the line, ${name}, with a weight of ${weight}.`;
  };

  const dates = slider(model, {
    trait: "example",
    label: say`Date`,
    low: 0,
    high: written.length - 1,
    step: 1,
    write: (example) => (model.get("line") ? say`your own` : say`${example + 1} of ${written.length}`),
    speak: (example) =>
      model.get("line")
        ? say`your own: ${model.get("line")}`
        : say`${example + 1} of ${written.length}: ${written[example]}`,
    also: ["line"],
  });
  // The dates of the book come back with their slider, but for a finger that only meant to scroll.
  let before;
  set(dates, {
    pointerdown: () => (before = model.get("line")),
    pointercancel: () => change(model, "line", before),
    input: () => {
      change(model, "line", "");
      forget();
    },
  });
  return frame({
    model,
    el,
    title: say`Where each character came from`,
    traits: ["example", "character", "line"],
    forget,
    limits: alphabet && {
      line: {
        expected: say`at most ${longest} of these characters: ${[...alphabet].map(named).join(" ")}`,
        read: (text) => (wrong(text) ? undefined : text),
      },
    },
    stage: [
      make(
        "div",
        { class: "pa-wide" },
        ...(alphabet
          ? [make("label", { class: "pa-typing" }, make("span", {}, say`A date of your own, as you would write it`), area), refusal]
          : []),
        make("p", { class: "pa-caption" }, say`Read: the darker, the more weight; the most is underlined.`),
        line,
        make("p", { class: "pa-caption" }, say`Written: point at a character.`),
        make("p", { class: "pa-line" }, ...buttons),
      ),
    ],
    controls: [
      dates,
      slider(model, {
        trait: "character",
        label: say`Character of the answer`,
        low: 0,
        high: length - 1,
        step: 1,
        write: (character) => String(character + 1),
        speak: (character) => say`${character + 1}, ${now().answer[character]}, of the answer to ${now().line}`,
        also: ["example", "line"],
      }),
    ],
    update,
  });
}

/** The network's tensors as rows of numbers, from two signs for each number and the step of each tensor. */
function unpack({ numbers, steps, shapes }) {
  const signs = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter((sign) => !'"<`\\'.includes(sign));
  const values = new Map(signs.map((sign, i) => [sign, i]));
  const count = signs.length;
  const [top, half] = [(count ** 2 - 1) / 2, numbers.length / 2];
  let at = 0;
  const tensors = shapes.map(([rows, columns], which) =>
    Array.from({ length: rows }, () =>
      Float64Array.from({ length: columns }, () => {
        const whole = count * values.get(numbers[at]) + values.get(numbers[half + at]) - top;
        at += 1;
        return whole * steps[which];
      }),
    ),
  );
  const next = (many) => tensors.splice(0, many);
  const [letters, forth, back, digits] = [next(1)[0], next(4), next(4), next(1)[0]];
  const [query, [queryShift], key, [mark], decoder, out, [outShift]] = [...next(4), next(4), ...next(2)];
  return { letters, forth, back, digits, query, queryShift, key, mark, decoder, out, outShift };
}

/** A matrix times a vector, and a shift. */
const affine = (matrix, vector, shift) =>
  matrix.map((row, i) => {
    let sum = shift ? shift[i] : 0;
    for (let j = 0; j < row.length; j++) sum += row[j] * vector[j];
    return sum;
  });

/** A step of a gated recurrent unit, as torch's: from what is read and its state to its next state. */
function step([weightRead, weightState, [shiftRead], [shiftState]], read, state) {
  const [a, b] = [affine(weightRead, read, shiftRead), affine(weightState, state, shiftState)];
  const n = state.length;
  const sigmoid = (x) => 1 / (1 + Math.exp(-x));
  return state.map((was, i) => {
    const [reset, keep] = [sigmoid(a[i] + b[i]), sigmoid(a[n + i] + b[n + i])];
    return (1 - keep) * Math.tanh(a[2 * n + i] + reset * b[2 * n + i]) + keep * was;
  });
}

/** The answer to a line of numbers, and for each of its characters the weights over the line. */
function run({ letters, forth, back, digits, query, queryShift, key, mark, decoder, out, outShift }, line, signs, length) {
  const embedded = line.map((number) => letters[number]);
  const along = (unit, read) => {
    let state = Array(unit[1][0].length).fill(0);
    return read.map((vector) => (state = step(unit, vector, state)));
  };
  const [there, again] = [along(forth, embedded), along(back, embedded.toReversed()).reverse()];
  const states = there.map((vector, i) => [...vector, ...again[i]]);
  const keys = states.map((vector) => affine(key, vector));
  let state = [...there.at(-1), ...again[0]];
  let written = signs.length; // the start
  const [answer, rows] = [[], []];
  for (let place = 0; place < length; place++) {
    const asked = affine(query, state, queryShift);
    const row = softmax(keys.map((one) => one.reduce((sum, number, i) => sum + mark[i] * Math.tanh(asked[i] + number), 0)));
    const context = state.map((_, i) => pool(row, states.map((vector) => vector[i])));
    state = step(decoder, [...digits[written], ...context], state);
    const scores = affine(out, [...state, ...context], outShift);
    written = scores.indexOf(Math.max(...scores));
    answer.push(signs[written]);
    rows.push(row);
  }
  return { answer, rows };
}

export default { render };
