// A picker: a plain <select> becomes a field to search in, after the combobox pattern of WAI-ARIA. The select stays and is what is sent.

import { awaitPicked } from "./picked.js";

const WAIT = 200;
let made = 0;

export function wakePickers(root) {
  for (const select of root.querySelectorAll("select[data-picker]")) {
    if (!select.closest("template") && !select.closest(".k-picker")) new Picker(select);
  }
}

class Picker {
  constructor(select) {
    this.select = select;
    this.type = select.closest("[data-type]")?.dataset.type;
    this.several = select.multiple;
    this.active = -1;
    this.build();
    this.showChosen();
  }

  build() {
    const box = document.createElement("div");
    box.className = "k-picker";
    this.select.before(box);
    this.chips = document.createElement("div");
    this.chips.className = "k-picker-chosen";
    this.input = document.createElement("input");
    this.list = document.createElement("ul");
    this.list.className = "k-picker-list";
    this.list.id = `k-list-${(made += 1)}`;
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.input.className = this.select.className.replace("form-select", "form-control").replace("k-filter", "");
    if (this.select.id) this.input.id = this.select.id;
    this.select.removeAttribute("id");
    const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id, autocomplete: "off", type: "text", spellcheck: "false" };
    for (const [name, value] of Object.entries(attributes)) this.input.setAttribute(name, value);
    for (const name of ["aria-label", "aria-describedby", "aria-invalid", "aria-required", "placeholder"]) {
      if (this.select.hasAttribute(name)) this.input.setAttribute(name, this.select.getAttribute(name));
    }
    this.clear = document.createElement("button");
    Object.assign(this.clear, { type: "button", className: "k-picker-clear", textContent: "×" });
    this.clear.setAttribute("aria-label", this.select.dataset.clear ?? "×");
    const field = document.createElement("div");
    field.className = "k-picker-field";
    field.append(this.input, this.clear);
    box.append(this.chips, field, this.list, this.select);
    this.listen();
  }

  listen() {
    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("focus", () => { this.input.select(); });
    this.input.addEventListener("click", () => { if (this.list.hidden) this.search(""); });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => { this.close(); this.showChosen(); }, 150));
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const item = event.target.closest("li[data-id], li[data-new]");
      if (item) this.take(item);
    });
    this.clear.addEventListener("click", () => { this.set([]); this.showChosen(); this.input.focus(); });
    this.select.addEventListener("k-filled", () => this.showChosen());
    this.chips.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) this.drop(button.dataset.id);
    });
  }

  key(event) {
    const items = [...this.list.querySelectorAll("li[data-id], li[data-new]")];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) { this.search(""); return; }
      this.mark(items, this.active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && !this.list.hidden) {
      event.preventDefault();
      if (items[this.active]) this.take(items[this.active]);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.close();
      this.showChosen();
    }
  }

  mark(items, place) {
    if (!items.length) return;
    this.active = (place + items.length) % items.length;
    items.forEach((item, index) => item.classList.toggle("k-active", index === this.active));
    items[this.active].scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", items[this.active].id);
  }

  later() {
    clearTimeout(this.timer);
    if (!this.several && this.input.value === "") this.set([]);
    this.timer = setTimeout(() => this.search(this.input.value), WAIT);
  }

  async search(text) {
    const asked = (this.asked = Symbol("search"));
    const query = new URLSearchParams({ field: this.select.dataset.field ?? this.select.name, search: text });
    const answer = await fetch(`/r/${this.type}/choices?${query}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (asked !== this.asked || document.activeElement !== this.input) return;
    if (answer?.ok) this.show(await answer.json());
    else this.show({ items: [] }, this.select.dataset.lost);
  }

  take(item) {
    if (item.dataset.id) this.choose(item.dataset.id, item.textContent);
    else this.make(item.dataset.new, item.dataset.field);
  }

  // A new record in a tab of its own; once it is saved there, it is chosen here.
  make(address, field) {
    const ticket = crypto.randomUUID?.() ?? String(Math.random()), typed = this.input.value.trim();
    const given = new URLSearchParams(field && typed && typed !== this.shown ? { [field]: typed } : {});
    given.append("~pick", ticket);
    awaitPicked(ticket, (id, title) => this.choose(id, title));
    window.open(`${address}?${given}`, "_blank");
    this.close();
    this.showChosen();
  }

  show({ items, make }, trouble = "") {
    const marked = this.list.querySelector(".k-active")?.dataset.id; // what somebody is on stays so when more is found
    const chosen = new Set([...this.select.selectedOptions].map((one) => one.value));
    this.list.replaceChildren(...items.map((one, index) => {
      const item = document.createElement("li");
      item.id = `${this.list.id}-${index}`;
      item.dataset.id = one.id;
      item.textContent = one.title;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(chosen.has(String(one.id))));
      return item;
    }));
    if (!items.length) {
      const none = document.createElement("li");
      none.className = "k-none";
      none.textContent = trouble || (this.select.dataset.none ?? "—");
      this.list.append(none);
    }
    if (make && !this.select.dataset.field) {
      const item = document.createElement("li");
      item.id = `${this.list.id}-new`;
      item.className = "k-new";
      item.dataset.new = make.href;
      item.dataset.field = make.field;
      item.textContent = `+ ${make.title}`;
      item.setAttribute("role", "option");
      this.list.append(item);
    }
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.active = -1;
    this.input.removeAttribute("aria-activedescendant");
    const found = [...this.list.querySelectorAll("li[data-id]")];
    if (this.input.value) this.mark(found, Math.max(found.findIndex((one) => one.dataset.id === marked), 0));
  }

  choose(id, title) {
    let option = [...this.select.options].find((one) => one.value === id);
    if (!option) {
      option = new Option(title, id);
      this.select.append(option);
    }
    option.textContent = title;
    const before = this.several ? [...this.select.selectedOptions].map((one) => one.value) : [];
    this.set([...before, id]);
    this.close();
    this.showChosen();
  }

  drop(id) {
    this.set([...this.select.selectedOptions].map((one) => one.value).filter((one) => one !== id));
    this.showChosen();
    this.input.focus();
  }

  set(ids) {
    for (const option of this.select.options) option.selected = ids.includes(option.value) && (option.value !== "" || !ids.length);
    if (!ids.length && !this.several) this.select.value = "";
    this.select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  close() {
    this.list.hidden = true;
    this.asked = null;
    this.input.setAttribute("aria-expanded", "false");
  }

  showChosen() {
    const chosen = [...this.select.selectedOptions].filter((one) => one.value !== "");
    this.clear.hidden = this.several || !chosen.length;
    if (!this.several) {
      this.input.value = this.shown = chosen.length ? chosen[0].textContent : "";
      return;
    }
    this.input.value = "";
    this.chips.replaceChildren(...chosen.map((one) => {
      const chip = document.createElement("span");
      chip.className = "k-picker-chip";
      chip.append(one.textContent);
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.id = one.value;
      button.textContent = "×";
      button.setAttribute("aria-label", `${this.select.dataset.clear ?? "×"}: ${one.textContent}`);
      chip.append(button);
      return chip;
    }));
  }
}
