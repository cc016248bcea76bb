// What pages do beyond HTML: Live follows what comes in, / goes to the search, single keys press what names them.
(() => {
  "use strict";
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (press) => {
    if (press.ctrlKey || press.altKey) return;
    const search = document.getElementById("q");
    if (press.metaKey) {
      if (press.key === "k") { press.preventDefault(); search.select(); }
      return;
    }
    if (press.key === "Escape" && typing(press.target)) { press.target.blur(); return; }
    if (typing(press.target)) return;
    if (press.key === "/") { press.preventDefault(); search.select(); return; }
    const named = document.querySelector(`[data-shortcut="${CSS.escape(press.key)}"]`);
    if (named) named.click();
  });

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
