// Search among the records on this page: nothing is asked of anybody, and without scripts everything stays readable.
"use strict";
const box = document.getElementById("search"), said = document.getElementById("found");
const records = [...document.querySelectorAll("[data-record]")].map(each => [each, each.textContent.toLowerCase()]);
const cards = [...document.querySelectorAll("[data-card]")];
const rest = [...document.querySelectorAll("[data-rest]")];
box.closest("form").hidden = false;
box.closest("form").addEventListener("submit", event => event.preventDefault());
box.addEventListener("input", () => {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const [each, text] of records) {
    each.hidden = !words.every(word => text.includes(word));
    found += !each.hidden;
  }
  for (const card of cards) {
    const hits = card.querySelectorAll("[data-record]:not([hidden])").length;
    card.hidden = words.length > 0 && !hits;
    if (words.length && hits) card.querySelector("[data-records]").open = true;
  }
  for (const each of rest) each.hidden = words.length > 0;
  said.textContent = words.length ? box.dataset.found.replace("0", found) : "";
});
const closed = () => document.querySelectorAll("details:not([open])");
addEventListener("beforeprint", () => closed().forEach(each => { each.open = true; each.dataset.printed = ""; }));
addEventListener("afterprint", () => document.querySelectorAll("[data-printed]").forEach(each => {
  each.open = false;
  delete each.dataset.printed;
}));
