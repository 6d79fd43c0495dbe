// Forms: sub-tables, conditions that follow what is typed, and a question before unsaved work is left.
import { wakeConditions } from "./conditions.js";
import { wakeRows } from "./rows.js";

export function wakeForms(root) {
  for (const form of root.querySelectorAll("form[data-record-form]")) {
    const settle = wakeConditions(form);
    let dirty = form.querySelector("[data-summary], [data-conflict], [data-questions], [data-filled]") !== null;
    const changed = () => {
      dirty = true;
      settle();
    };
    wakeRows(form, changed);
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    let sent = false;
    form.addEventListener("submit", (event) => {
      if (sent) event.preventDefault();
      sent = true;
      dirty = false;
    });
    window.addEventListener("pageshow", () => { sent = false; });
    window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
    form.addEventListener("click", (event) => { if (event.target.closest(".k-actions a")) dirty = false; });
  }
}
