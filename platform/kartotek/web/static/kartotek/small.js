// Small controls: a colour's swatch, a month with its day, a look at formatted text, a text to copy.

export function wakeSmall(root) {
  for (const place of root.querySelectorAll("[data-monthday]")) if (!place.closest("template") && !place.querySelector("select")) monthDay(place);
}

export function listenSmall() {
  document.addEventListener("input", (event) => {
    const swatch = event.target.closest("[data-swatch]");
    if (!swatch) return;
    const text = document.getElementById(swatch.dataset.swatch);
    text.value = swatch.value;
    text.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-preview]"), copy = event.target.closest("[data-copy]");
    if (button) preview(button);
    if (copy) copied(copy);
    if (event.target.matches("[data-select]")) event.target.select();
  });
}

// The text that is sent stays, hidden; two lists write it.
function monthDay(place) {
  const text = place.querySelector("input"), language = document.documentElement.lang;
  if (text.value && !/^\d\d-\d\d$/.test(text.value)) return; // what cannot be read stays as it was typed
  const month = list(Array.from({ length: 12 }, (_, index) => new Intl.DateTimeFormat(language, { month: "long", timeZone: "UTC" }).format(Date.UTC(2024, index, 1))));
  const day = list(Array.from({ length: 31 }, (_, index) => String(index + 1)));
  month.id = text.id;
  month.setAttribute("aria-describedby", text.getAttribute("aria-describedby"));
  day.setAttribute("aria-label", new Intl.DisplayNames(language, { type: "dateTimeField" }).of("day"));
  text.removeAttribute("id");
  text.hidden = true;
  const show = () => { [month.value, day.value] = text.value.split("-").length === 2 ? text.value.split("-") : ["", ""]; };
  const write = () => {
    text.value = month.value || day.value ? `${month.value || "00"}-${day.value || "00"}` : "";
    if (text.value.includes("00")) text.value = month.value && day.value ? text.value : month.value ? `${month.value}-` : "";
    text.dispatchEvent(new Event("change", { bubbles: true }));
  };
  for (const one of [month, day]) one.addEventListener("change", (event) => { event.stopPropagation(); write(); });
  text.addEventListener("k-filled", show);
  show();
  place.append(month, day);
}

function list(titles) {
  const made = document.createElement("select");
  made.className = "form-select";
  made.append(new Option("—", ""), ...titles.map((title, index) => new Option(title, String(index + 1).padStart(2, "0"))));
  return made;
}

async function preview(button) {
  const box = button.closest("[data-markdown]"), text = box.querySelector("textarea"), place = box.querySelector("[data-preview-place]");
  const wanted = button.getAttribute("aria-pressed") !== "true", form = button.form;
  if (wanted) {
    const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value, path: text.name, text: text.value });
    const answer = await fetch(`/r/${form.dataset.type}/preview`, { method: "POST", body }).catch(() => null);
    if (!answer?.ok) return;
    place.innerHTML = await answer.text(); // cleaned by the server, as on the record's page
    place.style.minHeight = `${text.offsetHeight}px`;
  }
  button.setAttribute("aria-pressed", String(wanted));
  button.classList.toggle("active", wanted);
  text.hidden = wanted;
  place.hidden = !wanted;
}

// Over plain http there is no clipboard to write to; then the text is marked, to be copied by hand.
async function copied(button) {
  const text = document.getElementById(button.dataset.copy);
  text.select();
  const done = await navigator.clipboard?.writeText(text.value).then(() => true, () => false) ?? document.execCommand("copy");
  if (done) button.querySelector("span").textContent = button.dataset.done;
}
