// Draws messages into the pages of a shop: elements and texts, never markup. Guide: docs/how-to/show-on-site.md
(() => {
  "use strict";

  const comptoir = window.comptoir;
  const RETRIES = [250, 1000, 3000]; // milliseconds: a page's own script may make a slot a little later
  const HALF = 0.5; // of it must be seen, to count as shown
  const DISMISSED = -1; // in place of how often it was shown
  const LOOK = `
    :host { all: initial; display: block; }
    :host([data-slot="corner"]) { position: fixed; right: 16px; bottom: 16px; z-index: 2147483000;
      width: min(360px, calc(100vw - 32px)); }
    section { box-sizing: border-box; position: relative; padding: 16px 56px 16px 16px; text-align: start;
      font: 16px/1.5 var(--comptoir-font, system-ui, sans-serif); color: var(--comptoir-ink, #1f1d1a);
      background: var(--comptoir-paper, #fff); border: 1px solid var(--comptoir-line, #6b655c);
      border-radius: var(--comptoir-radius, 8px); }
    :host([data-slot="corner"]) section { box-shadow: 0 4px 24px rgb(0 0 0 / 20%); }
    h2, p, ul { margin: 0 0 8px; padding: 0; font-size: 1em; }
    h2 { font-weight: 700; }
    li { display: flex; gap: 8px; align-items: center; margin: 0 0 8px; list-style: none; }
    img { width: 48px; height: 48px; object-fit: contain; }
    a { color: inherit; }
    .go { display: inline-block; padding: 8px 16px; font-weight: 600; text-decoration: none; border-radius: inherit;
      color: var(--comptoir-on-accent, #fff); background: var(--comptoir-accent, #1c6b52); }
    button { position: absolute; top: 6px; right: 6px; width: 44px; height: 44px; font: inherit; font-size: 24px;
      line-height: 1; cursor: pointer; color: inherit; background: none; border: 0; border-radius: 8px; }
    a:focus-visible, button:focus-visible { outline: 3px solid var(--comptoir-accent, #1c6b52); outline-offset: 2px; }`;

  let page; // where what is drawn stands
  let timers = [];
  const drawn = new Map(); // name → element

  const nameOf = ({ tell }) => tell.message_id ?? `:${tell.placement}`;
  const fits = (pattern) => {
    const [head, ...parts] = pattern.split("*");
    const path = location.pathname;
    if (!parts.length) return path === head;
    const tail = parts.pop();
    if (!path.startsWith(head) || !path.endsWith(tail) || path.length < head.length + tail.length) return false;
    let from = head.length;
    for (const part of parts) {
      const at = path.indexOf(part, from);
      if (at < 0) return false;
      from = at + part.length;
    }
    return from <= path.length - tail.length;
  };
  const isHere = ({ pages }) => !pages?.length || pages.some(fits);
  const address = (text) => {
    try {
      const url = new URL(text, location.href);
      return /^https?:$/.test(url.protocol) ? url.href : "";
    } catch {
      return "";
    }
  };
  const element = (tag, given, ...inner) => {
    const made = Object.assign(document.createElement(tag), given);
    made.append(...inner.filter(Boolean));
    return made;
  };
  const sheet = (() => {
    try {
      const made = new CSSStyleSheet(); // unlike a style element, a page's policy does not forbid it
      made.replaceSync(LOOK);
      return made;
    } catch {
      return undefined;
    }
  })();

  const placeOf = (slot) => {
    if (slot === "corner" || slot === "top") return document.body;
    try {
      return document.querySelector(/^[\w-]+$/.test(slot) ? `[data-comptoir-slot="${slot}"]` : slot);
    } catch {
      return null;
    }
  };
  const remove = (name) => {
    drawn.get(name)?.remove();
    drawn.delete(name);
  };

  const make = (one, name, { track, recall, remember }) => {
    const spoken = document.documentElement.lang.slice(0, 2).toLowerCase();
    const lang = one.words[spoken] ? spoken : Object.keys(one.words)[0];
    const said = one.words[lang];
    const count = (times) => remember({ seen: { ...recall().seen, [name]: times } });
    const link = (text, url, given) => {
      const href = address(url);
      const made = element("a", { ...given, href }, text);
      made.addEventListener("click", ({ isTrusted }) => isTrusted && track("Placement Clicked", { ...one.tell, url: href }));
      return made;
    };
    const close = element("button", { type: "button", ariaLabel: said.close, title: said.close }, "×");
    close.addEventListener("click", ({ isTrusted }) => {
      remove(name);
      count(DISMISSED);
      if (isTrusted) track("Placement Dismissed", one.tell);
    });
    const item = ({ name: called, price, url, image_url: image }) =>
      element("li", {},
        address(image) && element("img", { src: address(image), alt: "", loading: "lazy" }),
        element("span", {}, url ? link(called, url) : called, price && ` · ${price}`));
    const box = element("section", { ariaLabel: said.title, lang },
      element("h2", {}, said.title),
      ...(said.text ?? "").split("\n").map((line) => line.trim() && element("p", {}, line)),
      said.items?.length > 0 && element("ul", {}, ...said.items.map(item)),
      said.button && said.url && element("p", {}, link(said.button, said.url, { className: "go" })),
      close);
    const host = element("div", {});
    host.dataset.comptoirMessage = name;
    host.dataset.slot = one.slot;
    const root = host.attachShadow({ mode: "open" });
    if (sheet) root.adoptedStyleSheets = [sheet];
    root.append(box);
    new IntersectionObserver((entries, eye) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      eye.disconnect();
      count((recall().seen?.[name] ?? 0) + 1);
      track("Placement Shown", one.tell);
    }, { threshold: HALF }).observe(host);
    return host;
  };

  const forget = (list, { recall, remember }) => {
    const seen = recall().seen ?? {};
    const names = new Set(list.map(nameOf));
    const kept = Object.entries(seen).filter(([name]) => names.has(name));
    if (kept.length < Object.keys(seen).length) remember({ seen: Object.fromEntries(kept) });
  };

  comptoir.draw = (list, shop) => {
    timers.forEach(clearTimeout);
    timers = [];
    if (page !== location.href) [...drawn.keys()].forEach(remove);
    page = location.href;
    forget(list, shop);
    const names = list.map(nameOf);
    for (const [name, host] of [...drawn]) if (!host.isConnected || !names.includes(name)) remove(name);
    const taken = new Set([...drawn.values()].map((host) => host.dataset.slot)); // one message a place
    const put = (one) => {
      const name = nameOf(one);
      const times = shop.recall().seen?.[name] ?? 0;
      const isWornOut = times === DISMISSED || (one.times > 0 && times >= one.times);
      if (drawn.has(name) || taken.has(one.slot) || isWornOut || !isHere(one)) return true;
      const place = placeOf(one.slot);
      if (!place) return false;
      taken.add(one.slot);
      const host = make(one, name, shop);
      drawn.set(name, host);
      if (one.slot === "top") place.prepend(host);
      else place.append(host);
      return true;
    };
    let missing = list.filter((one) => !put(one));
    timers = RETRIES.map((wait) => setTimeout(() => (missing = missing.filter((one) => !put(one))), wait));
  };
})();
