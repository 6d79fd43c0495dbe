// Rows of a sub-table: add, remove and move without a round trip, by touch, mouse and keys. Without this script the buttons send the form instead.
import { wakePickers } from "./picker.js";
import { wakeSmall } from "./small.js";

const NEW = "~row";
let added = 0;

export function wakeRows(form, changed) {
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-row-add], [data-row-remove], [data-row-up], [data-row-down]");
    if (!button) return;
    event.preventDefault();
    const table = button.closest("[data-rows]");
    if ("rowAdd" in button.dataset) add(table).querySelector("input:not([type=hidden]):not([hidden]), select, textarea")?.focus();
    else act(button, button.closest("tr"), table);
    changed();
  });
  form.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-row-grip]");
    if (grip) drag(event, grip, changed);
  });
  for (const table of form.querySelectorAll("[data-rows]")) table.addEventListener("k-rows", (event) => rebuild(table, event.detail));
}

function add(table, name = `n${(added += 1)}`) {
  const row = table.querySelector("template").content.firstElementChild.cloneNode(true);
  for (const element of [row, ...row.querySelectorAll("*")]) {
    for (const attribute of [...element.attributes]) {
      if (attribute.value.includes(NEW)) element.setAttribute(attribute.name, attribute.value.replaceAll(NEW, name));
      else if (/^(id|for|list|aria-describedby)$/.test(attribute.name)) element.setAttribute(attribute.name, `${attribute.value}-${name}`);
    }
  }
  row.dataset.row = name;
  table.querySelector("tbody").append(row);
  wakePickers(row);
  wakeSmall(row);
  return row;
}

// The rows under exactly these names, for a draft that is taken up again.
function rebuild(table, names) {
  const body = table.querySelector("tbody");
  const there = new Map([...body.children].map((row) => [row.dataset.row, row]));
  for (const [name, row] of there) if (!names.includes(name)) row.remove();
  for (const name of names) body.append(there.get(name) ?? add(table, name));
}

function act(button, row, table) {
  if ("rowRemove" in button.dataset) {
    const next = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    (next?.querySelector("[data-row-remove]") || table.querySelector("[data-row-add]")).focus();
    return;
  }
  if ("rowUp" in button.dataset && row.previousElementSibling) row.previousElementSibling.before(row);
  if ("rowDown" in button.dataset && row.nextElementSibling) row.nextElementSibling.after(row);
  button.focus();
}

function drag(event, grip, changed) {
  event.preventDefault();
  const row = grip.closest("tr");
  grip.setPointerCapture(event.pointerId);
  row.classList.add("k-dragged");
  const move = (moved) => {
    const before = row.previousElementSibling, after = row.nextElementSibling;
    if (before && moved.clientY < middle(before)) before.before(row);
    else if (after && moved.clientY > middle(after)) after.after(row);
  };
  const drop = () => {
    row.classList.remove("k-dragged");
    grip.removeEventListener("pointermove", move);
    changed();
  };
  grip.addEventListener("pointermove", move);
  grip.addEventListener("lostpointercapture", drop, { once: true });
}

function middle(row) {
  const box = row.getBoundingClientRect();
  return box.top + box.height / 2;
}
