// Finds places of the book while one types, in search-index.js, which holds what each of them says. Nothing is fetched,
// so it works from a folder, too. book.js brings both along when the search is first used.
"use strict";

// Letters that are written in more ways than one become the same letter, one for one, so that places in a text stay
// where they are: "Nadaraya–Watson" has a dash of its own. A hyphen is as good as a blank.
const plain = (text) => text.toLowerCase().replace(/[‐-―−-]/g, " ").replace(/[‘’]/g, "'").replace(/[ö]/g, "o").replace(/[é]/g, "e");

// British and American spelling. Not letter for letter, so only for comparing.
const spell = (text) =>
  text
    .replace(/\b(col|neighb|behavi|fav|lab)our/g, "$1or")
    .replace(/\b(\w{3,})is(e[sd]?|er|ing|ation)\b/g, "$1iz$2")
    .replace(/\b(cent|met|fib)re\b/g, "$1er")
    .replace(/\bgrey/g, "gray")
    .replace(/\bsaliency/g, "salience");

const CHINESE = /[\u3400-\u9fff]/;

// The words of a query; Chinese has no blanks between them, nor beside Latin ones.
const wordsOf = (query) => spell(plain(query)).split(/\s+/).filter(Boolean);
// What the book has another word for.
const ours = (words) =>
  words.flatMap((word) =>
    Object.entries(synonyms)
      .reduce((text, [theirs, said]) => text.replaceAll(theirs, said), word)
      .split(" ")
  );
// What nothing is found for is cut by the browser, and what asks left out.
const ASKS = /^(是|的|了|吗|呢|吧|在|和|与|有|要|能|会|怎么|怎样|如何|什么|为什么|为何|哪些|哪里|多少|几个|一个|请问|[?？，。！、]+)$/;
const cut = (words) => {
  const parts = words.flatMap((word) =>
    CHINESE.test(word) && Intl.Segmenter
      ? [...new Intl.Segmenter("zh", { granularity: "word" }).segment(word)].map(({ segment }) => segment)
      : [word]
  );
  const kept = parts.filter((part) => !ASKS.test(part));
  return kept.length ? kept : parts;
};

// Made once, when the first letter is typed.
let ready;
function prepare() {
  ready ??= places.map(([address, page, heading, text, names, formulas], order) => ({
    address, page, heading, text, order,
    head: spell(plain(heading)),
    title: spell(plain(page)),
    body: spell(plain(text)),
    names: names.map((name) => spell(plain(name))),
    formulas: formulas.toLowerCase(),
  }));
  return ready;
}

const escaped = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const count = (text, word) => text.split(word).length - 1;

const ASIDES = [say`To remember`, say`Exercises`, say`Questions`, say`Sources`].map((name) => name.toLowerCase());

// How well a place fits: 0 unless every word is in it. What it gives a name to counts most, then its heading, then how
// often the words are there, in relation to how much else is.
function points(place, words, phrase) {
  let sum = 0;
  for (const word of words) {
    const begins = CHINESE.test(word) || !/^\w/.test(word) ? null : new RegExp(`\\b${escaped(word)}`, "g");
    const inText = begins ? (place.body.match(begins) ?? []).length : count(place.body, word);
    const within = inText || count(place.body, word) / 4;
    const named = place.names.some((name) => name.includes(word));
    const headed = begins ? begins.test(place.head) : place.head.includes(word);
    const written = place.formulas.includes(word);
    if (!within && !headed && !named && !written && !place.title.includes(word)) return 0;
    sum += (6 * Math.log2(1 + within)) / (1 + place.body.length / 4000) + 14 * headed + 8 * named + 3 * written;
    sum += 3 * place.title.includes(word);
  }
  const term = (text) => text === phrase || [" (", "（"].some((open) => text.startsWith(phrase + open)) || ["(", "（"].some((open) => text.slice(0, -1).endsWith(open + phrase));
  if (place.names.some(term)) sum += 40;
  if (term(place.head.replace(/^[\d.]+ /, ""))) sum += 30;
  if (words.length > 1) {
    sum += 8 * Math.log2(1 + count(place.body, phrase)) + 20 * place.head.includes(phrase);
  }
  // What announces, asks, sums up or lists says little about a thing itself.
  const aside = place.heading === place.page || ASIDES.includes(place.head);
  return aside ? 0.6 * sum : sum;
}

// Whether one word becomes another by one letter more, less, other, or exchanged with its neighbour.
function nearly(one, other) {
  if (Math.abs(one.length - other.length) > 1) return false;
  let i = 0;
  while (i < one.length && one[i] === other[i]) i += 1;
  const [a, b] = [one.slice(i), other.slice(i)];
  return (
    a.slice(1) === b.slice(1) || a.slice(1) === b || a === b.slice(1) ||
    (a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2))
  );
}

// A word that is nowhere in the book is taken for the commonest one that differs from it by one letter.
let vocabulary;
function mended(word) {
  if (word.length < 4 || CHINESE.test(word)) return word;
  if (prepare().some(({ body, head, names, formulas }) => [body, head, formulas, ...names].some((text) => text.includes(word)))) {
    return word;
  }
  if (!vocabulary) {
    vocabulary = new Map();
    for (const { body } of prepare()) {
      for (const known of body.match(/[a-z_]{3,}/g) ?? []) vocabulary.set(known, (vocabulary.get(known) ?? 0) + 1);
    }
  }
  const alike = [...vocabulary].filter(([known]) => nearly(word, known));
  return alike.sort(([, a], [, b]) => b - a)[0]?.[0] ?? word;
}

// The places that fit a query, best first, and the words that were looked for.
function find(query) {
  const look = (words) =>
    prepare()
      .map((place) => [points(place, words, words.join(" ")), place])
      // Where the book says that others call it so, comes before where it only speaks of it.
      .map(([sum, place]) => [sum && typed !== words.join(" ") && place.body.includes(typed) ? sum + 40 : sum, place])
      .filter(([sum]) => sum > 0)
      .sort(([a, one], [b, other]) => b - a || one.order - other.order)
      .map(([, place]) => place);
  let words = wordsOf(query);
  const typed = words.join(" ");
  const known = ours(words);
  // The book's own word says more of a thing than a sentence that has the other.
  if (known.join(" ") !== words.join(" ") && known.length) words = known;
  let found = words.length ? look(words) : [];
  for (const change of [(list) => list.map(mended), cut, (list) => cut(ours(cut(list)))]) {
    if (found.length || !words.length) break;
    const changed = change(words);
    if (changed.join(" ") !== words.join(" ")) [words, found] = [changed, look(changed)];
  }
  return { words, found };
}

// A text with the words that were looked for marked in it.
function marked(text, words, tag = "span") {
  const element = document.createElement(tag);
  let at = 0;
  for (const [begin, end] of spans(text, words)) {
    const mark = document.createElement("mark");
    mark.textContent = text.slice(begin, end);
    element.append(text.slice(at, begin), mark);
    at = end;
  }
  element.append(text.slice(at));
  return element;
}

// Where the words are in a text, as pairs of begin and end. Plain, not spelt, so that places stay where they are.
function spans(text, words) {
  if (!words.length) return [];
  const pattern = new RegExp(words.map(escaped).join("|"), "g");
  return [...plain(text).matchAll(pattern)].map(({ index, 0: { length } }) => [index, index + length]);
}

// The text around the first place where the words are.
function excerpt(text, words, length) {
  const first = spans(text, words)[0]?.[0] ?? 0;
  const near = first - Math.floor(length / 4);
  const blank = text.lastIndexOf(" ", near) + 1;
  const begin = first < length / 2 ? 0 : near - blank > length / 4 ? near : blank; // Chinese has no blanks to begin at
  const more = begin + length < text.length;
  return `${begin ? "… " : ""}${text.slice(begin, begin + length)}${more ? " …" : ""}`;
}

const ROOT = new URL("../", document.querySelector('script[src*="_static/book.js"]').src);

function linkTo({ address, page, heading }, words) {
  const link = document.createElement("a");
  const url = new URL(address, ROOT);
  url.search = new URLSearchParams({ words: words.join(" ") });
  link.href = url;
  link.append(marked(heading || page, words));
  if (heading && page !== heading) link.append(Object.assign(document.createElement("small"), { textContent: page }));
  return link;
}

// Under a field of the contents: the first places, to be chosen with the arrow keys.
function suggest(field) {
  const list = Object.assign(document.createElement("div"), { id: "suggestions", popover: "manual", role: "listbox" });
  list.setAttribute("aria-label", say`Places found`);
  const status = Object.assign(document.createElement("p"), { role: "status", className: "unseen" });
  field.form.append(list, status);
  const says = { role: "combobox", "aria-controls": list.id, "aria-autocomplete": "list", "aria-expanded": false };
  for (const [name, value] of Object.entries(says)) {
    field.setAttribute(name, value);
  }
  let chosen = -1;
  const choose = (next) => {
    chosen = next;
    [...list.children].forEach((option, i) => option.setAttribute("aria-selected", i === chosen));
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
    chosen < 0 ? field.removeAttribute("aria-activedescendant") : field.setAttribute("aria-activedescendant", `place-${chosen}`);
  };
  const show = (open) => {
    field.setAttribute("aria-expanded", open);
    if (open === list.matches(":popover-open")) return;
    list.togglePopover(open);
  };
  let told;
  const update = () => {
    const { words, found } = find(field.value);
    list.replaceChildren(
      ...found.slice(0, 8).map((place, i) => {
        const option = linkTo(place, words);
        option.append(marked(excerpt(place.text, words, 90), words, "p"));
        Object.assign(option, { id: `place-${i}`, role: "option", tabIndex: -1 });
        return option;
      })
    );
    choose(-1);
    const box = field.getBoundingClientRect();
    const width = Math.min(34 * 16, innerWidth - 16);
    list.style.width = `${width}px`;
    list.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
    list.style.top = `${box.bottom + 4}px`;
    list.style.maxHeight = `${innerHeight - box.bottom - 16}px`;
    show(found.length > 0);
    clearTimeout(told); // not at each letter
    told = setTimeout(() => (status.textContent = sum(found, words, field.value)), 600);
  };
  field.addEventListener("input", update);
  field.addEventListener("keydown", (event) => {
    const options = list.children.length;
    if (event.key === "Escape" && list.matches(":popover-open")) {
      event.preventDefault(); // the contents stay open
      show(false);
    } else if (["ArrowDown", "ArrowUp"].includes(event.key) && options) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose(((chosen + step + 1 + options + 1) % (options + 1)) - 1);
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      list.children[chosen].click();
    }
  });
  list.addEventListener("click", () => show(false));
  field.form.addEventListener("focusout", ({ relatedTarget }) => {
    if (!field.form.contains(relatedTarget)) show(false);
  });
  if (field.value) update();
}

function sum(found, words, query) {
  if (!words.length) return "";
  const [asked, looked] = [query.trim(), words.join(" ")];
  if (!found.length) return say`No places for “${asked}”.`;
  if (looked === wordsOf(query).join(" ")) {
    return found.length === 1 ? say`1 place for “${asked}”.` : say`${found.length} places for “${asked}”.`;
  }
  return found.length === 1
    ? say`1 place for “${asked}”, looking for “${looked}”.`
    : say`${found.length} places for “${asked}”, looking for “${looked}”.`;
}

// The page of the search: everything that was found.
function list(field) {
  const results = document.getElementById("results");
  const update = () => {
    const { words, found } = find(field.value);
    results.replaceChildren(
      ...found.map((place) => {
        const item = document.createElement("li");
        item.append(linkTo(place, words), marked(excerpt(place.text, words, 240), words, "p"));
        return item;
      })
    );
    document.getElementById("found").textContent = sum(found, words, field.value);
  };
  field.value = new URLSearchParams(location.search).get("q") ?? "";
  field.addEventListener("input", update);
  update();
}

// Where a result has led to: the words that were looked for, marked without a change to the page.
function markArrival() {
  const address = new URL(location);
  const words = wordsOf(address.searchParams.get("words") ?? "");
  address.searchParams.delete("words");
  history.replaceState(history.state, "", address);
  const place = document.getElementById(decodeURIComponent(address.hash.slice(1)));
  if (!globalThis.Highlight || !words.length || !place) return;
  const around = place.matches("dt") ? [place, place.nextElementSibling] : [place];
  const ranges = [];
  for (const element of around.filter(Boolean)) {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const [begin, end] of spans(texts.currentNode.data, words)) {
        const range = new Range();
        range.setStart(texts.currentNode, begin);
        range.setEnd(texts.currentNode, end);
        ranges.push(range);
      }
    }
  }
  CSS.highlights.set("found", new Highlight(...ranges));
}
