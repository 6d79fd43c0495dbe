// What every page needs of script: it marks that there is one, and wakes the forms. Nothing here is needed to work with the pages.
import { wakePickers } from "./picker.js";
import { wakeForms } from "./forms.js";
import { wakeMenu } from "./menu.js";

document.documentElement.classList.add("k-js");

document.addEventListener("input", (event) => {
  const swatch = event.target.closest("[data-swatch]");
  if (swatch) {
    const text = document.getElementById(swatch.dataset.swatch);
    text.value = swatch.value;
    text.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

wakeMenu();
wakePickers(document);
wakeForms(document);

// the button of a step: pressed twice, it is sent once
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-once]")) return;
  if ("sent" in event.target.dataset) event.preventDefault();
  event.target.dataset.sent = "";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

const first = document.querySelector("[data-conflict], [data-summary], [data-questions], [data-filled]");
if (first) first.focus();
