// Wires: the values of a form's controls as the API would carry them, for formulas that follow what is typed.

const UNQUOTE = (name) => name.replaceAll("~1", "/").replaceAll("~0", "~");

// {field name: wire} of all controls of the form, rows and small objects included.
export function wiresOf(form, zone) {
  const found = {};
  for (const cell of form.querySelectorAll("[data-path]")) {
    if (cell.closest("template") || "fixed" in cell.dataset || cell.closest("tr[data-row]")) continue;
    const wire = cell.querySelector("[data-rows]") && cell.dataset.kind === "rows" ? rowsOf(cell, zone) : wireOf(cell, zone);
    if (wire !== undefined) put(found, cell.dataset.path.slice(1).split("/").map(UNQUOTE), wire);
  }
  return found;
}

function put(found, names, wire) {
  if (names.length === 1) found[names[0]] = wire;
  else put((found[names[0]] = { ...found[names[0]] }), names.slice(1), wire);
}

function rowsOf(cell, zone) {
  return [...cell.querySelectorAll("tbody > tr[data-row]")].map((row) => {
    const values = {};
    for (const one of row.querySelectorAll("[data-path]")) {
      const wire = wireOf(one, zone);
      if (wire !== undefined) values[UNQUOTE(one.dataset.path.split("/").pop())] = wire;
    }
    return values;
  });
}

// undefined where the cell has no control of its own
function wireOf(cell, zone) {
  const controls = [...cell.querySelectorAll("input[name], select[name], textarea[name]")].filter((one) => one.name === cell.dataset.path && one.type !== "file");
  if (!controls.length) return cell.dataset.kind === "choices" || cell.dataset.kind === "files" ? [] : undefined;
  const strings = controls.flatMap(stringsOf);
  const kind = cell.dataset.kind, type = cell.dataset.formulaType;
  if (type === "list") return strings.filter((one) => one !== "");
  const text = (strings.at(-1) ?? "").trim();
  return text === "" ? null : READERS[kind] ? READERS[kind](text, zone) : plain(text, type);
}

function stringsOf(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.checked ? [control.value] : [];
  if (control.multiple) return [...control.selectedOptions].map((one) => one.value);
  return [control.value];
}

function plain(text, type) {
  if (type === "bool") return text === "true";
  if (type === "number") return number(text);
  return type === "json" ? parsed(text) : text;
}

const READERS = {
  integer: (text) => text.replaceAll(",", ""),
  decimal: (text) => text.replaceAll(",", ""),
  number,
  boolean: (text) => text === "true",
  duration: (text) => {
    const clock = /^(\d+):(\d\d)(?::(\d\d))?$/.exec(text);
    return clock ? `PT${clock[1]}H${clock[2]}M${clock[3] ?? 0}S` : text;
  },
  instant: (text, zone) => instant(text, zone),
};

function number(text) {
  const found = Number(text.replaceAll(",", ""));
  return Number.isFinite(found) ? found : null;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

// What clocks in the zone show as an instant in UTC.
function instant(text, zone) {
  const wanted = Date.parse(`${text}Z`);
  if (Number.isNaN(wanted)) return null;
  let found = wanted;
  for (let turn = 0; turn < 2; turn += 1) found += wanted - shown(found, zone);
  return new Date(found).toISOString();
}

function shown(moment, zone) {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const part = Object.fromEntries(format.formatToParts(new Date(moment)).map((one) => [one.type, one.value]));
  return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second);
}
