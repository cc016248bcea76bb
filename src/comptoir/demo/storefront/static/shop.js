// What this shop's pages tell the site's script. Every shop writes something like it once.
"use strict";
window.comptoir = window.comptoir || [];

addEventListener("DOMContentLoaded", () => {
  const page = document.body.dataset;
  const tell = (...call) => window.comptoir.push(call);
  const product = () => ({
    product_id: page.product, name: page.name, category: page.category, price: Number(page.price), currency: page.currency,
  });

  tell("cart", page.cart);
  if (page.user && sessionStorage.getItem("told") !== page.email) {
    tell("identify", page.user, { email: page.email });
    sessionStorage.setItem("told", page.email);
  }
  if (page.product) tell("viewed", product());
  if (page.list) tell("listed", { list_id: page.list });
  if (page.checkout) tell("checkout", { value: Number(page.checkout), currency: page.currency });

  for (const form of document.querySelectorAll("form")) {
    form.addEventListener("submit", () => {
      if ("add" in form.dataset) tell("added", { ...product(), quantity: 1 });
      if (form.dataset.remove) tell("removed", { product_id: form.dataset.remove, quantity: Number(form.dataset.count) });
      if ("signOut" in form.dataset) {
        sessionStorage.removeItem("told");
        tell("reset");
      }
    });
  }

  const banner = document.querySelector(".consent");
  const ask = () => {
    const state = window.comptoir.consent?.state;
    if (!state) return void setTimeout(ask, 50);
    banner.hidden = state() !== "unknown";
  };
  ask();
  for (const button of banner.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      const details = { text_version: `2025-01-${document.documentElement.lang}`, proof: "banner of the shop" };
      window.comptoir.consent[button.dataset.consent === "yes" ? "grant" : "withdraw"](details);
      banner.hidden = true;
    });
  }
});
