// JSON text as a person types it: the first mistake with its place, a tidy form that leaves every number as it was written
// (2^64 is more than a JavaScript number can hold), and the place of what a JSON Pointer names.

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const LONGEST_LINE = 72;
const DEEPEST = 100;

class Mistake extends Error {
  constructor(why, at) {
    super(why);
    this.at = at;
  }
}

// {tree} or {why, line, column, at}; `why` is one of: value, key, colon, comma, string, end, more, twice, deep, trailing
export function readJson(text) {
  try {
    return { tree: new Reader(text).whole() };
  } catch (mistake) {
    if (!(mistake instanceof Mistake)) throw mistake;
    const before = text.slice(0, mistake.at).split("\n");
    return { why: mistake.message, at: mistake.at, line: before.length, column: [...before.at(-1)].length + 1 };
  }
}

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.depth = 0;
  }

  whole() {
    const tree = this.value();
    if (this.at < this.text.length) this.fail("more");
    return tree;
  }

  fail(why, at = this.at) {
    throw new Mistake(at >= this.text.length && why !== "more" ? "end" : why, at);
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found?.[0];
  }

  value() {
    this.match(SPACE);
    const start = this.at, letter = this.text[start];
    if ((this.depth += 1) > DEEPEST) this.fail("deep");
    const tree = letter === "{" ? this.members() : letter === "[" ? this.items() : letter === '"' ? { text: this.string() } : this.plain();
    this.depth -= 1;
    tree.start = start;
    tree.end = this.at;
    this.match(SPACE);
    return tree;
  }

  plain() {
    const start = this.at, text = this.match(WORD) ?? this.match(NUMBER);
    if (!text || /[\w.+-]/.test(this.text[this.at] ?? "")) this.fail("value", start);
    return { text };
  }

  string() {
    const start = this.at, text = this.match(STRING);
    return text ?? this.fail("string", start);
  }

  items() {
    const items = [];
    this.each("]", () => items.push(this.value()));
    return { items };
  }

  members() {
    const members = [], names = new Set();
    this.each("}", () => {
      const at = this.at;
      if (this.text[at] !== '"') this.fail("key");
      const key = this.string(), name = JSON.parse(key);
      if (names.has(name)) this.fail("twice", at);
      names.add(name);
      this.match(SPACE);
      if (this.text[this.at] !== ":") this.fail("colon");
      this.at += 1;
      members.push({ key, name, at, value: this.value() });
    });
    return { members };
  }

  each(closing, read) {
    this.at += 1;
    this.match(SPACE);
    while (this.text[this.at] !== closing) {
      read();
      if (this.text[this.at] === closing) break;
      if (this.text[this.at] !== ",") this.fail("comma");
      const comma = this.at;
      this.at += 1;
      this.match(SPACE);
      if (this.text[this.at] === closing) this.fail("trailing", comma);
    }
    this.at += 1;
  }
}

// The tree as text: what is short stays on one line.
export function tidy(tree, indent = "") {
  const short = oneLine(tree);
  if (indent.length + short.length <= LONGEST_LINE && !(tree.members?.length > 1)) return short;
  const inner = `${indent}  `;
  if (tree.items) return `[\n${tree.items.map((one) => inner + tidy(one, inner)).join(",\n")}\n${indent}]`;
  if (!tree.members?.length) return short;
  return `{\n${tree.members.map((one) => `${inner}${one.key}: ${tidy(one.value, inner)}`).join(",\n")}\n${indent}}`;
}

function oneLine(tree) {
  if (tree.items) return `[${tree.items.map(oneLine).join(", ")}]`;
  if (tree.members) return `{${tree.members.map((one) => `${one.key}: ${oneLine(one.value)}`).join(", ")}}`;
  return tree.text;
}

// {start, end} of what the pointer names, or of the innermost that is there on the way to it.
export function placeOf(tree, pointer) {
  let found = { start: tree.start, end: tree.end };
  for (const part of pointer.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    const member = tree.members?.find((one) => one.name === name);
    tree = member ? member.value : tree.items?.[Number(name)];
    if (!tree) return found;
    found = { start: member ? member.at : tree.start, end: tree.end };
  }
  return found;
}
