/** A date, its answer, and for each character of the answer the characters that it came from. */
function render({ model, el }) {
  const { written, answers, weights, length } = model.get("_data");
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
  let letters, drawn;
  const update = () => {
    const [example, character] = [model.get("example"), model.get("character")];
    const row = weights[example][character];
    const answer = [...answers[example]];
    if (drawn !== example) {
      letters = [...written[example]];
      line.replaceChildren(
        ...letters.map((letter) => make("span", { class: "pa-letter" }, letter === " " ? "\u00a0" : letter)),
      );
      line.setAttribute("aria-label", say`Read: ${written[example]}`);
      drawn = example;
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
    const name = letters[best] === " " ? say`a space` : letters[best];
    return say`Character ${character + 1} of the answer, ${answer[character]}, looks most at character ${best + 1} of the line, ${name}, with a weight of ${row[best].toFixed(2)}.`;
  };
  return frame({
    model,
    el,
    title: say`Where each character came from`,
    traits: ["example", "character"],
    stage: [
      make(
        "div",
        { class: "pa-wide" },
        make("p", { class: "pa-caption" }, say`Read: the darker, the more weight; the most is underlined.`),
        line,
        make("p", { class: "pa-caption" }, say`Written: point at a character.`),
        make("p", { class: "pa-line" }, ...buttons),
      ),
    ],
    controls: [
      slider(model, {
        trait: "example",
        label: say`Date`,
        low: 0,
        high: written.length - 1,
        step: 1,
        write: (example) => say`${example + 1} of ${written.length}`,
        speak: (example) => say`${example + 1} of ${written.length}: ${written[example]}`,
      }),
      slider(model, {
        trait: "character",
        label: say`Character of the answer`,
        low: 0,
        high: length - 1,
        step: 1,
        write: (character) => String(character + 1),
        speak: (character) => {
          const example = model.get("example");
          return say`${character + 1}, ${[...answers[example]][character]}, of the answer to ${written[example]}`;
        },
        also: ["example"],
      }),
    ],
    update,
  });
}

export default { render };
