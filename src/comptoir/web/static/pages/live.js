// Live follows what comes in: it asks for what is new, is answered once there is any, and waits while somebody reads. A desk or engine that starts again is met again.
(() => {
  "use strict";
  const feed = document.getElementById("feed");
  if (!feed?.dataset.every) return;
  const reading = () =>
    document.hidden || feed.querySelector("details[open]") || feed.contains(document.activeElement) || String(getSelection());
  const note = () => feed.querySelector("[data-newest]");

  async function ask() {
    const asked = new URL(location.href);
    asked.searchParams.set("newest", note()?.dataset.newest ?? "");
    asked.searchParams.set("wait", "1");
    const answer = await fetch(asked, { headers: { "HX-Request": "true" } });
    if (answer.status === 204) return;
    if (!answer.ok) throw new Error(answer.status);
    const text = await answer.text();
    if (reading()) { note().textContent = feed.dataset.fresh; return; }
    const known = new Set([...feed.querySelectorAll("tr[data-mark]")].map((row) => row.dataset.mark));
    feed.innerHTML = text; // our own desk's escaped page, as a browser would load it; the policy runs no script of it
    for (const row of feed.querySelectorAll("tr[data-mark]")) row.classList.toggle("fresh", !known.has(row.dataset.mark));
  }

  (async () => {
    let pause = Number(feed.dataset.every);
    for (;;) {
      await new Promise((done) => setTimeout(done, pause));
      if (document.hidden) continue;
      pause = Number(feed.dataset.every);
      try { await ask(); } catch { if (note()) note().textContent = feed.dataset.away; pause = 1000; }
    }
  })();
})();
