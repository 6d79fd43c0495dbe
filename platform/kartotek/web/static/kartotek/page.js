// What every page needs of script: it marks that there is one, and wakes the forms. Nothing here is needed to work with the pages.
import { wakePickers } from "./picker.js";
import { wakeForms } from "./forms.js";

document.documentElement.classList.add("k-js");

document.addEventListener("input", (event) => {
  const swatch = event.target.closest("[data-swatch]");
  if (swatch) {
    const text = document.getElementById(swatch.dataset.swatch);
    text.value = swatch.value;
    text.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

wakePickers(document);
wakeForms(document);

const first = document.querySelector("[data-conflict], [data-summary]");
if (first) first.focus();
