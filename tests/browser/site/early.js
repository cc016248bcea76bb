// What a shop whose pages allow no inline script puts into a file of its own.
window.comptoir = window.comptoir || [];
if (location.search.includes("early")) comptoir.push(["track", "Coupon Entered", { coupon: "EARLY" }]);
