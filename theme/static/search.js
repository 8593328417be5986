// Looks for words in search-index.js, which holds the text of every section. Nothing is fetched, so it works from a
// folder, too; and since it looks for parts of words, it finds Chinese, which has no spaces between them.
"use strict";

const query = new URLSearchParams(location.search).get("q")?.trim() ?? "";
const words = query.toLowerCase().split(/\s+/).filter(Boolean);
const field = document.querySelector("main input");
field.value = query;

// A section counts if every word is in it; more if in its heading, or in the title of its page.
const score = ([, page, heading, text]) => {
  let sum = 0;
  for (const word of words) {
    const count = text.toLowerCase().split(word).length - 1;
    const named = 20 * heading.toLowerCase().includes(word) + 10 * page.toLowerCase().includes(word);
    if (count + named === 0) return 0;
    sum += Math.min(count, 9) + named;
  }
  return sum;
};

// The text around the first word that was looked for, with all such words marked.
const excerpt = (text) => {
  const places = words.map((word) => text.toLowerCase().indexOf(word)).filter((at) => at >= 0);
  const begin = Math.max(0, (places.length ? Math.min(...places) : 0) - 80);
  const end = begin + 240;
  const cut = `${begin > 0 ? "…" : ""}${text.slice(begin, end)}${text.length > end ? "…" : ""}`;
  const pattern = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  const parts = cut.split(new RegExp(`(${pattern})`, "i"));
  const paragraph = document.createElement("p");
  parts.forEach((part, i) => {
    const element = i % 2 ? document.createElement("mark") : document.createElement("span");
    element.textContent = part;
    paragraph.append(element);
  });
  return paragraph;
};

if (words.length) {
  const found = sections
    .map((section) => [score(section), section])
    .filter(([points]) => points > 0)
    .sort(([a], [b]) => b - a);
  for (const [, [address, page, heading, text]] of found) {
    const link = document.createElement("a");
    link.href = address;
    link.textContent = page === heading ? page : `${page}: ${heading}`;
    const item = document.createElement("li");
    item.append(link, excerpt(text));
    document.getElementById("results").append(item);
  }
  const count = found.length === 1 ? "1 section" : `${found.length || "No"} sections`;
  document.getElementById("found").textContent = `${count} with “${query}”.`;
}
