// One scenario: the figures on the cards while the page is looked at, forms that show their fields, trials under way.
(() => {
  "use strict";
  const EVERY = 5000;

  async function follow(editor) {
    for (;;) {
      await new Promise((done) => setTimeout(done, EVERY));
      if (document.hidden) continue;
      try {
        const answer = await fetch(editor.dataset.figures);
        if (!answer.ok) continue;
        const figures = await answer.json();
        for (const shown of editor.querySelectorAll("[data-count]")) {
          const now = figures[shown.dataset.count];
          if (now === undefined || shown.textContent === now) continue;
          shown.textContent = now;
          shown.parentElement.classList.toggle("none", now === "0");
        }
      } catch { /* the desk is away for a moment: the next turn asks again */ }
    }
  }

  // another choice has other fields: the form comes back with them, and nothing is kept yet
  document.addEventListener("change", (change) => {
    if (!change.target.matches("[data-again]")) return;
    const form = change.target.form;
    const button = form.querySelector('button[value="again"]');
    if (button) form.requestSubmit(button);
  });

  // after the editor was swapped, whoever uses keys goes on in the panel
  document.addEventListener("htmx:after:swap", () => {
    const panel = document.querySelector(".studio.open #panel");
    if (!panel) return;
    panel.focus({ preventScroll: true });
    if (matchMedia("(max-width: 64rem)").matches) panel.scrollIntoView({ block: "start" });
  });

  async function wait(waits) {
    while (waits.dataset.waits === "running") {
      await new Promise((done) => setTimeout(done, 1500));
      if (document.hidden) continue;
      try {
        const answer = await fetch(location.href);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById("waits");
        if (!fresh || fresh.dataset.waits !== "running") { location.reload(); return; }
        waits.replaceChildren(...fresh.childNodes);
      } catch { /* the next turn asks again */ }
    }
  }

  const editor = document.querySelector("#editor[data-figures]");
  if (editor) follow(editor);
  const waits = document.querySelector("[data-waits]");
  if (waits) wait(waits);
  const canvas = document.querySelector(".canvas");
  if (canvas) canvas.scrollLeft = (canvas.scrollWidth - canvas.clientWidth) / 2;
})();
