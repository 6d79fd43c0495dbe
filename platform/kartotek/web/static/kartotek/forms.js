// Forms: what follows from what is typed, and that nothing typed is lost.
import { wakeConditions } from "./conditions.js";
import { wakeDrafts } from "./drafts.js";
import { wakeRows } from "./rows.js";
import { wakeUploads } from "./uploads.js";

export function wakeForms(root) {
  for (const form of root.querySelectorAll("form[data-record-form]")) wake(form);
}

function wake(form) {
  const settle = wakeConditions(form);
  let dirty = form.querySelector("[data-summary], [data-conflict], [data-questions], [data-filled]") !== null;
  const changed = () => {
    dirty = true;
    settle();
  };
  wakeRows(form, changed);
  wakeUploads(form, changed);
  const forget = wakeDrafts(form, changed);
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  let sent = false;
  form.addEventListener("submit", (event) => {
    const offline = form.querySelector("[data-offline]");
    if (offline) offline.hidden = navigator.onLine;
    if (sent || !navigator.onLine || form.hasAttribute("data-busy")) {
      event.preventDefault();
      if (!navigator.onLine) offline?.focus();
      else if (!sent) form.toggleAttribute("data-waiting", true); // sent once the last file has arrived
      return;
    }
    sent = true;
    dirty = false;
    form.toggleAttribute("data-sent-once", true);
  });
  window.addEventListener("pageshow", () => {
    sent = false;
    form.removeAttribute("data-sent-once");
  });
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
  form.addEventListener("click", (event) => {
    if (!event.target.closest(".k-actions a")) return;
    dirty = false;
    forget();
  });
  form.addEventListener("click", (event) => point(form, event));
}

// A link of the summary opens what is closed and puts the keyboard into the control.
function point(form, event) {
  const link = event.target.closest('[data-summary] a[href^="#"]');
  const target = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!target) return;
  event.preventDefault();
  for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  const control = target.matches("input, select, textarea") ? target : target.querySelector("input:not([type=hidden]), select, textarea, button") ?? target;
  control.scrollIntoView({ block: "center" });
  control.focus({ preventScroll: true });
}
