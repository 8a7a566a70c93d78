// Answers cases on stdin, one a line, as npm's @openfeature/flagd-core does; its folder is the argument.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { FlagdCore } = createRequire(`${process.argv[2]}/`)("@openfeature/flagd-core");
const silent = { error() {}, warn() {}, info() {}, debug() {} };
const wellFormed = (_, value) => (typeof value === "string" ? value.toWellFormed() : value);
const attempt = (ask) => {
  try {
    return ask();
  } catch {
    return "thrown";
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  const { d, c, n, k, t } = JSON.parse(line);
  Date.now = () => n * 1000;
  const core = new FlagdCore(undefined, silent);
  let said;
  try {
    core.setConfigurations(d);
    const typed = { boolean: "Boolean", string: "String", number: "Number", object: "Object" }[t];
    const plain = (key) => {
      const flag = core.getFlag(key);
      const off = !flag || flag.state === "DISABLED";
      return off ? core.resolve(t, key, undefined, c) : flag.evaluate(c);
    };
    said = {
      f: k.map((key) => attempt(() => plain(key))),
      t: k.map((key) => attempt(() => core[`resolve${typed}Evaluation`](key, "DEFAULT", c))),
      a: core.resolveAll(c).map((one) => one.flagKey).sort(),
    };
  } catch {
    said = "refused";
  }
  process.stdout.write(`${JSON.stringify(said, wellFormed)}\n`);
}
