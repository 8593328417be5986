// What can be done with a figure besides looking at it: enlarge it, take it along as SVG or PNG, hand on how it is set.
// book.js brings this when a reader first asks for it, figures.js when an address does.
"use strict";

/** An element with properties and children. */
const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

const numberOf = (figure) => figure.querySelector(".caption-number")?.textContent.trim() || say`A figure`;
const sourceOf = (figure) => {
  const book = document.querySelector("meta[property='og:site_name']").content;
  return say`${numberOf(figure)} of “${book}”, CC BY 4.0`;
};
// While a figure is enlarged it is not in its place.
const liveOf = (figure) => figure.enlarged ?? figure.querySelector(".explorable.alive > .live");

/** Say something below a figure, or at the top of the page, in place of what was said there. */
function sayAt(place, text) {
  let said = place.querySelector(":scope > .said");
  if (!said) {
    said = element("p", { className: "said" });
    said.setAttribute("role", "status");
    place.matches("figure") ? place.append(said) : place.prepend(said);
  }
  said.textContent = text;
}

/** What a button below a figure is for. */
function useFigure(button) {
  const figure = button.closest("figure");
  if (button.dataset.tool === say`Enlarge`) enlarge(figure, button);
  else copyLink(figure).then((text) => sayAt(figure, text));
}

// How a figure is set, as an address and back

/** The address of a figure; of a live one, with what has been changed. */
function addressOf(figure) {
  const live = liveOf(figure);
  const settings = new URLSearchParams();
  const written = (value) =>
    Array.isArray(value) ? value.map(written).join(",") : typeof value === "number" ? Number(value.toPrecision(4)) : value;
  for (const trait of Object.keys(live?.querySelector(".pa-figure").limits ?? {})) {
    const value = live.model.get(trait);
    if (value !== live.begin[trait]) settings.set(trait, written(value));
  }
  const query = String(settings).replaceAll("%2C", ",");
  return `${location.href.split("#")[0]}#${encodeURIComponent(figure.id)}${query && `?${query}`}`;
}

async function copyLink(figure) {
  const address = addressOf(figure);
  history.replaceState(null, "", address);
  await copy(address);
  return liveOf(figure) ? say`The link is copied: it opens the figure as it is set now.` : say`The link is copied.`;
}

/** Set a figure as an address asks; refuse in a sentence what it cannot be. All of it holds, or none. */
async function setFigure(id, query, wake) {
  const figure = document.getElementById(id);
  const place = figure?.querySelector(".explorable");
  const short = (text) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
  if (!place) {
    sayAt(document.querySelector("article"), say`The address asks for a figure “${short(id)}” that can be set; this page has none of that name.`);
    return;
  }
  figure.scrollIntoView();
  const live = await wake(place, true);
  const limits = live.querySelector(".pa-figure")?.limits;
  if (!limits) return; // it is broken, and says so
  figure.scrollIntoView(); // alive it is of another height
  const wanted = [];
  for (const [trait, text] of new URLSearchParams(query)) {
    const value = Object.hasOwn(limits, trait) ? limits[trait].read(text) : undefined;
    if (value === undefined) {
      const traits = Object.keys(limits).join(say`, `);
      const why = Object.hasOwn(limits, trait)
        ? say`The address sets ${trait} to “${short(text)}”, and ${trait} is ${limits[trait].expected}. So the figure stands as it begins.`
        : say`The address sets “${short(trait)}”, and this figure has ${traits}. So the figure stands as it begins.`;
      sayAt(figure, why);
      return;
    }
    wanted.push([trait, value]);
  }
  for (const [trait, value] of wanted) live.model.set(trait, value);
  figure.querySelector(":scope > .said")?.remove();
}

// Enlarged

function enlarge(figure, button) {
  const live = liveOf(figure);
  const still = figure.querySelector("img");
  const kept = element("div", { className: "live" });
  if (live) {
    kept.style.height = `${live.offsetHeight}px`;
    live.replaceWith(kept);
  }
  const shown = live ?? element("img", { src: still.src, alt: still.alt });
  const said = element("p", { className: "said" });
  said.setAttribute("role", "status");
  const act = (name, what) => {
    const made = element("button", { type: "button", textContent: name });
    made.onclick = async () => {
      try {
        said.textContent = (await what()) ?? "";
      } catch (error) {
        console.warn(error);
        said.textContent = say`That did not work here. A page opened from a folder may not read its own pictures; the browser's menu on the picture can save it.`;
      }
    };
    return made;
  };
  const sheet = element("dialog", { className: "enlarged" });
  const view = element("div", { className: "view" }, shown);
  const whole = () => (document.fullscreenElement ? document.exitFullscreen() : sheet.requestFullscreen());
  const bar = element(
    "div",
    { className: "bar" },
    element("span", { textContent: sourceOf(figure) }),
    ...(document.fullscreenEnabled ? [act(say`Full screen`, whole)] : []),
    act(say`Save SVG`, async () => save(figure, "svg", new Blob([await drawn(figure, live)], { type: "image/svg+xml" }))),
    act(say`Save PNG`, async () => save(figure, "png", await painted(await drawn(figure, live)))),
    act(say`Copy link`, () => copyLink(figure)),
    act(say`Close`, () => sheet.close()),
  );
  sheet.setAttribute("aria-label", say`${numberOf(figure)}, enlarged`);
  sheet.append(bar, view, said);
  // As large as there is room for; on a phone it is as large as it can be already.
  const fit = () => {
    if (!live) return;
    const beside = innerWidth > innerHeight ? 1000 : 700;
    let zoom = Math.max(1, Math.min(3, view.clientWidth / beside));
    for (shown.style.zoom = zoom; zoom > 0.6 && innerWidth > 576; shown.style.zoom = zoom -= 0.1) {
      if (view.scrollHeight <= view.clientHeight + 1) break;
    }
  };
  if (live) figure.enlarged = live;
  sheet.addEventListener("close", () => {
    removeEventListener("resize", fit);
    if (live) {
      shown.style.zoom = "";
      kept.replaceWith(live);
      delete figure.enlarged;
    }
    sheet.remove();
    button.focus();
  });
  document.body.append(sheet);
  sheet.showModal();
  addEventListener("resize", fit);
  fit();
}

function save(figure, kind, blob) {
  const href = URL.createObjectURL(blob);
  element("a", { href, download: `${figure.id}.${kind}` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

// As a picture

const SVG = "http://www.w3.org/2000/svg";
const part = (name, attributes = {}, ...children) => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

/** A figure as the text of an SVG, with the line that says where it is from and what may be done with it. */
async function drawn(figure, live) {
  const picture = live ? drawnLive(live) : await drawnStill(figure.querySelector("img"));
  const [, , width, height] = picture.getAttribute("viewBox").split(" ").map(Number);
  const room = 18;
  picture.setAttribute("viewBox", `0 0 ${width} ${height + room}`);
  picture.setAttribute("width", width);
  picture.setAttribute("height", height + room);
  picture.prepend(part("title", {}, sourceOf(figure)), part("rect", { width, height: height + room, fill: "#fff" }));
  const line = { x: 6, y: height + room - 6, "font-family": "sans-serif", "font-size": 9, fill: "#555" };
  picture.append(part("text", line, `${sourceOf(figure)}  https://creativecommons.org/licenses/by/4.0/`));
  return new XMLSerializer().serializeToString(picture);
}

async function drawnStill(image) {
  const answer = await fetch(image.src);
  if (new URL(image.src).pathname.endsWith(".svg")) {
    return new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
  }
  const reader = new FileReader();
  reader.readAsDataURL(await answer.blob());
  await new Promise((done) => (reader.onload = done));
  const [width, height] = [image.naturalWidth, image.naturalHeight];
  return part("svg", { viewBox: `0 0 ${width} ${height}` }, part("image", { href: reader.result, width, height }));
}

/** What a live figure shows, its sentence included, in light colours. */
function drawnLive(live) {
  const [stage, seen] = [".pa-stage", ".pa-seen"].map((name) => live.querySelector(name));
  const before = live.getAttribute("style");
  live.style.cssText = `${before ?? ""};color-scheme:light;color:#1a1a1a`;
  const outer = live.firstElementChild.getBoundingClientRect();
  const scale = live.firstElementChild.offsetWidth / outer.width; // where it is enlarged
  const edge = 10;
  const out = part("svg");
  const boxOf = (box) => ({
    x: (box.left - stage.getBoundingClientRect().left) * scale + edge,
    y: (box.top - stage.getBoundingClientRect().top) * scale + edge,
    width: box.width * scale,
    height: box.height * scale,
  });
  for (const child of stage.children) drawnElement(child, boxOf, out);
  const { width, height } = boxOf(stage.getBoundingClientRect());
  const font = "13px system-ui, sans-serif";
  const lines = wrapped(seen.textContent, width, font);
  lines.forEach((line, i) => out.append(part("text", { x: edge, y: height + 2 * edge + 14 + 17 * i, style: `font:${font}`, fill: "#1a1a1a" }, line)));
  out.setAttribute("viewBox", `0 0 ${Math.ceil(width + 2 * edge)} ${Math.ceil(height + 3 * edge + 14 + 17 * (lines.length - 1))}`);
  before === null ? live.removeAttribute("style") : live.setAttribute("style", before);
  return out;
}

let shades = 0;
// Not the shorthand, which is empty where digits are all of one width.
const fontOf = ({ fontStyle, fontWeight, fontSize, fontFamily }) => `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;
const pen = document.createElement("canvas").getContext("2d");

// What a line of a text may be broken after: a word or a Chinese character, with the punctuation that follows it.
const UNIT = /(?:[\u2e80-\ud7ff\uf900-\uffef]|[^\s\u2e80-\ud7ff\uf900-\uffef]+)[，。；：？、）”]*/g;

function wrapped(text, width, font) {
  pen.font = font;
  const lines = [];
  let begin = 0;
  let end = 0;
  for (const unit of text.matchAll(UNIT)) {
    const next = unit.index + unit[0].length;
    if (end > begin && pen.measureText(text.slice(begin, next)).width > width) {
      lines.push(text.slice(begin, end));
      begin = unit.index;
    }
    end = next;
  }
  return [...lines, text.slice(begin, end)];
}

/** Draw an element of a figure, and what is in it, into `out`. */
function drawnElement(one, boxOf, out) {
  if (!one.checkVisibility({ visibilityProperty: true })) return;
  const style = getComputedStyle(one);
  const box = boxOf(one.getBoundingClientRect());
  if (one.localName === "svg") return out.append(plainCopy(one, box));
  if (one.localName === "canvas") {
    out.append(part("image", { ...box, href: one.toDataURL(), preserveAspectRatio: "none", style: "image-rendering:pixelated" }));
    return;
  }
  if (style.opacity < 1) out = out.appendChild(part("g", { opacity: style.opacity }));
  const line = parseFloat(style.borderTopWidth);
  const stops = style.backgroundImage.match(/rgba?\([^)]*\)/g);
  let fill = style.backgroundColor;
  if (stops) {
    const id = `shades-${++shades}`;
    fill = `url(#${id})`;
    out.append(part("linearGradient", { id }, ...stops.map((stop, i) => part("stop", { offset: i / (stops.length - 1), "stop-color": stop }))));
  }
  const empty = /^(transparent|rgba\(.*, 0\))$/.test(fill);
  if (!empty || line) {
    out.append(part("rect", { ...box, rx: parseFloat(style.borderTopLeftRadius) || 0, fill: empty ? "none" : fill, ...(line ? { stroke: style.borderTopColor, "stroke-width": line } : {}) }));
  }
  const ink = { fill: style.color, style: `font:${fontOf(style)}`, ...(style.textDecorationLine === "underline" ? { "text-decoration": "underline" } : {}) };
  pen.font = fontOf(style);
  const write = (text, { x, y, height }) => {
    const { fontBoundingBoxAscent: above, fontBoundingBoxDescent: below } = pen.measureText(text);
    out.append(part("text", { x, y: y + (height + above - below) / 2, ...ink }, text));
  };
  if (one.localName === "textarea" || one.localName === "input") return write(one.value, { ...box, x: box.x + 8 });
  for (const child of one.childNodes) {
    if (child.nodeType === 1) drawnElement(child, boxOf, out);
    if (child.nodeType !== 3 || !child.textContent.trim()) continue;
    const range = document.createRange();
    range.selectNodeContents(child);
    if (style.writingMode !== "horizontal-tb") {
      const { x, y, width, height } = boxOf(range.getBoundingClientRect());
      const turned = `translate(${x + width / 2 + 4} ${y + height / 2}) rotate(-90)`;
      out.append(part("text", { transform: turned, "text-anchor": "middle", ...ink }, child.textContent.trim()));
      continue;
    }
    // Word by word, each where it stands: a line is broken where the page breaks it.
    for (const word of child.textContent.matchAll(UNIT)) {
      range.setStart(child, word.index);
      range.setEnd(child, word.index + word[0].length);
      write(word[0], boxOf(range.getBoundingClientRect()));
    }
  }
}

const DRAWN = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "opacity", "visibility", "image-rendering", "shape-rendering"];

/** A copy of an SVG that needs no style sheet. */
function plainCopy(svg, box) {
  const copied = svg.cloneNode(true);
  const [ones, others] = [svg, copied].map((each) => [each, ...each.querySelectorAll("*")]);
  ones.forEach((one, i) => {
    const style = getComputedStyle(one);
    const other = others[i];
    for (const { name } of [...other.attributes]) if (/^(class|style|tabindex|role|aria-.*)$/.test(name)) other.removeAttribute(name);
    if (one === svg) return;
    for (const name of DRAWN) {
      const value = style.getPropertyValue(name);
      if (value !== "none" || name === "fill") other.style.setProperty(name, value);
    }
    if (one.localName === "text") other.style.font = fontOf(style);
  });
  if (!copied.hasAttribute("viewBox")) copied.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
  for (const [name, value] of Object.entries(box)) copied.setAttribute(name, value);
  copied.setAttribute("overflow", "visible");
  return copied;
}

/** The text of an SVG as a PNG, at least 1600 pixels wide. */
async function painted(text) {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(text)}`;
  await image.decode();
  const scale = Math.max(2, 1600 / image.width);
  const canvas = element("canvas", { width: image.width * scale, height: image.height * scale });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}
