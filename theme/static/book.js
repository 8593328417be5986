// What a page of the book does beyond being read. Without it everything is there, but for these comforts.
"use strict";

// What a script says, the build puts into the language of the edition: with_words() in ../editions.py.

// Light or dark: as the system has it, or as the reader chooses. A line in the page's head applies the choice at once.
function chooseColours() {
  const root = document.documentElement;
  const button = document.querySelector(".colours");
  const choices = ["", "light", "dark"];
  const names = { light: say`light`, dark: say`dark` };
  const show = () => (button.lastElementChild.textContent = names[root.dataset.colours] ?? say`auto`);
  button.addEventListener("click", () => {
    root.dataset.colours = choices[(choices.indexOf(root.dataset.colours) + 1) % 3];
    try {
      localStorage.setItem("colours", root.dataset.colours);
    } catch {
      // A browser that keeps nothing forgets the choice with the page.
    }
    show();
  });
  root.dataset.colours ??= "";
  button.hidden = false;
  show();
}

// What is wider than its box, or an output longer than its window, can be scrolled; with the keyboard, too, if it can be
// reached.
function letKeysScroll() {
  const windows = ":is(.tag_scroll-output, .tag_output_scroll, .config_scroll_outputs) .cell_output";
  const boxes = [...document.querySelectorAll(`pre, .scroll, .picture, .text_html, .formula, ${windows}`)];
  const look = () => {
    const more = boxes.map((box) => box.scrollWidth > box.clientWidth + 1 || (box.matches(windows) && box.scrollHeight > box.clientHeight + 1));
    boxes.forEach((box, i) => (more[i] ? (box.tabIndex = 0) : box.removeAttribute("tabindex")));
  };
  addEventListener("resize", look);
  document.fonts.addEventListener("loadingdone", look); // a formula may be wider in its own font
  look();
}

// The code alone, where its lines are numbered.
function codeOf(box) {
  const parts = box.cloneNode(true);
  for (const numbers of parts.querySelectorAll(".linenos")) numbers.remove();
  return parts.querySelector("pre").textContent;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Browsers keep the clipboard from pages that came over plain http; the old way still works there.
    const field = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

// A formula is there twice, drawn and for screen readers; copied, it is there once, as it was written.
function copyFormulasOnce() {
  addEventListener("copy", (event) => {
    const selection = getSelection();
    if (event.target.closest?.("input, textarea") || !selection.rangeCount) return;
    const box = document.createElement("div");
    for (let i = 0; i < selection.rangeCount; i++) {
      const range = selection.getRangeAt(i).cloneRange();
      const around = (node) => (node.closest ? node : node.parentElement)?.closest(".katex");
      if (around(range.startContainer)) range.setStartBefore(around(range.startContainer));
      if (around(range.endContainer)) range.setEndAfter(around(range.endContainer));
      box.append(range.cloneContents());
    }
    const formulas = box.querySelectorAll(".katex");
    if (!formulas.length) return;
    for (const formula of formulas) {
      const sign = formula.querySelector("math[display]") ? "$$" : "$";
      formula.replaceWith(`${sign}${formula.querySelector("annotation").textContent}${sign}`);
    }
    for (const link of box.querySelectorAll(".headerlink")) link.remove();
    event.clipboardData.setData("text/plain", box.textContent);
    event.clipboardData.setData("text/html", box.innerHTML);
    event.preventDefault();
  });
}

function addCopyButtons() {
  for (const code of document.querySelectorAll("div.highlight")) {
    if (code.closest(".cell_output")) continue;
    const properties = { type: "button", className: "copy", textContent: say`Copy` };
    const button = Object.assign(document.createElement("button"), properties);
    const first = codeOf(code).trim().split("\n")[0];
    button.setAttribute("aria-label", say`Copy the code that begins with ${first}`);
    button.addEventListener("click", async () => {
      await copy(codeOf(code));
      button.focus();
      button.textContent = say`Copied`;
      setTimeout(() => (button.textContent = say`Copy`), 2000);
    });
    code.append(button);
  }
}

// In the contents, mark the section that is being read, and keep its mark in sight; the bar of a narrow page names it.
function followReader() {
  const links = new Map();
  for (const link of document.querySelectorAll("#contents a[href^='#']")) {
    const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (section) links.set(section, link);
  }
  const now = document.querySelector(".now > span");
  const side = document.querySelector(".side");
  const mark = (entries) => {
    for (const { target, isIntersecting } of entries) {
      const link = links.get(target);
      link.classList.toggle("here", isIntersecting);
      isIntersecting ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
      if (isIntersecting && side.scrollHeight > side.clientHeight) {
        const beyond = link.getBoundingClientRect();
        if (beyond.top < 80 || beyond.bottom > innerHeight) side.scrollTop += beyond.top - innerHeight / 3;
      }
    }
    now.textContent = document.querySelector("#contents a.here")?.textContent ?? "";
  };
  const watch = new IntersectionObserver(mark, { rootMargin: "-20% 0px -80% 0px" });
  for (const section of links.keys()) watch.observe(section);
}

// A notebook that lies in a folder beside the page is shown by a browser and not saved; the zip of them all is saved.
function saveFromFolder() {
  for (const link of document.querySelectorAll(".run a[download]")) {
    link.href = new URL("../paying-attention-notebooks.zip", document.querySelector('script[src*="_static/book.js"]').src);
    link.textContent = link.dataset.all;
  }
}

// What not every reader needs comes when it is first needed.
const loading = {};
function load(name) {
  return (loading[name] ??= new Promise((done) => {
    const address = new URL(name, document.querySelector('script[src*="_static/book.js"]').src).href;
    const part = document.createElement(name.endsWith("js") ? "script" : "link");
    document.head.append(Object.assign(part, { rel: "stylesheet", href: address, src: address, onload: done }));
  }));
}

// The search and its index come with their first use: a key, a field that is entered, a link from a result.
function bringSearch() {
  const contents = document.getElementById("contents");
  const field = contents.querySelector("[type=search]");
  let begun;
  const begin = () => (begun ??= load("later.css").then(() => load("search-index.js")).then(() => load("search.js")).then(() => suggest(field)));
  field.addEventListener("focus", begin);
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const { key, ctrlKey, metaKey, altKey } = event;
    const asked = key === "/" ? !(typing || ctrlKey || metaKey || altKey) : key === "k" && (ctrlKey || metaKey);
    if (!asked) return;
    event.preventDefault();
    // Where the contents lie over the text, they have to come first.
    if (getComputedStyle(contents).display === "none") contents.showPopover();
    field.focus();
    field.select();
  });
  if (document.activeElement === field) begin();
  const all = document.querySelector("main [type=search]");
  if (all) begin().then(() => list(all));
  if (new URLSearchParams(location.search).has("words")) load("later.css").then(() => load("search.js")).then(() => markArrival());
}

// A preview of what a link leads to comes with the first link that is touched on; a tap may come before its script.
function bringPreviews() {
  let first;
  const touched = (event) => {
    const link = event.target.closest?.("article a.internal[href*='#']");
    if (!link) return;
    if (event.type === "click") {
      if (first?.pointerType !== "touch") return;
      event.preventDefault();
      first.tapped = link;
    } else {
      first ??= { pointerType: event.pointerType };
    }
    load("later.css").then(() => load("previews.js")).then(() => {
      if (!first.begun) first.begun = previewLinks();
      for (const kind of kinds) removeEventListener(kind, touched);
      if (first.tapped) first.begun.show(first.tapped);
      else if (event.type === "focusin") first.begun.show(link);
      else first.begun.enter(event);
    });
  };
  const kinds = ["pointerover", "focusin", "click"];
  for (const kind of kinds) addEventListener(kind, touched);
}

// Where the contents lie over the text: what is chosen there is what is seen next.
function closeContents() {
  const contents = document.getElementById("contents");
  contents.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (!link || !contents.matches(":popover-open")) return;
    contents.hidePopover();
    const section = document.getElementById(decodeURIComponent(link.hash.slice(1))) ?? document.getElementById("main");
    section.tabIndex = -1;
    section.focus({ preventScroll: true });
  });
  contents.addEventListener("toggle", ({ newState }) => {
    if (newState === "closed" && document.activeElement === document.body) document.querySelector(".open-contents").focus();
  });
}

// The chapters that this reader has read, and one button to forget all that this machine knows of it.
function markRead() {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem("reader")) ?? {};
  } catch {
    // Nothing is kept here, or not by us.
  }
  for (const link of document.querySelectorAll("#contents li a:not([href^='#']), #contents a.current, article td:first-child a:not([href*='#']), .way a")) {
    const page = new URL(link.href).pathname.split("/").pop().replace(".html", "");
    link.classList.toggle("read", Boolean(kept[page]?.read));
  }
  const forget = document.querySelector(".forget");
  forget.hidden = !Object.keys(kept).length;
  forget.onclick = () => {
    localStorage.removeItem("reader");
    history.scrollRestoration = "manual"; // back where it was, it would count as read again
    location.reload();
  };
}

// What the buttons below a figure are for comes when one is first used. The one link with a language of its own leads to
// the other edition, where a place has the same name.
addEventListener("click", ({ target }) => {
  const button = target.closest?.(".tools button");
  if (button) load("figure-tools.js").then(() => useFigure(button));
  if (target.lang) target.hash = location.hash;
});

chooseColours();
bringSearch();
bringPreviews();
closeContents();
copyFormulasOnce();
markRead();
if (location.protocol === "file:") saveFromFolder();
if (document.querySelector("details.choice, details.solution, #to-remember")) load("reader.js").then(() => rememberReader());
// The rest can wait until the page has been painted. Safari has no requestIdleCallback.
(globalThis.requestIdleCallback ?? setTimeout)(() => {
  letKeysScroll();
  addCopyButtons();
  followReader();
}, { timeout: 2000 });
