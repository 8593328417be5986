/** A date, its answer, and for each character of the answer the characters that it came from. */
function render({ model, el }) {
  const { written, answers, weights } = model.get("_data");
  const line = make("p", { class: "pa-line", "aria-hidden": "true" });
  const answer = make("p", { class: "pa-line pa-answer-line" });
  const update = () => {
    const [example, character] = [model.get("example"), model.get("character")];
    const row = weights[example][character];
    const letters = [...written[example]];
    line.replaceChildren(
      ...letters.map((letter, i) =>
        make(
          "span",
          { class: "pa-letter", style: `background:${reds(row[i])};color:${row[i] > 0.55 ? "#fff" : "#000"}` },
          letter === " " ? "\u00a0" : letter,
        ),
      ),
    );
    answer.replaceChildren(
      ...[...answers[example]].map((digit, i) =>
        make(
          "button",
          {
            type: "button",
            class: "pa-letter",
            "aria-pressed": String(i === character),
            "aria-label": `character ${i + 1} of the answer, ${digit}`,
            click: () => {
              change(model, "character", i);
              answer.children[i].focus();
            },
            pointerenter: (event) => event.pointerType === "mouse" && change(model, "character", i),
          },
          digit,
        ),
      ),
    );
    const best = row.indexOf(Math.max(...row));
    set(el.firstChild ?? el, { "data-weights": JSON.stringify(row) });
    const name = letters[best] === " " ? "a space" : letters[best];
    return `Character ${character + 1} of the answer, ${answers[example][character]}, looks most at character ${best + 1} of the line, ${name}, with a weight of ${row[best].toFixed(2)}.`;
  };
  return frame({
    model,
    el,
    title: "Where each character came from",
    traits: ["example", "character"],
    stage: [make("div", { class: "pa-wide" }, line, answer)],
    controls: [
      slider(model, { trait: "example", label: "Date", low: 0, high: written.length - 1, step: 1, write: (example) => `${example + 1} of ${written.length}` }),
      slider(model, { trait: "character", label: "Character of the answer", low: 0, high: 9, step: 1, write: (character) => String(character + 1) }),
    ],
    update,
  });
}

export default { render };
