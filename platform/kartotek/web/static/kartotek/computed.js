// Computed: values that follow from what is typed, reckoned as the server will and said in the page's language.
import { evaluate, holds } from "./formula.js";
import * as values from "./formula_values.js";

const UNQUOTE = (name) => name.replaceAll("~1", "/").replaceAll("~0", "~");
const TURNS = 3; // a computed value may read another that stands after it

// Puts the computed values of all cells into env.record.fields and shows them.
export function reckonAll(form, env) {
  const cells = [...form.querySelectorAll("[data-computed]")].filter((cell) => !cell.closest("template"));
  if (!cells.length) return;
  const found = new Map();
  for (let turn = 0; turn < TURNS; turn += 1) for (const cell of cells) found.set(cell, reckon(cell, env));
  for (const [cell, wire] of found) show(cell, wire, env.zone);
}

function reckon(cell, env) {
  const how = JSON.parse(cell.dataset.computed), names = cell.dataset.path.slice(1).split("/").map(UNQUOTE);
  const row = cell.closest("tr[data-row]");
  const rows = row && env.record.fields[UNQUOTE(row.closest("[data-rows]").dataset.rows.slice(1))];
  const mine = row && rows?.[[...row.parentElement.children].indexOf(row)];
  const wire = how.rollup ? total(how.rollup, env) : evaluate(how.formula, mine ? { ...env, row: mine } : env);
  put(mine ?? env.record.fields, mine ? names.slice(-1) : names, wire);
  return wire;
}

function put(target, names, wire) {
  if (names.length === 1) target[names[0]] = wire;
  else put((target[names[0]] = { ...target[names[0]] }), names.slice(1), wire);
}

function total(rollup, env) {
  const rows = (env.record.fields[rollup.list] ?? []).filter((row) => !rollup.where || holds(rollup.where, { ...env, row, item: row }));
  if (rollup.fn === "count") return rows.length;
  const known = rows.map((row) => values.read(row[rollup.field], rollup.type)).filter((one) => one !== null);
  if (!known.length) return rollup.type === "decimal" ? values.wire(new values.Decimal(0n, 0), rollup.scale) : 0;
  if (rollup.type === "decimal") return values.wire(known.reduce((sum, one) => values.reckon("+", sum, one)), rollup.scale);
  if (rollup.type === "duration") return values.wire(values.span(known.reduce((sum, one) => sum + one.micros, 0n)), 0);
  return values.wire(known.reduce((sum, one) => sum + one), 0);
}

function show(cell, wire, zone) {
  const place = cell.querySelector("[data-value]"), text = say(wire, JSON.parse(cell.dataset.spoken), zone);
  if (place && place.textContent.trim() !== text) {
    place.textContent = text;
    place.classList.add("k-reckoned");
  }
}

function say(wire, spoken, zone) {
  if (wire === null || wire === undefined || wire === "") return "—";
  if (spoken.options) return spoken.options[String(wire)] ?? String(wire);
  const language = document.documentElement.lang || "en";
  if (spoken.kind === "decimal") return decimal(wire, spoken, language);
  if (spoken.kind === "integer" || spoken.kind === "number") return new Intl.NumberFormat(language).format(wire);
  if (spoken.kind === "date") return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${wire}T00:00Z`));
  if (spoken.kind === "instant") return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone: zone }).format(new Date(wire));
  if (spoken.kind === "duration") return duration(wire, language);
  return typeof wire === "object" ? JSON.stringify(wire) : String(wire);
}

function decimal(wire, spoken, language) {
  const digits = { minimumFractionDigits: spoken.scale, maximumFractionDigits: spoken.scale };
  const style = spoken.currency ? { style: "currency", currency: spoken.currency } : {};
  return new Intl.NumberFormat(language, { ...style, ...digits }).format(wire);
}

function duration(wire, language) {
  const span = values.read(wire, "duration");
  if (!span) return wire;
  const all = Number(span.micros / 60000000n), minutes = Math.abs(all);
  const parts = [[Math.floor(minutes / 60), "hour"], [minutes % 60, "minute"]].filter(([count], index) => count || (index === 1 && !minutes));
  return (all < 0 ? "-" : "") + parts.map(([count, unit]) => new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(count)).join(" ");
}
