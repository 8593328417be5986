// Brings the interactive figures of a page to life: each has its state and its own code in the page. No kernel runs, so
// the model behind a figure is the few lines here.
"use strict";

{
  const modules = new Map();

  /** What an anywidget asks of its model, without a kernel to share it with. */
  const modelOf = (state) => {
    const listeners = new Map();
    return {
      get: (name) => state[name],
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

  const load = (code) => {
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

  const enliven = async (view, states) => {
    const place = view.closest(".explorable");
    const live = document.createElement("div");
    live.className = "live";
    try {
      const state = states[JSON.parse(view.textContent).model_id];
      const { default: figure } = await load(state._esm);
      style(state._css);
      place.append(live);
      await figure.render({ model: modelOf({ ...state }), el: live });
      place.classList.add("alive");
    } catch (error) {
      if (states) console.warn(error); // without any, that has been said
      live.className = "broken";
      live.textContent = "This figure could not be brought to life. The picture shows how it begins.";
      place.append(live);
    }
  };

  const begin = () => {
    let states;
    try {
      states = JSON.parse(document.querySelector("script[type$='widget-state+json']").textContent);
    } catch (error) {
      console.warn(error);
    }
    for (const view of document.querySelectorAll(".explorable script[type$='widget-view+json']")) enliven(view, states);
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
}
