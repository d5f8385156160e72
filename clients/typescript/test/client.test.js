/** The client against a real PingPilot, at PINGPILOT_URL. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { InvalidEvent, PingPilot, Refused, issuesOf } from "../lib/index.js";

const pings = new PingPilot();

test("an event arrives with all it says", async () => {
  const timestamp = new Date(Date.now() - 7 * 60_000);
  const fields = { amount: 49.5, plan: "PRO", first: true, zero: 0 };
  const sent = await pings.send({
    category: "Sale",
    description: 'Say "hi" ä 💰',
    fields,
    severity: "success",
    timestamp,
    url: "https://shop.example.com/orders/7",
  });
  assert.match(sent.hint ?? "", /channel/i);
  const receipt = await pings.receipt(sent.eventId);
  assert.equal(receipt.category, "sale");
  assert.equal(receipt.description, 'Say "hi" ä 💰');
  assert.equal(receipt.severity, "success");
  assert.equal(new Date(receipt.occurredAt).getTime(), timestamp.getTime());
  assert.deepEqual(Object.entries(receipt.fields), Object.entries(fields));
});

test("the same idempotency key is one event", async () => {
  const idempotencyKey = `order-${Date.now()}`;
  const first = await pings.send({ category: "sale" }, { idempotencyKey });
  const again = await pings.send({ category: "sale" }, { idempotencyKey });
  assert.equal(again.eventId, first.eventId);
  await assert.rejects(pings.send({ category: "sale", description: "x" }, { idempotencyKey }), (error) => {
    assert.ok(error instanceof Refused);
    assert.deepEqual([error.status, error.code], [422, "idempotency_key_reused"]);
    return true;
  });
});

test("it waits for the deliveries", async () => {
  const sent = await pings.send({ category: "sale" }, { waitSeconds: 5 });
  assert.equal(sent.status, "DELIVERED");
  assert.deepEqual(sent.deliveries, []);
  await assert.rejects(pings.send({ category: "sale" }, { waitSeconds: 31 }), RangeError);
});

test("refusals carry the server's own words", async () => {
  await assert.rejects(pings.send({ category: "nope" }), { message: 'You dont have a category named "nope"', status: 404 });
  const stranger = new PingPilot({ apiKey: "pp_wrong" });
  await assert.rejects(stranger.send({ category: "sale" }), { message: "Invalid API key", status: 401 });
  await assert.rejects(pings.send({ category: "sale", timestamp: new Date(Date.now() + 3_600_000) }), (error) => {
    assert.ok(error instanceof InvalidEvent);
    assert.equal(error.status, 422);
    return true;
  });
});

const long = "x".repeat(5_000);
const wrong = [
  { category: "" },
  { category: "New Sale" },
  { category: "a".repeat(65) },
  { category: "sale", description: long },
  { category: "sale", description: 7 },
  { category: "sale", severity: "urgent" },
  { category: "sale", dedupeKey: long },
  { category: "sale", url: "javascript:alert(1)" },
  { category: "sale", fields: { nested: { a: 1 } } },
  { category: "sale", fields: { list: [1], nothing: null } },
  { category: "sale", fields: { "": 1, text: long } },
  { category: "sale", fields: { ["n".repeat(101)]: 1 } },
  { category: "sale", fields: Object.fromEntries(Array.from({ length: 51 }, (_, number) => [`f${number}`, number])) },
];

for (const event of wrong) {
  test(`it says what the server would say of ${JSON.stringify(event).slice(0, 60)}`, async () => {
    const { dedupeKey, ...members } = event;
    const answer = await fetch(`${pings.url}/api/v1/event`, {
      method: "POST",
      headers: { Authorization: `Bearer ${process.env.PINGPILOT_API_KEY}` },
      body: JSON.stringify({ ...members, dedupe_key: dedupeKey }),
    });
    const said = await answer.json();
    const brief = ({ code, path }) => ({ code, path });
    assert.deepEqual(issuesOf(event).map(brief), said.errors.map(brief));
    await assert.rejects(pings.send(event), { status: undefined, code: "invalid_event" });
  });
}

test("what JSON cannot hold is refused here", () => {
  for (const value of [NaN, Infinity, undefined, 7n, () => 1]) {
    assert.equal(issuesOf({ category: "sale", fields: { a: value } })[0]?.code, "invalid_union");
  }
  assert.equal(issuesOf({ category: "sale", timestamp: new Date("never") })[0]?.code, "invalid_date");
  assert.deepEqual(issuesOf({ category: "sale", description: "💰".repeat(4_000) }), []);
});

test("many events go together and a bad one stops no other", async () => {
  const events = Array.from({ length: 1_100 }, (_, number) => ({ category: "sale", description: `number ${number}` }));
  events[3] = { category: "nope" };
  events[1_050] = { category: "New Sale" };
  const done = await pings.sendMany(events);
  assert.deepEqual(done.map((one) => one.index), [...events.keys()]);
  const refused = done.filter((one) => one.error);
  assert.deepEqual(refused.map((one) => [one.index, one.error?.constructor.name]), [[3, "Refused"], [1_050, "InvalidEvent"]]);
  assert.deepEqual(await pings.sendMany([]), []);
});

test("the quota is told", async () => {
  const quota = await pings.quota();
  assert.equal(quota.plan, "UNLIMITED");
  assert.ok(quota.eventsUsed > 0);
});
