// What the shop's own pages do: say who is there, say what is put into the basket and ordered, ask for recommendations.
"use strict";
const { user, userName, userCity } = document.body.dataset;
if (user) window.hearth("identify", user, { name: userName, city: userCity });
for (const form of document.querySelectorAll("form[data-event]")) {
  form.addEventListener("submit", () => {
    const { event, product, value } = form.dataset;
    window.hearth(event, { product, value: Number(value) / 100, currency: "EUR" });
  });
}
const shown = document.querySelector("#product");
if (shown) {
  fetch(`/api/recommendations?product=${encodeURIComponent(shown.dataset.slug)}`)
    .then((answer) => (answer.ok ? answer.json() : []))
    .then((products) => {
      for (const { slug, name } of products) {
        const link = Object.assign(document.createElement("a"), { id: `also-${slug}`, href: `/product/${slug}`, textContent: name });
        const item = document.createElement("li");
        item.append(link);
        document.querySelector("#recommended-list").append(item);
      }
      document.querySelector("#recommended").hidden = !products.length;
    })
    .catch(() => {});
}
