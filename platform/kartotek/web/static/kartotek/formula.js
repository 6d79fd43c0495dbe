// Interpreter of checked formulas, as formula/json_tree.py writes them. No eval; null is unknown.
//
// evaluate(formula, env) → wire value; holds(formula, env) → whether it is true.
// env: {record, old, item: {id, version, state, created_at, …, deleted_at, fields: {…}}, row: {…},
//       user: {id, name, roles, language, …}, now: "…Z", today: "2026-01-31", zone: "Europe/Berlin",
//       one(type, id) → record or null, many(type, list, id) → [record]}; only what the formula names is needed.
import * as values from "./formula_values.js";

const NOWHERE = { one: () => null, many: () => [] };
const WHITE = /^[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g;
const META = { id: "int", version: "int", state: "string", created_at: "instant", created_by: "record", updated_at: "instant", updated_by: "record" };
const UNITS = { days: 86400000000n, hours: 3600000000n, minutes: 60000000n, seconds: 1000000n };
const own = (object, name) => (Object.hasOwn(object ?? {}, name) ? object[name] : null);
const isRecord = (value) => value !== null && typeof value === "object" && "fields" in value;

export function evaluate(formula, env) {
  return values.wire(idOf(run(formula.tree, env)), formula.scale);
}

export function holds(formula, env) {
  return run(formula.tree, env) === true;
}

function run(node, env) {
  return NODES[node[0]](env, ...node.slice(1));
}

// A function of known values; unknown where one of them is.
function known(operation, env, ...nodes) {
  const found = [];
  for (const node of nodes) {
    const value = run(node, env);
    if (value === null) return null;
    found.push(value);
  }
  return operation(...found);
}

function idOf(value) {
  return isRecord(value) ? values.read(value.id, "record") : value;
}

function reached(value, type, env) {
  if (value === null || isRecord(value)) return value;
  const found = (env.one ?? NOWHERE.one)(type, Number(value)) ?? null;
  return found === null || found.deleted_at ? null : found;
}

function same(left, right) {
  return left === null || right === null ? left === right : values.compare(left, right) === 0;
}

function and(env, left, right) {
  const one = run(left, env);
  if (one === false) return false;
  const other = run(right, env);
  return other === false ? false : one === null || other === null ? null : true;
}

function or(env, left, right) {
  const one = run(left, env);
  if (one === true) return true;
  const other = run(right, env);
  return other === true ? true : one === null || other === null ? null : false;
}

// Of each element of a list, whether the condition is true.
function each(env, target, variable, condition) {
  return run(target, env).map((one) => run(condition, { ...env, [variable]: one }) === true);
}

function name(env, wanted) {
  const found = own(env, wanted === "meta" ? "record" : wanted);
  if (wanted === "now") return values.read(found, "instant");
  return wanted === "today" ? values.read(found, "date") : found;
}

function inverse(env, target, list, type) {
  const record = reached(run(target, env), type, env);
  return record === null ? [] : (env.many ?? NOWHERE.many)(type, list, record.id).filter((one) => !one.deleted_at);
}

function extreme(sign) {
  return (env, ...nodes) => known((...all) => all.reduce((best, one) => (values.compare(one, best) === sign ? one : best)), env, ...nodes);
}

function whole(sign, left, right) {
  if (sign === "%") return right === 0n ? null : left % right;
  return sign === "+" ? left + right : sign === "-" ? left - right : left * right;
}

function negative(value) {
  if (value instanceof values.Decimal) return new values.Decimal(-value.digits, value.scale);
  return value instanceof values.Span ? values.span(-value.micros) : -value;
}

function magnitude(value) {
  if (value instanceof values.Decimal) return value.digits < 0n ? negative(value) : value;
  if (value instanceof values.Span) return value.micros < 0n ? negative(value) : value;
  return value < 0 ? -value : value;
}

function isSet(value) {
  if (Array.isArray(value)) return value.length > 0;
  return value !== null && value !== undefined;
}

// A small object is set if one of its members is.
function hasMembers(value) {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return Object.values(value).some(hasMembers);
  return value !== null && value !== undefined;
}

const part = (index) => (day) => BigInt(values.parts(day)[index]);
const units = (name) => (span) => span.micros / UNITS[name];

const FUNCTIONS = {
  size: (value) => BigInt(typeof value === "string" ? [...value].length : value.length),
  startsWith: (text, start) => text.startsWith(start),
  endsWith: (text, end) => text.endsWith(end),
  contains: (text, found) => text.includes(found),
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
  trim: (text) => text.replace(WHITE, ""),
  div: (left, right) => (right === 0n ? null : left / right),
  abs: magnitude,
  int: (value) => (value instanceof values.Decimal ? value.digits / 10n ** BigInt(value.scale) : value),
  days: units("days"), hours: units("hours"), minutes: units("minutes"), seconds: units("seconds"),
  year: part(0), month: part(1), day: part(2),
  weekday: (day) => BigInt(((day.number + 6) % 7) + 1),
  monthDay: (day) => values.written(day, 0).slice(5),
};

function overlaps(left, right) {
  const there = right.map(idOf);
  return left.map(idOf).some((one) => one !== null && there.some((other) => same(one, other)));
}

function call(env, wanted, ...nodes) {
  if (wanted === "isSet") return isSet(run(nodes[0], env));
  if (wanted === "dateOf") return known((moment) => values.localDate(moment, env.zone ?? "UTC"), env, nodes[0]);
  if (wanted === "overlaps") return overlaps(run(nodes[0], env), run(nodes[1], env));
  return known(FUNCTIONS[wanted], env, ...nodes);
}

const ordering = (test) => (env, left, right) => known((one, other) => test(values.compare(one, other)), env, left, right);

const NODES = {
  constant: (env, type, wire) => values.read(wire, type),
  name,
  field: (env, target, wanted, type, record) => values.read(own(reached(run(target, env), record, env)?.fields, wanted), type),
  row: (env, target, wanted, type) => values.read(own(run(target, env), wanted), type),
  user: (env, target, wanted, type) => values.read(own(run(target, env), wanted), type),
  meta: (env, target, wanted) => values.read(own(run(target, env), wanted), META[wanted]),
  inverse,
  reached: (env, target, type) => reached(run(target, env), type, env),
  hasMembers: (env, node) => hasMembers(run(node, env)),
  not: (env, operand) => known((value) => !value, env, operand),
  minus: (env, operand) => known(negative, env, operand),
  "&&": and,
  "||": or,
  "==": (env, left, right) => same(run(left, env), run(right, env)),
  "!=": (env, left, right) => !same(run(left, env), run(right, env)),
  "<": ordering((order) => order < 0),
  "<=": ordering((order) => order <= 0),
  ">": ordering((order) => order > 0),
  ">=": ordering((order) => order >= 0),
  in: (env, left, right, converts) => {
    const wanted = run(left, env);
    return run(right, env).some((one) => same(wanted, converts === "double" && one !== null ? values.double(one) : idOf(one)));
  },
  if: (env, test, then, otherwise) => run(run(test, env) === true ? then : otherwise, env),
  list: (env, ...items) => items.map((item) => run(item, env)),
  double: (env, node) => known(values.double, env, node),
  decimal: (env, ...nodes) => {
    if (nodes.length === 1) return known(values.decimal, env, nodes[0]);
    const [sign, left, right, scale] = nodes;
    return known((one, other) => values.reckon(sign, one, other, scale), env, left, right);
  },
  id: (env, node) => idOf(run(node, env)),
  int: (env, sign, left, right) => known((one, other) => whole(sign, one, other), env, left, right),
  floating: (env, sign, left, right) => known((one, other) => values.float(sign, one, other), env, left, right),
  joined: (env, left, right) => known((one, other) => one + other, env, left, right),
  between: (env, left, right) => known(values.between, env, left, right),
  times: (env, sign, left, right) => known((span, number) => values.span(span.micros * number), env, left, right),
  span: (env, sign, left, right) => known((one, other) => values.span(one.micros + (sign === "-" ? -other.micros : other.micros)), env, left, right),
  day: (env, sign, left, right) => known((day, span) => values.day(day.number + (sign === "-" ? -1 : 1) * values.wholeDays(span)), env, left, right),
  instant: (env, sign, left, right) => known((moment, span) => values.instant(moment.micros + (sign === "-" ? -span.micros : span.micros)), env, left, right),
  round: (env, node, places) => known((value) => values.rounded(value, places), env, node),
  string: (env, node, scale) => known((value) => values.written(value, scale), env, node),
  min: extreme(-1),
  max: extreme(1),
  exists: (env, ...parts) => each(env, ...parts).includes(true),
  all: (env, ...parts) => !each(env, ...parts).includes(false),
  call,
};
