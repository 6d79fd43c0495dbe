// Values of formulas: exact numbers, dates, instants and durations, as the server reckons with them.
// null is unknown. Whole numbers are BigInt, floating-point ones Number, texts and times of day String.

export class Decimal { constructor(digits, scale) { this.digits = digits; this.scale = scale; } }
export class Day { constructor(number) { this.number = number; } }  // 1 is 0001-01-01
export class Instant { constructor(micros) { this.micros = micros; } }  // since 1970, UTC
export class Span { constructor(micros) { this.micros = micros; } }

const LAST = 2n ** 63n - 1n, FIRST = -(2n ** 63n);
const DAY = 86400000000n, EPOCH = 719163, LAST_DAY = 3652059;
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const fits = (number) => number >= FIRST && number <= LAST;
const size = (number) => (number < 0n ? -number : number);

// wire → value; what is not of the type, such as a half-typed number, is unknown
const READERS = {
  bool: (wire) => (typeof wire === "boolean" ? wire : null),
  int: (wire) => { const found = whole(wire); return found !== null && fits(found) ? found : null; },
  record: whole,
  number: (wire) => (typeof wire === "number" && Number.isFinite(wire) ? wire : null),
  decimal: (wire) => {
    const parts = /^(-?)([0-9]+)(?:\.([0-9]+))?$/.exec(wire);
    return parts && new Decimal(BigInt(parts[1] + parts[2] + (parts[3] ?? "")), (parts[3] ?? "").length);
  },
  string: text, time: text, json: (wire) => wire ?? null,
  row: (wire) => (typeof wire === "object" ? wire : null),
  date: (wire) => { const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(wire); return parts && dayOf(...parts.slice(1).map(Number)); },
  instant: readInstant, duration: readSpan,
};

export function read(wire, type) {
  if (type.startsWith("list of ")) return Array.isArray(wire) ? wire.map((one) => read(one, type.slice(8))) : [];
  return wire === null || wire === undefined ? null : READERS[type](wire);
}

function text(wire) { return typeof wire === "string" ? wire : null; }

function whole(wire) {
  if (typeof wire === "bigint") return wire;
  if (typeof wire === "string") return /^-?[0-9]+$/.test(wire) ? BigInt(wire) : null;
  return Number.isInteger(wire) ? BigInt(wire) : null;
}

export function dayOf(year, month, day) {
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > monthLength(year, month)) return null;
  const moved = month <= 2 ? year - 1 : year;
  const era = Math.floor(moved / 400), ofEra = moved - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const days = ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear;
  return new Day(era * 146097 + days - 305);
}

function monthLength(year, month) {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

export function parts(day) {  // [year, month, day]
  const shifted = day.number + 305, era = Math.floor(shifted / 146097), ofEra = shifted - era * 146097;
  const year = Math.floor((ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36524) - Math.floor(ofEra / 146096)) / 365);
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const month = Math.floor((5 * ofYear + 2) / 153);
  const number = month < 10 ? month + 3 : month - 9;
  return [era * 400 + year + (number <= 2 ? 1 : 0), number, ofYear - Math.floor((153 * month + 2) / 5) + 1];
}

function readInstant(wire) {
  const found = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6})\d*)?([Zz]|([+-])(\d\d):(\d\d))$/.exec(wire);
  const day = found && read(found[1], "date");
  if (!day) return null;
  const offset = found[7] ? (Number(found[8]) * 60 + Number(found[9])) * (found[7] === "-" ? -1 : 1) : 0;
  const seconds = (Number(found[2]) * 60 + Number(found[3]) - offset) * 60 + Number(found[4]);
  return instant(BigInt(day.number - EPOCH) * DAY + BigInt(seconds) * 1000000n + BigInt((found[5] ?? "").padEnd(6, "0")));
}

function readSpan(wire) {
  const found = /^(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,6}))?S)?)?$/.exec(wire);
  if (!found) return null;
  const [days, hours, minutes, seconds] = found.slice(2, 6).map((one) => BigInt(one ?? 0));
  const micros = (((days * 24n + hours) * 60n + minutes) * 60n + seconds) * 1000000n + BigInt((found[6] ?? "").padEnd(6, "0"));
  return span(found[1] ? -micros : micros);
}

export function span(micros) { return fits(micros) ? new Span(micros) : null; }
export function day(number) { return number >= 1 && number <= LAST_DAY ? new Day(number) : null; }
export function instant(micros) {
  return micros >= BigInt(1 - EPOCH) * DAY && micros < BigInt(LAST_DAY - EPOCH + 1) * DAY ? new Instant(micros) : null;
}

export function wholeDays(value) { return Number(value.micros / DAY); }
export function between(left, right) {
  return span(left instanceof Day ? BigInt(left.number - right.number) * DAY : left.micros - right.micros);
}

// The weekday there says whether it is the day before or after: browsers still show the Julian calendar before 1582.
export function localDate(moment, zone) {
  const millis = (moment.micros - (((moment.micros % 1000n) + 1000n) % 1000n)) / 1000n;
  const ofDay = ((moment.micros % DAY) + DAY) % DAY, number = Number((moment.micros - ofDay) / DAY) + EPOCH;
  const name = new Intl.DateTimeFormat("en-US", { timeZone: zone, weekday: "short" }).format(Number(millis));
  const there = WEEKDAYS.indexOf(name), here = (number + 6) % 7;
  return day(number + ((there - here + 10) % 7) - 3);
}

// numbers
export function decimal(value) { return value instanceof Decimal ? value : new Decimal(value, 0); }

function aligned(left, right) {
  const one = decimal(left), other = decimal(right), scale = Math.max(one.scale, other.scale);
  return [one.digits * 10n ** BigInt(scale - one.scale), other.digits * 10n ** BigInt(scale - other.scale), scale];
}

export function reckon(sign, left, right, places) {
  if (sign === "*") { const one = decimal(left), other = decimal(right); return new Decimal(one.digits * other.digits, one.scale + other.scale); }
  const [one, other, scale] = aligned(left, right);
  if (sign === "/") return other === 0n ? null : new Decimal(quotient(one * 10n ** BigInt(places), other), places);
  return new Decimal(sign === "+" ? one + other : one - other, scale);
}

function quotient(above, below) {  // rounded half away from zero
  const found = (2n * size(above) + size(below)) / (2n * size(below));
  return (above < 0n) !== (below < 0n) ? -found : found;
}

export function rounded(value, places) {
  const steps = places - value.scale;
  return new Decimal(steps >= 0 ? value.digits * 10n ** BigInt(steps) : quotient(value.digits, 10n ** BigInt(-steps)), places);
}

export function double(value) {
  const found = typeof value === "number" ? value : Number(value instanceof Decimal ? written(value, value.scale) : value);
  return Math.abs(found) <= 1e150 ? found : null;
}

const usable = (number) => number === 0 || (Math.abs(number) >= 1e-150 && Math.abs(number) <= 1e150);

export function float(sign, left, right) {
  if (!usable(left) || !usable(right) || (sign === "/" && right === 0)) return null;
  return sign === "+" ? left + right : sign === "-" ? left - right : sign === "*" ? left * right : left / right;
}

// -1, 0 or 1; texts in the order of code points
export function compare(left, right) {
  if (typeof left === "string") return compareTexts(left, right);
  if (left instanceof Decimal || right instanceof Decimal) [left, right] = aligned(left, right);
  const one = left?.micros ?? left?.number ?? left, other = right?.micros ?? right?.number ?? right;
  return one < other ? -1 : one > other ? 1 : 0;
}

function compareTexts(left, right) {
  const [one, other] = [left[Symbol.iterator](), right[Symbol.iterator]()];
  for (;;) {
    const [a, b] = [one.next(), other.next()];
    if (a.done || b.done) return a.done && b.done ? 0 : a.done ? -1 : 1;
    if (a.value !== b.value) return a.value.codePointAt(0) < b.value.codePointAt(0) ? -1 : 1;
  }
}

// value → wire
export function written(value, scale) {
  if (value instanceof Day) { const [year, month, number] = parts(value); return `${pad(year, 4)}-${pad(month, 2)}-${pad(number, 2)}`; }
  if (!(value instanceof Decimal)) return String(value);
  const digits = rounded(value, scale).digits, found = String(size(digits)).padStart(scale + 1, "0");
  return (digits < 0n ? "-" : "") + (scale ? `${found.slice(0, -scale)}.${found.slice(-scale)}` : found);
}

export function pad(number, length) { return String(number).padStart(length, "0"); }

export function wire(value, scale) {
  if (typeof value === "bigint") return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : String(value);
  if (value instanceof Decimal || value instanceof Day) return written(value, scale);
  if (value instanceof Span) return `${value.micros < 0n ? "-" : ""}PT${fraction(size(value.micros) / 1000000n, size(value.micros) % 1000000n)}S`;
  if (!(value instanceof Instant)) return value;
  const ofDay = ((value.micros % DAY) + DAY) % DAY, seconds = ofDay / 1000000n;
  const date = written(new Day(Number((value.micros - ofDay) / DAY) + EPOCH), 0);
  return `${date}T${pad(seconds / 3600n, 2)}:${pad((seconds / 60n) % 60n, 2)}:${fraction(pad(seconds % 60n, 2), ofDay % 1000000n)}Z`;
}

function fraction(seconds, micros) { return micros ? `${seconds}.${pad(micros, 6)}` : `${seconds}`; }
