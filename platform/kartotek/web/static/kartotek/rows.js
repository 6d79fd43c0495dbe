// Rows of a sub-table: add, remove and move without a round trip. Without this script the buttons send the form instead.
import { wakePickers } from "./picker.js";

const NEW = "~row";
let added = 0;

export function wakeRows(form, changed) {
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-row-add], [data-row-remove], [data-row-up], [data-row-down]");
    if (!button) return;
    event.preventDefault();
    const table = button.closest("[data-rows]");
    if ("rowAdd" in button.dataset) add(table);
    else act(button, button.closest("tr"), table);
    changed();
  });
}

function add(table) {
  const row = table.querySelector("template").content.firstElementChild.cloneNode(true);
  const name = `n${(added += 1)}`;
  for (const element of [row, ...row.querySelectorAll("*")]) {
    for (const attribute of [...element.attributes]) {
      if (attribute.value.includes(NEW)) element.setAttribute(attribute.name, attribute.value.replaceAll(NEW, name));
      else if (/^(id|for|aria-describedby)$/.test(attribute.name)) element.setAttribute(attribute.name, `${attribute.value}-${name}`);
    }
  }
  row.dataset.row = name;
  table.querySelector("tbody").append(row);
  wakePickers(row);
  row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
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
