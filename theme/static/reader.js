// What this reader has done, kept on this machine and nowhere else: chapters read, questions answered, solutions opened.
"use strict";

function rememberReader() {
  const page = location.pathname.split("/").pop().replace(/\.html$/, "");
  const read = () => {
    try {
      return JSON.parse(localStorage.getItem("reader")) ?? {};
    } catch {
      return {}; // nothing is kept here, or not by us
    }
  };
  const state = read();
  const mine = { read: false, open: [], answers: {}, ...state[page] };
  const keep = () => {
    try {
      localStorage.setItem("reader", JSON.stringify({ ...read(), [page]: mine }));
    } catch {
      // A browser that keeps nothing forgets with the page.
    }
  };

  // Questions: what follows a paragraph, up to the next. The first choice is the answer; the others may be looked at.
  const questions = [];
  for (const choice of document.querySelectorAll("details.choice")) {
    if (!choice.previousElementSibling?.matches("details.choice")) questions.push([]);
    questions.at(-1).push(choice);
    const right = choice.querySelector("p")?.textContent.startsWith(say`Right`);
    choice.classList.add(right ? "right" : "wrong");
    const verdict = Object.assign(document.createElement("span"), { className: "verdict", textContent: right ? say` ✓ right` : say` ✗ no` });
    choice.querySelector("summary").append(verdict);
  }
  const count = document.createElement("p");
  count.setAttribute("role", "status");
  count.className = "count";
  const tell = () => {
    const answered = Object.entries(mine.answers).filter(([question]) => questions[question]);
    const right = answered.filter(([question, choice]) => questions[question][choice]?.classList.contains("right"));
    if (!answered.length) return count.replaceChildren();
    count.textContent = say`${answered.length} of ${questions.length} questions answered, ${right.length} right at the first choice. `;
    const again = Object.assign(document.createElement("button"), { type: "button", textContent: say`Answer them again` });
    again.addEventListener("click", () => {
      mine.answers = {};
      for (const choice of questions.flat()) choice.open = false;
      questions[0][0].querySelector("summary").focus();
      keep();
      tell();
    });
    count.append(again);
  };
  questions.forEach((choices, question) => {
    if (question in mine.answers) choices[mine.answers[question]]?.setAttribute("open", "");
    choices.forEach((choice, number) =>
      choice.addEventListener("toggle", () => {
        if (!choice.open || question in mine.answers) return;
        mine.answers[question] = number;
        keep();
        tell();
      })
    );
  });
  questions.at(-1)?.at(-1).after(count);
  tell();

  // Solutions that were opened stay open when one comes back.
  for (const solution of document.querySelectorAll("details.solution[id]")) {
    if (mine.open.includes(solution.id)) solution.open = true;
    solution.addEventListener("toggle", () => {
      mine.open = mine.open.filter((id) => id !== solution.id).concat(solution.open ? solution.id : []);
      keep();
    });
  }

  // A chapter is read when its reader has come to what it says to remember.
  const end = document.getElementById("to-remember");
  if (end && !mine.read) {
    const watch = new IntersectionObserver(([entry]) => {
      if (!entry.isIntersecting) return;
      watch.disconnect();
      mine.read = true;
      keep();
      markRead();
    });
    watch.observe(end);
  }
}
