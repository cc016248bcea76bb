// What pages do beyond HTML and htmx: single keys, the search over everything, lists that follow what comes in.
(() => {
  "use strict";
  document.documentElement.classList.add("scripted");
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
  const palette = document.getElementById("palette");

  const goTo = () => {
    if (!palette || palette.open) return;
    palette.showModal();
    document.getElementById("palette-q").select();
  };

  document.addEventListener("keydown", (press) => {
    if ((press.metaKey || press.ctrlKey) && press.key === "k") { press.preventDefault(); goTo(); return; }
    if (press.ctrlKey || press.altKey || press.metaKey) return;
    if (press.key === "Escape") {
      for (const open of document.querySelectorAll("details.drop[open]")) { open.open = false; open.firstElementChild.focus(); }
      if (typing(press.target) && !palette?.open) press.target.blur();
      return;
    }
    if (palette?.open) { walk(press); return; }
    if (typing(press.target)) return;
    if (press.key === "/") { press.preventDefault(); document.getElementById("q")?.select(); return; }
    const named = document.querySelector(`[data-shortcut="${CSS.escape(press.key)}"]`);
    if (named) named.click();
  });

  // in the search: arrows walk through what was found, Enter opens the first
  function walk(press) {
    const hits = [...palette.querySelectorAll(".hits a")];
    const at = hits.indexOf(document.activeElement);
    if (press.key === "ArrowDown") { press.preventDefault(); hits[Math.min(at + 1, hits.length - 1)]?.focus(); }
    if (press.key === "ArrowUp") { press.preventDefault(); (hits[at - 1] ?? document.getElementById("palette-q")).focus(); }
    if (press.key === "Enter" && at < 0 && hits[0]) { press.preventDefault(); location.assign(hits[0].href); }
  }

  document.addEventListener("click", (click) => {
    if (click.target === palette) palette.close();
    for (const open of document.querySelectorAll("details.drop[open]")) if (!open.contains(click.target)) open.open = false;
    const copied = click.target.closest("[data-copies]");
    if (copied) copy(copied);
  });

  async function copy(button) {
    const from = document.getElementById(button.dataset.copies);
    await navigator.clipboard.writeText(from.value ?? from.textContent);
    const said = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = said; }, 2000);
  }

  document.addEventListener("change", (change) => change.target.closest("form[data-submits]")?.requestSubmit());

  const reading = (feed) =>
    document.hidden || feed.querySelector("details[open]") || feed.contains(document.activeElement) || String(getSelection());

  async function follow(feed) {
    for (;;) {
      await new Promise((done) => setTimeout(done, Number(feed.dataset.follow)));
      if (reading(feed)) continue;
      try {
        const answer = await fetch(location.href, { headers: { "Sec-Purpose": "follow" } });
        if (!answer.ok) continue;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById("feed");
        if (!fresh || reading(feed)) continue;
        feed.replaceChildren(...fresh.childNodes);
        const clock = document.querySelector(".as-of");
        if (clock) clock.replaceWith(page.querySelector(".as-of"));
      } catch { /* the desk is away for a moment: the next turn asks again */ }
    }
  }
  const feed = document.querySelector("#feed[data-follow]");
  if (feed) follow(feed);
})();
