// What pages do beyond HTML and htmx: single keys, the search over everything, copying.
(() => {
  "use strict";
  document.documentElement.classList.add("scripted");
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
  const palette = document.getElementById("palette");

  // on a phone the menu is a strip: the page one is on is in sight
  document.querySelector(".menu [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  const goTo = () => {
    if (!palette || palette.open) return;
    palette.showModal();
    document.getElementById("palette-q").select();
  };

  document.addEventListener("keydown", (press) => {
    if ((press.metaKey || press.ctrlKey) && press.key === "k") { press.preventDefault(); goTo(); return; }
    if ((press.metaKey || press.ctrlKey) && !press.altKey) { step(press); return; }
    if (press.altKey) return;
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

  // in a field the browser takes back what was typed; elsewhere a draft's own undo and redo are meant
  function step(press) {
    const key = press.key.toLowerCase();
    const way = key === "y" || (key === "z" && press.shiftKey) ? "Control+Shift+z" : key === "z" ? "Control+z" : "";
    const button = way && !typing(press.target) && document.querySelector(`[data-shortcut="${way}"]`);
    if (button) { press.preventDefault(); button.click(); }
  }

  // in the search: arrows walk through what was found, Enter opens the first
  function walk(press) {
    const hits = [...palette.querySelectorAll(".hits a")];
    const at = hits.indexOf(document.activeElement);
    if (press.key === "ArrowDown") { press.preventDefault(); hits[Math.min(at + 1, hits.length - 1)]?.focus(); }
    if (press.key === "ArrowUp") { press.preventDefault(); (hits[at - 1] ?? document.getElementById("palette-q")).focus(); }
    if (press.key === "Enter" && at < 0) { press.preventDefault(); openFirst(); }
  }

  // asked anew: who types fast presses Enter before the list has followed
  async function openFirst() {
    const asked = encodeURIComponent(document.getElementById("palette-q").value);
    const answer = await fetch(`/search?q=${asked}`, { headers: { "HX-Request": "true" } });
    const first = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".hits a");
    if (first) location.assign(first.getAttribute("href"));
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
})();
