// A list: search as one types, the panels of filters and columns, and the picking of rows. All of it works without this, a page at a time.
import { wakePickers } from "./picker.js";

const WAIT = 250;

export function wakeLists() {
  const card = document.querySelector("[data-list], .k-panel-page");
  if (!card) return;
  listenToSearch();
  listenToPanel();
  listenToPicking();
  listenToColumns();
}

// Nothing is asked while a word is being composed: what stands in the field then is not what is meant. All that
// asks for the list shares one queue of htmx (hx-sync on #filters): a newer question drops the older one, and so its late answer.
function listenToSearch() {
  const input = document.querySelector("[data-as-typed]");
  if (!input) return;
  let timer = 0;
  let asked = input.value.trim();
  const ask = () => {
    if (input.value.trim() === asked) return;
    asked = input.value.trim();
    input.form.dispatchEvent(new Event("k-search", { bubbles: true }));
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(ask, WAIT); };
  input.addEventListener("input", (event) => { clearTimeout(timer); if (!event.isComposing) later(); });
  input.addEventListener("compositionend", later);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && input.value && !event.isComposing) { event.preventDefault(); input.value = ""; later(); }
  });
  input.form.addEventListener("submit", () => { clearTimeout(timer); asked = input.value.trim(); });
  document.body.addEventListener("htmx:afterSettle", (event) => { if (event.detail.target?.id === "list" && document.activeElement !== input) takeOver(input); });

  // a link within the list (all filters cleared, a page back) may say another search than the field does
  function takeOver(field) {
    const text = new URLSearchParams(location.search).get("search") ?? "";
    if (text !== asked) { asked = text; field.value = text; }
  }
}

function listenToPanel() {
  const panel = document.getElementById("panel");
  wakeCondition(document);
  document.addEventListener("input", (event) => { if (event.target.matches("[data-narrow]")) narrow(event.target); });
  document.addEventListener("change", (event) => { if (event.target.closest("[data-condition]")) wakeCondition(event.target.closest("[data-condition]").parentElement); });
  if (!panel) return;
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === panel) {
      if (!panel.open) panel.showModal();
      wakePickers(panel);
      wakeCondition(panel);
      panel.querySelector("[data-narrow], [data-ways], input:not([type=hidden])")?.focus();
    } else if (event.detail.target.id === "list") {
      if (panel.open) panel.close();
      if (event.detail.requestConfig?.elt?.matches?.("[data-to-top]")) document.getElementById("content").scrollIntoView();
    }
  });
  panel.addEventListener("click", (event) => {
    if (event.target === panel || event.target.closest("[data-panel-close]")) { event.preventDefault(); panel.close(); }
  });
}

// The controls that the chosen operator does not use are hidden by the style sheet; here they are kept from being sent.
function wakeCondition(root) {
  const form = root.querySelector("[data-condition]");
  if (!form) return;
  const shape = form.querySelector("[data-ways]").selectedOptions[0]?.dataset.shape;
  form.dataset.now = shape;
  for (const part of form.querySelectorAll("div[data-shape]")) {
    part.hidden = part.dataset.shape !== shape;
    for (const control of part.querySelectorAll("input, select")) control.disabled = part.hidden;
  }
  const days = form.querySelector(".k-days");
  if (days) days.hidden = !form.querySelector("[name='~period']").selectedOptions[0]?.hasAttribute("data-days");
}

function narrow(input) {
  const wanted = input.value.trim().toLocaleLowerCase();
  for (const line of input.closest(".k-panel-body").querySelectorAll("li")) line.hidden = !line.textContent.toLocaleLowerCase().includes(wanted);
}

function listenToPicking() {
  const boxes = () => [...document.querySelectorAll("#list input[name='id'][form='picked']")];
  let last = null;
  let reaching = false;
  document.addEventListener("click", (event) => { reaching = event.shiftKey; }, true);
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-pick-all]")) for (const one of boxes()) one.checked = box.checked;
    else if (box.matches("input[name='id'][form='picked']")) {
      const all = boxes();
      if (reaching && last && all.includes(last)) {
        const [first, end] = [all.indexOf(last), all.indexOf(box)].sort((one, other) => one - other);
        for (const one of all.slice(first, end + 1)) one.checked = box.checked;
      }
      last = box;
    } else return;
    tellPicked(boxes());
  });
  document.addEventListener("reset", (event) => { if (event.target.id === "picked") setTimeout(() => tellPicked(boxes())); });
  document.body.addEventListener("htmx:afterSettle", () => { last = null; tellPicked(boxes()); });
  tellPicked(boxes());
}

function tellPicked(boxes) {
  const number = boxes.filter((one) => one.checked).length;
  const count = document.querySelector("[data-picked-count]");
  if (count) count.textContent = number ? count.dataset.words.replace("{}", String(number)) : "";
  const all = document.querySelector("[data-pick-all]");
  if (all) { all.checked = number > 0 && number === boxes.length; all.indeterminate = number > 0 && number < boxes.length; }
}

function listenToColumns() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-columns] button[name='~up'], [data-columns] button[name='~down']");
    if (!button) return;
    event.preventDefault();
    const line = button.closest("li");
    if (button.name === "~up") line.previousElementSibling?.before(line);
    else line.nextElementSibling?.after(line);
    button.focus();
  });
}
