// What every page needs of script: it marks that there is one, and wakes the forms. Nothing here is needed to work with the pages.
import { wakePickers } from "./picker.js";
import { wakeForms } from "./forms.js";
import { wakeJsonEditors } from "./json_editor.js";
import { forgetSaved } from "./drafts.js";
import { wakeJumps } from "./jumps.js";
import { wakeLists } from "./lists.js";
import { wakeMenu } from "./menu.js";
import { tellPicked } from "./picked.js";
import { listenSmall, wakeSmall } from "./small.js";

document.documentElement.classList.add("k-js");

wakeMenu();
forgetSaved();
tellPicked();
listenSmall();
wakeSmall(document);
wakePickers(document);
wakeForms(document);
wakeJsonEditors(document);
wakeLists();
wakeJumps(document);

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
