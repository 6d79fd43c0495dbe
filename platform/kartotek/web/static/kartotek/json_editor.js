// The checked JSON editor: a text field that says at once what is wrong and where, tidies, and knows a template.
import { placeOf, readJson, tidy } from "./json_text.js";

const CURLY = /[\u201c\u201d\u201e\u201f\u00ab\u00bb]/; // what tablets put in place of straight quotes
const WAIT = 250;

export function wakeJsonEditors(root) {
  for (const box of root.querySelectorAll("[data-json-editor]")) {
    if (!box.closest("template") && !("awake" in box.dataset)) new JsonEditor(box);
  }
}

class JsonEditor {
  constructor(box) {
    box.dataset.awake = "";
    this.text = box.querySelector("textarea");
    this.status = box.querySelector("[data-json-status]");
    this.says = JSON.parse(box.dataset.jsonEditor);
    this.leaving = false;
    this.text.addEventListener("beforeinput", (event) => this.straighten(event));
    this.text.addEventListener("input", () => this.later());
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.text.addEventListener("blur", () => { this.leaving = false; this.check(); });
    box.addEventListener("click", (event) => this.click(event));
    this.check();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), WAIT);
  }

  // what was read, after telling how it went; undefined for an empty field or a mistake
  check() {
    clearTimeout(this.timer);
    if (!this.text.value.trim()) return this.tell("", "");
    const found = readJson(this.text.value);
    if (found.tree) return this.tell("good", this.says.good, found.tree);
    this.mistake = found.at;
    return this.tell("bad", this.says.place.replace("{line}", found.line).replace("{column}", found.column).replace("{why}", this.says[found.why]));
  }

  tell(state, sentence, tree) {
    if (this.status.textContent !== sentence) this.status.textContent = sentence;
    this.status.dataset.state = state;
    this.text.classList.toggle("is-invalid", state === "bad");
    if (state === "bad") this.text.setAttribute("aria-invalid", "true");
    else this.text.removeAttribute("aria-invalid");
    return tree;
  }

  click(event) {
    const button = event.target.closest("button");
    if (!button) return;
    if ("jsonTidy" in button.dataset) this.tidy();
    else if ("jsonTemplate" in button.dataset) this.template(button.dataset.jsonTemplate);
    else if ("jsonStatus" in button.dataset && this.status.dataset.state === "bad") this.select(this.mistake, this.mistake + 1);
    else if ("jsonSpot" in button.dataset) this.show(button.dataset.jsonSpot);
  }

  tidy() {
    const tree = this.check();
    if (tree) this.put(tidy(tree));
    else if (this.mistake !== undefined && this.text.value.trim()) this.select(this.mistake, this.mistake + 1);
  }

  // into an empty field, or in place of what is selected; never over what somebody typed
  template(skeleton) {
    if (this.text.value.trim()) {
      this.text.focus();
      document.execCommand("insertText", false, skeleton);
    } else {
      this.put(skeleton);
    }
    this.check();
  }

  show(pointer) {
    const { tree } = readJson(this.text.value);
    if (!tree) return this.text.focus();
    const place = placeOf(tree, pointer);
    return this.select(place.start, place.end);
  }

  select(start, end) {
    this.text.focus();
    this.text.setSelectionRange(start, Math.max(end, start));
    const lines = this.text.value.slice(0, start).split("\n").length - 1;
    this.text.scrollTop = Math.max(0, (lines - 2) * parseFloat(getComputedStyle(this.text).lineHeight));
  }

  // through the browser, so that "undo" brings the former text back
  put(text) {
    this.text.focus();
    this.text.select();
    if (!document.execCommand("insertText", false, text)) this.text.value = text;
    this.text.setSelectionRange(0, 0);
    this.text.dispatchEvent(new Event("change", { bubbles: true }));
  }

  straighten(event) {
    if (event.inputType !== "insertText" || !event.data || !CURLY.test(event.data)) return;
    event.preventDefault();
    document.execCommand("insertText", false, event.data.replaceAll(new RegExp(CURLY, "g"), '"'));
  }

  // Tab indents; after Escape it leaves the field, as everywhere else. Enter keeps the indentation.
  key(event) {
    if (event.key === "Escape") this.leaving = true;
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Tab" && !event.shiftKey && !this.leaving) {
      event.preventDefault();
      document.execCommand("insertText", false, "  ");
    } else if (event.key === "Enter") {
      const before = this.text.value.slice(0, this.text.selectionStart);
      const indent = /[ \t]*/.exec(before.slice(before.lastIndexOf("\n") + 1))[0];
      event.preventDefault();
      document.execCommand("insertText", false, `\n${indent}${/[[{]\s*$/.test(before) ? "  " : ""}`);
    }
  }
}
