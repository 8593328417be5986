// Shows what a link leads to, beside it: on hover, on focus, and on the first tap, which the second then follows. What
// other pages say is in a template of the page; nothing is fetched. book.js brings this when a link is first touched.
"use strict";

function previewLinks() {
  const entries = new Map(
    [...(document.getElementById("previews")?.content.children ?? [])].map((entry) => [entry.dataset.to, entry])
  );
  const card = Object.assign(document.createElement("div"), { id: "preview", popover: "manual" });
  card.setAttribute("role", "tooltip");
  document.getElementById("main").append(card);
  let shownFor = null;
  let shownAt;
  let timer;

  // Of the page itself: a figure with its caption, a section's or an exercise's heading with what follows.
  const ofThisPage = (hash) => {
    const place = hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
    if (!place) return null;
    const part = place.matches("figure, .citation, dt")
      ? [place, ...(place.matches("dt") ? [place.nextElementSibling] : [])]
      : [...place.querySelectorAll(":scope > :is(h2, h3, .admonition-title, p)")].slice(0, 2);
    const box = document.createElement("div");
    box.append(...part.map((element) => element.cloneNode(true)));
    box.querySelectorAll(".headerlink, .back, .label, script, .live").forEach((element) => element.remove());
    box.querySelectorAll("[id]").forEach((element) => element.removeAttribute("id"));
    box.querySelectorAll("a").forEach((link) => link.replaceWith(...link.childNodes));
    return box;
  };

  const contentOf = (link) => {
    const href = link.getAttribute("href");
    return href.startsWith("#") ? ofThisPage(href) : entries.get(href)?.cloneNode(true);
  };

  const hide = () => {
    clearTimeout(timer);
    shownFor?.removeAttribute("aria-describedby");
    shownFor = null;
    if (card.matches(":popover-open")) card.hidePopover();
  };

  const show = (link) => {
    const content = contentOf(link);
    if (!content?.textContent.trim()) return false;
    hide();
    card.replaceChildren(content);
    card.showPopover();
    const at = link.getClientRects()[0];
    const below = at.bottom + 6 + card.offsetHeight < innerHeight;
    card.style.top = `${Math.max(4, below ? at.bottom + 6 : at.top - 6 - card.offsetHeight)}px`;
    card.style.left = `${Math.max(8, Math.min(at.left, innerWidth - card.offsetWidth - 8))}px`;
    link.setAttribute("aria-describedby", card.id);
    shownFor = link;
    shownAt = at.top;
    return true;
  };

  const linkOf = (event) => event.target.closest?.("article a.internal[href*='#']:not(.headerlink)");
  const soon = (act, wait) => {
    clearTimeout(timer);
    timer = setTimeout(act, wait);
  };
  const enter = (event) => {
    const link = linkOf(event);
    if (link && event.pointerType === "mouse" && link !== shownFor) soon(() => show(link), 250);
    else if (card.contains(event.target) || link) clearTimeout(timer);
  };
  addEventListener("pointerover", enter);
  addEventListener("pointerout", (event) => {
    if (event.pointerType === "mouse" && (linkOf(event) || card.contains(event.target))) soon(hide, 200);
  });
  addEventListener("focusin", (event) => {
    const link = linkOf(event);
    if (link?.matches(":focus-visible")) show(link);
    else if (!card.contains(event.target)) hide();
  });
  let touched = false;
  addEventListener("pointerdown", (event) => (touched = event.pointerType === "touch"), true);
  addEventListener("click", (event) => {
    const link = linkOf(event);
    if (link && touched && link !== shownFor && show(link)) event.preventDefault();
    else if (!card.contains(event.target)) hide();
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shownFor) {
      hide();
      event.stopPropagation();
    }
  }, true);
  // A page says that it was scrolled a moment later: if the link stayed where it is, that was before the tap.
  const left = () => Math.abs(shownFor.getClientRects()[0].top - shownAt) > 1;
  addEventListener("scroll", () => shownFor && left() && hide(), { passive: true });
  return { enter, show };
}
