// The reference of flag evaluation, flagd's core for JavaScript, behind OFREP over node's own HTTP: what stands in for the
// flagd binary where only npm is reached.
//
//     flagd.mjs FOLDER-OF-FLAGD-CORE FILE-OF-FLAGS PORT

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const [folder, file, port] = process.argv.slice(2);
const { FlagdCore } = createRequire(`${folder}/`)("@openfeature/flagd-core");
const core = new FlagdCore();
core.setConfigurations(readFileSync(file, "utf8"));
const BASE = "/ofrep/v1/evaluate/flags";

const shown = ({ flagKey: key, value, reason, variant, flagMetadata: metadata }) => ({ key, value, reason, variant, metadata });

const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const { context = {} } = JSON.parse(Buffer.concat(parts).toString() || "{}");
    const key = request.url.slice(BASE.length + 1);
    const answer = key
      ? shown({ flagKey: key, ...core.resolveBooleanEvaluation(key, false, context) })
      : { flags: core.resolveAll(context).map(shown) };
    const body = JSON.stringify(answer);
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
    response.end(body);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(Number(port), "127.0.0.1");
