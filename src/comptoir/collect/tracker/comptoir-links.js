// Links to the shop's other sites say which browser follows them. Guide: docs/how-to/several-domains.md
(() => {
  "use strict";

  const FRESH = 6e4; // milliseconds; the door takes a token for two minutes, and a page may load slowly
  const PARAMETER = "_cto";

  window.comptoir.links = ({ domains, door, key, state, isGranted, note }) => {
    const hosts = domains.trim().split(/[\s,]+/);
    const tokens = {}; // origin → its token, and when it was asked for
    const linkOf = ({ target }) => {
      const link = target.closest?.("a[href]");
      const isTheirs = link && /^https?:$/.test(link.protocol) && link.origin !== location.origin;
      return isTheirs && (hosts.includes(link.host) || hosts.includes(link.hostname)) ? link : null;
    };
    // A pointer over a link, or the focus on it, comes before a click: time enough for the door to answer.
    const near = async (event) => {
      const to = linkOf(event)?.origin;
      if (!to || !isGranted() || Date.now() - (tokens[to]?.at ?? 0) < FRESH) return;
      const one = (tokens[to] = { at: Date.now() });
      try {
        const body = JSON.stringify({ writeKey: key, anonymousId: state().id, to }); // without an id, the cookie says it
        const answer = await fetch(`${door}/v1/link`, { method: "POST", credentials: "include", body });
        if (!answer.ok) return note(answer.status, await answer.text());
        one.token = (await answer.json()).token;
      } catch (error) {
        note(error);
      }
    };
    const follow = (event) => {
      const link = linkOf(event);
      const { token, at } = tokens[link?.origin] ?? {};
      if (!token || !isGranted() || Date.now() - at > FRESH) return;
      delete tokens[link.origin]; // each token is good for one click
      const plain = link.getAttribute("href");
      const [address, part] = link.href.split(/(?=#)/);
      link.href = `${address}${address.includes("?") ? "&" : "?"}${PARAMETER}=${token}${part ?? ""}`;
      setTimeout(() => link.setAttribute("href", plain)); // who copies the link copies the shop's own
    };
    for (const name of ["pointerover", "pointerdown", "focusin"]) addEventListener(name, near, true);
    for (const name of ["click", "auxclick"]) addEventListener(name, follow, true);
  };
})();
