// Brings the interactive figures of a page to life: each has its state and its own code in the page. No kernel runs, so
// the model behind a figure is the few lines here.
"use strict";

{
  const modules = new Map();
  const own = document.currentScript?.src;

  /** Bring what a figure has put aside: a script, for a page opened from a folder may read no other file. */
  const fetched = {};
  const fetchLater = (name) =>
    (fetched[name] ??= new Promise((done, fail) => {
      const script = document.createElement("script");
      script.onload = () => done(putAside[name]);
      script.onerror = () => {
        delete fetched[name];
        fail(new Error(`${name} did not come`));
      };
      script.src = new URL(name, own);
      document.head.append(script);
    }));

  /** What an anywidget asks of its model, without a kernel to share it with. */
  const modelOf = (state) => {
    const listeners = new Map();
    return {
      get: (name) => state[name],
      fetch: fetchLater,
      set: (name, value) => {
        if (state[name] === value) return;
        state[name] = value;
        for (const listener of listeners.get(`change:${name}`) ?? []) listener();
      },
      save_changes: () => {},
      on: (event, listener) => listeners.set(event, [...(listeners.get(event) ?? []), listener]),
      off: (event, listener) => listeners.set(event, (listeners.get(event) ?? []).filter((other) => other !== listener)),
    };
  };

  const moduleOf = (code) => {
    if (!modules.has(code)) {
      modules.set(code, import(URL.createObjectURL(new Blob([code], { type: "text/javascript" }))));
    }
    return modules.get(code);
  };

  const styles = new Set();
  const style = (css) => {
    if (styles.has(css)) return;
    styles.add(css);
    document.head.append(Object.assign(document.createElement("style"), { textContent: css }));
  };

  // The states of all figures of the page, read when the first of them wakes.
  let states;
  const readStates = () => {
    if (states !== undefined) return;
    states = null;
    try {
      states = JSON.parse(document.querySelector("script[type$='widget-state+json']").textContent);
    } catch (error) {
      console.warn(error);
    }
  };

  // Safari has no requestIdleCallback.
  const idle = () => new Promise((done) => (globalThis.requestIdleCallback ?? setTimeout)(done));

  /** Let a figure live, once. Unless it is wanted at `once`, it takes its steps while the page has nothing else to do. */
  const waking = new Map();
  const wake = (place, once) => {
    if (!waking.has(place)) waking.set(place, enliven(place, once));
    return waking.get(place);
  };

  // Whether the reader has gone on from where the page opened.
  let moved = false;
  for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    addEventListener(kind, () => (moved = true), { once: true, passive: true, capture: true });
  }

  const enliven = async (place, once) => {
    const view = place.querySelector("script[type$='widget-view+json']");
    const live = document.createElement("div");
    live.className = "live";
    let state;
    try {
      readStates();
      state = states[JSON.parse(view.textContent).model_id];
      if (!once) await idle();
      const { default: figure } = await moduleOf(state._esm);
      if (!once) await idle();
      style(state._css);
      place.append(live);
      const model = modelOf({ ...state });
      await figure.render({ model, el: live });
      // For links to the figure as it is set; see figure-tools.js.
      Object.assign(live, { model, begin: state });
      describe(place, live);
      place.classList.add("alive");
      // It may be of another height now; whom a link has led here finds it where the link led.
      if (!moved) place.closest("figure:target")?.scrollIntoView();
    } catch (error) {
      if (states) console.warn(error); // without any, that has been said
      live.className = "broken";
      live.textContent = say`This figure could not be brought to life. The picture shows how it begins.`;
      place.append(live);
    }
    // Whoever has come here by Tab goes on into the figure: at its end, if from below.
    if (document.activeElement === place) {
      const inside = [...live.querySelectorAll("input, select, textarea, button, [tabindex='0']")];
      inside.at(place.dataset.from === "below" ? -1 : 0)?.focus({ preventScroll: true });
    }
    for (const name of ["tabindex", "role", "aria-label", "data-from"]) place.removeAttribute(name);
    return live;
  };

  let described = 0;
  /** What the still shows is said of the live figure. */
  const describe = (place, live) => {
    const still = place.querySelector("img");
    if (!still) return;
    still.id ||= `still-${++described}`;
    live.querySelector("[role=group]")?.setAttribute("aria-describedby", still.id);
  };

  const begin = () => {
    const places = [...document.querySelectorAll(".explorable:has(script[type$='widget-view+json'])")];
    const near = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) {
          if (!isIntersecting) continue;
          near.unobserve(target);
          wake(target);
        }
      },
      { rootMargin: "100% 0px" },
    );
    for (const place of places) {
      Object.assign(place, { tabIndex: 0 });
      place.setAttribute("role", "group");
      place.setAttribute("aria-label", say`A figure that moves`);
      place.addEventListener("focus", ({ relatedTarget }) => {
        const after = relatedTarget && place.compareDocumentPosition(relatedTarget) & Node.DOCUMENT_POSITION_FOLLOWING;
        place.dataset.from = after ? "below" : "above";
        wake(place, true);
      });
      place.addEventListener("pointerenter", () => wake(place, true), { once: true });
      near.observe(place);
    }
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();

  // An address that says how a figure is set: `#fig-name?trait=value&...`.
  const arrive = () => {
    const [, id, settings] = location.hash.match(/^#([^?]+)\?(.*)$/) ?? [];
    if (id) load("figure-tools.js").then(() => setFigure(decodeURIComponent(id), settings, wake));
  };
  // `load` is book.js's, which may come after this.
  if (document.readyState === "complete") arrive();
  else addEventListener("load", arrive);
  addEventListener("hashchange", arrive);
}
