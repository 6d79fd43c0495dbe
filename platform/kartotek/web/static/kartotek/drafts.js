// Drafts: what was typed and never reached the server is offered again, in this tab alone and for this person alone.
const PREFIX = "k-draft:";
const SKIPPED = new Set(["csrf_token", "version", "key", "~username", "~password"]);
const WAIT = 400;

export function wakeDrafts(form, changed) {
  const key = PREFIX + form.dataset.user + location.pathname;
  const kept = read(key);
  if (kept && !form.querySelector("[data-summary], [data-conflict], [data-questions], [data-filled]")) offer(form, key, kept, changed);
  let timer = 0;
  const keep = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = 0;
      store(key, draftOf(form));
    }, WAIT);
  };
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  window.addEventListener("pagehide", () => {
    if (!timer) return;
    clearTimeout(timer);
    store(key, draftOf(form));
  });
  form.addEventListener("submit", () => {
    timer = clearTimeout(timer);
    store(key, { ...draftOf(form), sent: true });
  });
  return () => {
    timer = clearTimeout(timer);
    sessionStorage.removeItem(key);
  };
}

// On every page: what was sent counts as saved once another page than its form comes; after a failure it is still there.
export function forgetSaved() {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(PREFIX) && read(key)?.sent && !key.endsWith(location.pathname)) sessionStorage.removeItem(key);
  }
  for (const form of document.querySelectorAll('form[action="/logout/"]')) form.addEventListener("submit", () => sessionStorage.clear());
}

function draftOf(form) {
  return { at: Date.now(), version: form.elements.version?.value ?? "", values: valuesOf(form) };
}

function offer(form, key, kept, changed) {
  const place = form.querySelector("[data-draft]");
  if (!place || same(kept.values, valuesOf(form))) {
    sessionStorage.removeItem(key);
    return;
  }
  place.hidden = false;
  place.querySelector("[data-draft-at]").textContent = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "short" }).format(kept.at);
  place.querySelector("[data-draft-take]").addEventListener("click", () => {
    fill(form, kept.values);
    if (kept.version) form.elements.version.value = kept.version; // so that others' changes meanwhile are seen when it is saved
    place.hidden = true;
    changed();
  });
  place.querySelector("[data-draft-drop]").addEventListener("click", () => {
    sessionStorage.removeItem(key);
    place.hidden = true;
  });
}

function valuesOf(form) {
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !SKIPPED.has(name));
}

function same(left, right) {
  return JSON.stringify(left) === JSON.stringify(right);
}

function fill(form, values) {
  const wanted = new Map();
  for (const [name, value] of values) wanted.set(name, [...(wanted.get(name) ?? []), value]);
  for (const table of form.querySelectorAll("[data-rows]")) table.dispatchEvent(new CustomEvent("k-rows", { detail: wanted.get(table.dataset.rows) ?? [] }));
  for (const control of form.elements) {
    if (!control.name || SKIPPED.has(control.name) || control.type === "file" || control.type === "submit" || control.type === "hidden") continue;
    const mine = wanted.get(control.name) ?? [];
    if (control.type === "checkbox" || control.type === "radio") control.checked = mine.includes(control.value);
    else if (control.tagName === "SELECT") select(control, mine);
    else control.value = mine[0] ?? "";
    control.dispatchEvent(new CustomEvent("k-filled", { bubbles: true }));
  }
}

function select(control, wanted) {
  for (const value of wanted) if (value && ![...control.options].some((one) => one.value === value)) control.append(new Option(`#${value}`, value));
  for (const option of control.options) option.selected = wanted.includes(option.value);
}

function read(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null;
  }
}

function store(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // a browser that keeps nothing: the question before leaving is what remains
  }
}
