// Evaluates formulas over environments: node evaluate.mjs <formula.js> <cases.json> → JSON on standard output.
// cases: {formulas: [formula], envs: [env], records: {type: {id: envelope}}, inverses: {type: {list: {id: [ids]}}}}
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { evaluate, holds } = await import(pathToFileURL(process.argv[2]));
const cases = JSON.parse(readFileSync(process.argv[3], "utf-8"));
const one = (type, id) => cases.records[type]?.[id] ?? null;
const many = (type, list, id) => {
  const { type: other, ids } = cases.inverses[type][list];
  return (ids[id] ?? []).map((each) => cases.records[other][each]);
};
const answers = cases.formulas.map((formula) => cases.envs.map((env) => {
  const whole = { ...env, one, many };
  return [evaluate(formula, whole), holds(formula, whole)];
}));
process.stdout.write(JSON.stringify(answers));
