// Guide: docs/how-to/track-a-site.md
// What the pages of a shop tell its counter.
(() => {
  "use strict";

  const script = document.currentScript;
  const key = script?.dataset.key;
  const stub = (window.comptoir ??= []);
  if (!key || !Array.isArray(stub)) return; // nobody to speak for, or here already

  const { door = new URL(script.src).origin, consent: rule, consentFrom, purpose = "comptoir", pages, onsite, domains } = script.dataset;
  const STATE = `comptoir.${key}`; // what is remembered: consent, id, user, cart
  const QUEUE = `${STATE}#`; // an item for each event, so two tabs never write over each other
  const DAY = 864e5;
  const MOST_HELD = 100; // events kept in memory until somebody chose
  const MOST_QUEUED = 500; // events kept while the door cannot be reached
  const MOST_DAYS = 30; // Comptoir knows a message id for 31 days, so what is older might count twice
  const ID_DAYS = 395; // 13 months, as the CNIL asks
  const EVENT_BYTES = 32_000; // the door takes 32 KiB an event,
  const BODY_BYTES = 60_000; // and browsers 64 KiB from a page that is being left
  const SOON = 150; // milliseconds in which events gather
  const SETTLED = 100; // milliseconds after which one tab sees what another wrote
  const LONGEST_WAIT = 6e4;

  const note = (...words) => "debug" in script.dataset && console.info("comptoir:", ...words);
  const safe = (work) => (...args) => {
    try {
      return work(...args);
    } catch (error) {
      note(error); // whatever it is, it is not the page's trouble
    }
  };
  const bytes = (text) => new TextEncoder().encode(text).length;
  const write = (value) => JSON.stringify(value, (_, one) => one?.toWellFormed?.() ?? one); // titles are cut in emoji
  const hex = (byte) => byte.toString(16).padStart(2, "0");
  const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), hex).join("");

  // ── what outlives the page: local storage, or memory where a browser lends none

  const memory = {};
  const get = (name) => memory[name] ?? safe(() => localStorage.getItem(name))();
  const put = (name, text) => {
    delete memory[name];
    try {
      localStorage.setItem(name, text);
    } catch {
      memory[name] = text;
    }
  };
  const drop = (name) => {
    delete memory[name];
    safe(() => localStorage.removeItem(name))();
  };
  const stored = safe(() => Object.keys(localStorage));
  const queued = () => [...Object.keys(memory), ...(stored() ?? [])].filter((name) => name.startsWith(QUEUE)).sort();

  // ── consent: before it, nothing is written on the device and nothing is sent

  let held = []; // events of this page that wait for a choice
  let draft = {}; // and what is to be remembered if the answer is yes
  const state = () => safe(JSON.parse)(get(STATE) || "{}") ?? {}; // read each time: another tab may have changed it
  const unasked = rule !== "opt-out" ? "unknown" : navigator.globalPrivacyControl ? "withdrawn" : "granted";
  const stance = () => state().consent ?? unasked;
  const isGranted = () => stance() === "granted";
  const recall = () => (isGranted() ? state() : draft);
  const remember = (changes) => {
    if (isGranted()) put(STATE, write({ ...state(), ...changes }));
    else Object.assign(draft, changes);
  };
  const choice = (event, details) => {
    const language = document.documentElement.lang || undefined;
    return make("track", { event, properties: { language, ...details, purpose: "tracking" } });
  };
  const release = () => {
    if (stance() === "unknown") return;
    const waiting = held.splice(0);
    if (isGranted()) waiting.forEach(queue);
    soon();
  };
  const grant = (details) => {
    if (state().consent === "granted") return;
    put(STATE, write({ ...draft, consent: "granted" }));
    draft = {};
    queue(choice("Consent Given", details));
    release();
    look();
  };
  const withdraw = (details) => {
    const { made, isByCookie } = state();
    queued().forEach(drop);
    if (made) queue(choice("Consent Withdrawn", details)); // who was never known has nothing to take back
    if (made && isByCookie) enqueue(FORGET);
    held = [];
    draft = {};
    put(STATE, write({ consent: "withdrawn" }));
    soon();
    look();
  };
  const follow = (isYes) => (isYes ? grant() : isGranted() && withdraw());

  const BANNERS = {
    orejime() {
      const read = ({ manager }) => {
        const ask = () => follow(manager.getConsent(purpose) === true);
        ask();
        manager.on("update", ask);
        manager.on("clear", ask);
      };
      if (window.orejime) read(window.orejime);
      else document.addEventListener("orejime.loaded", safe(({ detail }) => read(detail)), { once: true });
    },
    tarteaucitron() {
      const ask = safe(() => follow(tarteaucitron.state[purpose] === true));
      ["added", "allowed", "disallowed"].forEach((what) => document.addEventListener(`${purpose}_${what}`, ask));
      if (window.tarteaucitron?.added?.[purpose]) ask();
    },
  };

  // ── who: a cookie that the door sets, where it is on the shop's own domain; else an id of our own

  const sharesDomain = safe(() => {
    const [ours, theirs] = [location.hostname, new URL(door).hostname].map((host) => host.split(".").reverse());
    const end = ours.findIndex((label, place) => label !== theirs[place]);
    if (!end) return false;
    const domain = end < 0 ? "" : `Domain=${ours.slice(0, end).reverse().join(".")};`;
    const trial = `comptoir_trial=1;${domain}SameSite=Lax;Secure;Max-Age=`;
    document.cookie = trial + 9; // browsers refuse a cookie for `com` or `co.uk`: they know what a domain is
    const isShared = document.cookie.includes("comptoir_trial=1");
    document.cookie = trial + 0;
    return isShared;
  });
  const who = () => {
    const { made = 0 } = state();
    if (Date.now() - made > ID_DAYS * DAY) {
      const isByCookie = sharesDomain() ?? false;
      remember({ made: Date.now(), isByCookie, isGiven: false, id: isByCookie ? undefined : newId() });
    }
    return state();
  };

  // ── the queue

  const FORGET = "forget"; // an item that is no event: the door is to delete its cookie, after what stands before it
  const isEvent = (text) => text?.startsWith('{"type'); // nor is a link that was followed
  let count = 0;
  const own = new Set(); // items this page made
  const flying = new Set(); // items on their way
  const left = new Set(); // items given to the browser while the page was left
  const enqueue = (text) => {
    const name = `${QUEUE}${(Date.now() * 1e3 + (count++ % 1e3)).toString(36)}.${newId().slice(0, 6)}`;
    put(name, text);
    own.add(name);
  };
  const queue = (event) => {
    const { id, user } = who();
    const text = write({ ...event, anonymousId: id, userId: event.userId ?? user });
    if (bytes(text) > EVENT_BYTES) return note("too large, dropped", event);
    const names = queued();
    if (names.length >= MOST_QUEUED) {
      drop(names[0]);
      remember({ dropped: (state().dropped ?? 0) + 1 });
    }
    enqueue(text);
  };
  const take = (names) => {
    const batch = { names: [], texts: [], size: 0 };
    for (const name of names) {
      const text = get(name);
      const isOld = parseInt(name.slice(QUEUE.length), 36) / 1e3 < Date.now() - MOST_DAYS * DAY;
      if (!text || isOld) {
        drop(name);
        continue;
      }
      batch.size += bytes(text) + 1;
      if (batch.names.length && (batch.size > BODY_BYTES || !isEvent(text))) break;
      batch.names.push(name);
      batch.texts.push(text);
      if (!isEvent(text)) break;
    }
    return batch;
  };
  const body = ({ texts }) => `{"writeKey":${write(key)},"sentAt":"${new Date().toISOString()}","batch":[${texts}]}`;

  // ── sending: one tab at a time; text/plain, so that browsers need not ask the door first

  let timer;
  let isBusy = false;
  let failures = 0;
  const soon = () => {
    timer ??= setTimeout(flush, SOON);
  };
  const flush = async () => {
    timer = undefined;
    if (isBusy) return soon();
    isBusy = true;
    try {
      await navigator.locks.request(STATE, deliver);
    } catch {
      await deliver(); // no locks here: at worst two tabs send an event, and Comptoir counts it once
    }
    isBusy = false;
  };
  const deliver = async () => {
    await new Promise((go) => setTimeout(go, SETTLED)); // what the tab before us took away is seen here a little later
    for (let batch; (batch = take(queued().filter((name) => !left.has(name)))).names.length; ) {
      const wait = await send(batch);
      if (!wait) continue;
      clearTimeout(timer); // what came meanwhile waits too
      timer = setTimeout(flush, wait);
      return;
    }
    const { dropped } = state();
    if (!dropped) return;
    remember({ dropped: 0 });
    say(make("track", { event: "Events Dropped", properties: { count: dropped } }));
  };
  const send = async (batch) => {
    const [first] = batch.texts;
    const isForget = first === FORGET;
    batch.names.forEach((name) => flying.add(name));
    try {
      const answer = await fetch(`${door}/v1/${isEvent(first) ? "batch" : isForget ? FORGET : "link"}`, {
        method: "POST",
        body: isEvent(first) ? body(batch) : first,
        credentials: "include",
        keepalive: true,
        signal: AbortSignal.timeout?.(2e4),
      });
      const { status } = answer;
      if (status === 408 || status === 429 || status >= 500) return later(answer.headers.get("Retry-After"));
      const said = await answer.text(); // any other 4xx would be the same next time
      if (status !== 200 || said.includes("refused")) note(status, said);
      batch.names.forEach(drop);
      failures = 0;
      if (status === 200 && state().isByCookie) remember({ isGiven: !isForget });
    } catch {
      return later();
    } finally {
      batch.names.forEach((name) => flying.delete(name));
    }
  };
  const later = (seconds) => {
    const wait = seconds > 0 ? seconds * 1e3 : Math.min(LONGEST_WAIT, 1e3 * 2 ** failures++);
    return wait * (1 + Math.random() / 2); // not all browsers at once
  };
  const leave = safe(() => {
    view();
    const { isByCookie, isGiven } = state();
    const names = queued();
    // Where the door has not said yet who this is, or is to forget it or to join it, the next page goes on.
    if ((isByCookie && !isGiven) || names.some((name) => !isEvent(get(name)))) return;
    const batch = take(names.filter((name) => own.has(name) && !flying.has(name) && !left.has(name)));
    if (!batch.names.length || !navigator.sendBeacon(`${door}/v1/batch`, body(batch))) return;
    batch.names.forEach((name) => left.add(name)); // still queued, as nobody tells whether it came; twice counts once
  });
  const back = () => {
    left.clear();
    soon();
    look();
  };

  // ── messages on the site: asked for at each page; the script that draws them comes once there is one

  let list = []; // what was answered last
  let pen; // whether that script is on its way or here
  let glance;
  const look = () => {
    clearTimeout(glance);
    if (onsite !== "off") glance = setTimeout(ask, SOON);
  };
  const ask = async () => {
    const { id, isByCookie } = state();
    const mine = { method: "POST", credentials: "include", body: write({ anonymousId: id, byCookie: isByCookie }) };
    try {
      // before consent the door is told of no browser, and says what it shows to everybody
      const answer = await fetch(`${door}/v1/placements?writeKey=${key}`, isGranted() ? mine : { credentials: "omit" });
      if (!answer.ok) return note(answer.status);
      list = (await answer.json()).placements;
      draw();
    } catch (error) {
      note(error);
    }
  };
  const draw = () => {
    if (api.draw) return api.draw(list, { track, recall, remember, note });
    if (pen || !list[0]) return;
    pen = true;
    bring("onsite", draw);
  };
  const bring = (name, then) =>
    document.head.append(
      Object.assign(document.createElement("script"), { src: `${door}/comptoir-${name}.js`, onload: safe(then) }),
    );

  // ── events

  let referrer = document.referrer;
  const make = (type, said, where) => ({
    type,
    messageId: newId(),
    timestamp: new Date().toISOString(),
    ...said,
    context: {
      page: { url: location.href, path: location.pathname, title: document.title, referrer, ...where },
      locale: navigator.language,
      library: { name: "comptoir.js" },
    },
  });
  // ── the audience, where the shop counts it without consent: nothing is written, nothing leads back to anybody

  const UNMEASURED = "comptoir.unmeasured"; // all that is ever remembered of it: that somebody said no
  const measure = safe(({ page }) => {
    if (!("audience" in script.dataset) || get(UNMEASURED)) return;
    const said = write({ key, id: newId(), url: page.url, referrer: page.referrer });
    fetch(`${door}/v1/audience`, { method: "POST", body: said, keepalive: true, credentials: "omit" }).catch(note);
  });
  const audience = {
    refuse: safe(() => put(UNMEASURED, "1")),
    accept: safe(() => drop(UNMEASURED)),
    isRefused: () => !!get(UNMEASURED),
  };
  const say = (event) => {
    if (event.type === "page") look();
    const stands = stance();
    if (event.type === "page" && stands !== "granted") measure(event.context);
    if (stands === "granted") {
      queue(event);
      soon();
    } else if (stands === "unknown" && held.push(event) > MOST_HELD) held.shift();
  };
  const OPENS_CART = ["Product Added", "Product Removed", "Cart Viewed", "Checkout Started"];
  const cart = (id = recall().cart ?? newId()) => {
    remember({ cart: id });
    return id;
  };
  const track = (event, properties) => {
    const cart_id = OPENS_CART.includes(event) ? cart() : recall().cart;
    say(make("track", { event, properties: { cart_id, ...properties } }));
    if (event !== "Order Completed") return;
    remember({ cart: undefined });
    list = list.filter(({ sells }) => !sells); // what reminds of a cart has done its work
    draw();
  };
  const page = (name, properties) => say(make("page", { name, properties }));
  const identify = (user, traits) => {
    if (user && typeof user === "object") [user, traits] = [undefined, user];
    if (user) remember({ user: `${user}` });
    say(make("identify", { userId: user && `${user}`, traits }));
  };
  const reset = () => {
    if (!isGranted()) return void (draft = {});
    if (state().isByCookie) enqueue(FORGET);
    remember({ user: undefined, cart: undefined, id: undefined, made: undefined });
    soon();
  };

  // ── page views, those without a page load too

  // A link from another site of the shop brings a token, which is the door's to read: no address holds it any longer.
  let link;
  const address = location.href.replace(/([?&])_cto=([\w-]+)(&?)/, (_, mark, token, more) => {
    link = token;
    return more && mark;
  });
  if (link) history.replaceState(history.state, "", address);
  const here = () => location.href.replace(/#(?![/!]).*/, ""); // a part of a page is no page; a route behind # is
  let last = here();
  let pending; // a view that waits for its title
  const view = () => {
    if (!pending) return;
    clearTimeout(pending.timer);
    titles.disconnect();
    say(make("page", { timestamp: pending.timestamp }, pending.where));
    pending = undefined;
  };
  const titles = new MutationObserver(() => document.title !== pending?.title && view());
  const isSamePage = (one, other) => one.replace(/\?[^#]*/, "") === other.replace(/\?[^#]*/, "");
  const moved = safe((isReplaced) => {
    const before = last;
    last = here();
    // A replaced query is a filter, or utm taken away: no new page.
    if (last === before || (isReplaced === true && isSamePage(last, before))) return;
    view();
    referrer = before;
    pending = {
      title: document.title,
      timestamp: new Date().toISOString(),
      where: { url: location.href, path: location.pathname, referrer },
      timer: setTimeout(view, 1e3),
    };
    titles.observe(document.head, { subtree: true, childList: true, characterData: true });
  });
  const watch = () => {
    page();
    for (const name of ["pushState", "replaceState"]) {
      const original = history[name];
      history[name] = function (...args) {
        const result = original.apply(this, args);
        moved(name === "replaceState");
        return result;
      };
    }
    addEventListener("popstate", moved);
    addEventListener("pageshow", safe(({ persisted }) => {
      if (!persisted) return;
      referrer = last = here(); // back from another page, with all its memory
      page();
    }));
  };

  // ── the shop's side of it

  const named = (event) => safe((properties) => track(event, properties));
  const api = {
    page: safe(page),
    track: safe(track),
    identify: safe(identify),
    reset: safe(reset),
    cart: safe(cart),
    audience,
    consent: { grant: safe(grant), withdraw: safe(withdraw), state: stance },
    viewed: named("Product Viewed"),
    listed: named("Product List Viewed"),
    added: named("Product Added"),
    removed: named("Product Removed"),
    cartViewed: named("Cart Viewed"),
    checkout: named("Checkout Started"),
    ordered: named("Order Completed"),
    searched: named("Products Searched"),
    push: (...calls) => calls.forEach(obey),
  };
  const obey = safe(([name, ...args]) => name.split(".").reduce((from, part) => from[part], api)(...args));
  const start = safe(() => {
    if (pages !== "manual") watch();
    look();
    if (link) say({ link, writeKey: key, referrer });
    api.push(...stub);
    window.comptoir = api;
    if (domains) bring("links", () => api.links({ domains, door, key, state, isGranted, note }));
    BANNERS[consentFrom]?.();
    addEventListener("storage", (event) => event.key === STATE && release());
    addEventListener("pagehide", leave);
    document.addEventListener("visibilitychange", () => (document.visibilityState === "hidden" ? leave() : back()));
    soon(); // what an earlier page could not send
  });
  const whenParsed = () => (document.readyState === "loading" ? addEventListener("DOMContentLoaded", start) : start());
  if (document.prerendering) document.addEventListener("prerenderingchange", whenParsed, { once: true });
  else whenParsed();
})();
