/** Calls are tried again where that helps, under the same idempotency key, and every wait ends. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { afterEach, beforeEach, test } from "node:test";

import { ConfigurationError, PingPilot, Refused, Unreached } from "../lib/index.js";

const ACCEPTED = JSON.stringify({ message: "Event processed successfully", code: "accepted", eventId: "e1" });
let server, url, seen, answers;

beforeEach(async () => {
  seen = [];
  answers = [];
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      seen.push({ path: request.url, headers: request.headers, body });
      const [status, headers, text] = answers.shift() ?? [200, {}, ACCEPTED];
      if (status) response.writeHead(status, headers).end(text ?? "{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${server.address().port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const client = (options) => new PingPilot({ apiKey: "pp_key", url, ...options });

test("a server that restarts gets the event once", async () => {
  answers = [[503, { "Retry-After": "0" }], [502, {}]];
  assert.equal((await client().send({ category: "sale" })).eventId, "e1");
  assert.equal(seen.length, 3);
  assert.equal(new Set(seen.map((call) => call.headers["idempotency-key"] + call.body)).size, 1);
  await client().send({ category: "sale" });
  assert.equal(new Set(seen.map((call) => call.headers["idempotency-key"])).size, 2);
});

test("the server says how long to wait", async () => {
  answers = [[503, { "Retry-After": "1" }]];
  const begun = performance.now();
  await client().send({ category: "sale" });
  assert.ok(performance.now() - begun >= 950);
});

test("who asks for a long wait is not waited for, and a used up quota is said at once", async () => {
  answers = [[503, { "Retry-After": "3600" }, '{"message": "Later", "code": "unavailable"}']];
  await assert.rejects(client().send({ category: "sale" }), { message: "Later", retryAfterSeconds: 3600 });
  answers = [[429, {}, '{"message": "Monthly quota reached", "code": "quota_reached"}']];
  await assert.rejects(client().send({ category: "sale" }), { code: "quota_reached" });
  assert.equal(seen.length, 2);
});

test("it gives up with the server's words", async () => {
  answers = Array.from({ length: 3 }, () => [503, {}, '{"message": "Restarting", "code": "unavailable"}']);
  await assert.rejects(client({ retries: 1 }).send({ category: "sale" }), { message: "Restarting" });
  assert.equal(seen.length, 2);
});

test("it follows nobody elsewhere, and knows who is no PingPilot", async () => {
  answers = [[302, { Location: "/elsewhere" }]];
  await assert.rejects(client().send({ category: "sale" }), Refused);
  assert.deepEqual(seen.map((call) => call.path), ["/api/v1/event"]);
  answers = [[200, {}, "<html>welcome</html>"]];
  await assert.rejects(client().send({ category: "sale" }), /Is this PingPilot/);
});

test("nobody there is said after all tries", async () => {
  const nobody = client({ url: "http://127.0.0.1:1", retries: 1, fetch: (where, how) => fetch(where, how) });
  await assert.rejects(nobody.send({ category: "sale" }), Unreached);
});

test("every wait ends", async () => {
  answers = [[0]];
  await assert.rejects(client({ timeoutMs: 200, retries: 0 }).send({ category: "sale" }), /timed out/);
});

test("who calls may end it, also between two tries", async () => {
  answers = [[0], [503, {}], [503, {}]];
  const waiting = client().send({ category: "sale" }, { signal: AbortSignal.timeout(100) });
  await assert.rejects(waiting, { name: "TimeoutError" });
  const ending = new AbortController();
  const pausing = client().send({ category: "sale" }, { signal: ending.signal });
  setTimeout(() => ending.abort(new Error("enough")), 150);
  await assert.rejects(pausing, { message: "enough" });
});

test("no key lives in a browser", () => {
  globalThis.document = {};
  try {
    assert.throws(() => client(), { name: "ConfigurationError", message: /in a browser/ });
  } finally {
    delete globalThis.document;
  }
});

test("a wrong set-up is said at once, and no key is shown", () => {
  for (const options of [{ apiKey: " " }, { apiKey: "a b" }, { apiKey: "ä" }, { url: "ftp://x" }, { url: "x.example" }]) {
    assert.throws(() => client(options), ConfigurationError);
  }
  assert.ok(!JSON.stringify(client()).includes("pp_key"));
});
