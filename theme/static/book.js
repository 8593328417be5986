// What a page of the book does beyond being read. Without it everything is there, but for these comforts.
"use strict";

// Light or dark: as the system has it, or as the reader chooses. A line in the page's head applies the choice at once.
function chooseColours() {
  const root = document.documentElement;
  const button = document.querySelector(".colours");
  const choices = ["", "light", "dark"];
  const show = () => (button.lastElementChild.textContent = root.dataset.colours || "auto");
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

// What is wider than its box can be scrolled; with the keyboard, too, if it can be reached.
function letKeysScroll() {
  const boxes = [...document.querySelectorAll("pre, .scroll, .picture, .text_html, .formula")];
  const look = () => {
    const wide = boxes.map((box) => box.scrollWidth > box.clientWidth + 1);
    boxes.forEach((box, i) => (wide[i] ? (box.tabIndex = 0) : box.removeAttribute("tabindex")));
  };
  addEventListener("resize", look);
  document.fonts.addEventListener("loadingdone", look); // a formula may be wider in its own font
  look();
}

// The code alone, where its lines are numbered.
function codeOf(box) {
  const code = box.querySelector("pre").cloneNode(true);
  for (const number of code.querySelectorAll(".linenos")) number.remove();
  return code.textContent;
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

function addCopyButtons() {
  for (const code of document.querySelectorAll("div.highlight")) {
    if (code.closest(".cell_output")) continue;
    const properties = { type: "button", className: "copy", textContent: "Copy" };
    const button = Object.assign(document.createElement("button"), properties);
    button.addEventListener("click", async () => {
      await copy(codeOf(code));
      button.focus();
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    code.append(button);
  }
}

// In the contents, mark the section that is being read.
function followReader() {
  const links = new Map();
  for (const link of document.querySelectorAll("#contents a[href^='#']")) {
    const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (section) links.set(section, link);
  }
  const mark = (entries) => {
    for (const { target, isIntersecting } of entries) links.get(target).classList.toggle("here", isIntersecting);
  };
  const watch = new IntersectionObserver(mark, { rootMargin: "-20% 0px -80% 0px" });
  for (const section of links.keys()) watch.observe(section);
}

chooseColours();
// The rest can wait until the page has been painted. Safari has no requestIdleCallback.
(globalThis.requestIdleCallback ?? setTimeout)(() => {
  letKeysScroll();
  addCopyButtons();
  followReader();
}, { timeout: 2000 });
