// Conditions of a form: showIf, requiredIf and readOnlyIf follow what is typed. The server decides again when the form is sent.
import { reckonAll } from "./computed.js";
import { holds } from "./formula.js";
import { wiresOf } from "./wires.js";

const GUARDED = "[data-show], [data-required], [data-locked]";

export function wakeConditions(form) {
  const given = JSON.parse(form.dataset.env);
  const stored = { ...given.record, fields: JSON.parse(form.dataset.wire) };
  const settle = () => {
    const fields = { ...stored.fields, ...given.becoming.fields, ...wiresOf(form, given.zone) };
    const record = { ...given.record, ...given.becoming, fields };
    const env = { ...given, now: new Date().toISOString(), record, old: given.is_new ? null : stored };
    reckonAll(form, env);
    for (const cell of form.querySelectorAll(GUARDED)) apply(cell, cell.closest("tr[data-row]") ? withRow(env, cell) : env);
  };
  settle();
  return settle;
}

function withRow(env, cell) {
  const row = cell.closest("tr[data-row]");
  const list = row.closest("[data-rows]").dataset.rows.slice(1).replaceAll("~1", "/").replaceAll("~0", "~");
  const place = [...row.parentElement.children].indexOf(row);
  return { ...env, row: env.record.fields[list]?.[place] ?? {} };
}

function all(text, env) {
  return JSON.parse(text).every((formula) => holds(formula, env));
}

function apply(cell, env) {
  if (cell.dataset.show) toggle(cell, !all(cell.dataset.show, env));
  if (cell.dataset.required) demand(cell, all(cell.dataset.required, env));
  // a lock is judged on the record as it is stored
  if (cell.dataset.locked && env.old) lock(cell, all(cell.dataset.locked, { ...env, record: env.old }));
}

function toggle(cell, hidden) {
  if (cell.tagName === "TD") {
    for (const child of cell.children) child.hidden = hidden;
  } else {
    cell.hidden = hidden;
  }
}

function demand(cell, required) {
  cell.querySelector(".form-label")?.classList.toggle("required", required);
  for (const control of cell.querySelectorAll("input, select, textarea")) {
    if (required) control.setAttribute("aria-required", "true");
    else control.removeAttribute("aria-required");
  }
}

function lock(cell, locked) {
  cell.inert = locked;
  cell.toggleAttribute("data-locked-now", locked);
}
