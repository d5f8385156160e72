/** The client. */

import { checked, membersOf, results } from "./answers.js";
import type { Accepted, Quota, Receipt, Reply, Result } from "./answers.js";
import { ConfigurationError, InvalidEvent, Unreached } from "./errors.js";
import { issuesOf, toJson } from "./event.js";
import type { Event } from "./event.js";
import { isBrowser, unique, variable } from "./surroundings.js";

const DEFAULT_URL = "http://127.0.0.1:8000";
const WAIT_MAX_SECONDS = 30;
const BATCH_MAX = 1_000;
const BATCH_MAX_BYTES = 5 * 1024 * 1024; // source: PingPilot's API reference
/** Statuses that another try may cure, unless the server's code says that it will not. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
const FINAL: ReadonlySet<unknown> = new Set(["delivery_failed", "quota_reached"]);
const FIRST_PAUSE_MS = 500;
const PAUSE_MAX_MS = 30_000;

export interface Options {
  /** Else from the environment variable PINGPILOT_API_KEY. */
  apiKey?: string | undefined;
  /** Where PingPilot runs; else from PINGPILOT_URL. */
  url?: string | undefined;
  /** For each try; 10,000 by default. */
  timeoutMs?: number | undefined;
  /** On top of the first try; 3 by default. All carry the same idempotency key: an event is stored once. */
  retries?: number | undefined;
  /** Another `fetch`, e.g. one that goes through a proxy. */
  fetch?: typeof fetch | undefined;
}

export interface CallOptions {
  /** Ends the call, its pauses included. What was sent by then may arrive all the same. */
  signal?: AbortSignal | undefined;
}

export interface SendOptions extends CallOptions {
  /** Wait until the event is delivered, up to 30 seconds. */
  waitSeconds?: number | undefined;
  /** Else one of this call's own. */
  idempotencyKey?: string | undefined;
}

interface Call {
  method: "GET" | "POST";
  path: string;
  body?: string;
  headers?: Record<string, string>;
  waitMs?: number;
}

/** Reports events and asks what became of them. */
export class PingPilot {
  readonly url: string;
  readonly #key: string;
  readonly #timeoutMs: number;
  readonly #retries: number;
  readonly #fetch: typeof fetch;

  /** Throws ConfigurationError without a key, and in a browser. */
  constructor(options: Options = {}) {
    if (isBrowser()) {
      throw new ConfigurationError(
        "An API key in a browser is everybody's key. Report events from your server, and let the page ask that",
      );
    }
    this.url = address(options.url ?? variable("PINGPILOT_URL") ?? DEFAULT_URL);
    this.#key = key(options.apiKey ?? variable("PINGPILOT_API_KEY"));
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#retries = options.retries ?? 3;
    this.#fetch = options.fetch ?? globalThis.fetch;
  }

  /**
   * Send one event, and resolve once it is stored; with `waitSeconds`, once it is delivered or they are over.
   * Rejects with InvalidEvent before anything is sent, where that can be told; with Refused; with Unreached.
   */
  async send(event: Event, options: SendOptions = {}): Promise<Accepted> {
    const issues = issuesOf(event);
    if (issues.length) throw new InvalidEvent(issues);
    const { waitSeconds, idempotencyKey, signal } = options;
    if (waitSeconds !== undefined && !(waitSeconds >= 1 && waitSeconds <= WAIT_MAX_SECONDS)) {
      throw new RangeError(`waitSeconds must be from 1 to ${WAIT_MAX_SECONDS}`);
    }
    const headers = once(idempotencyKey);
    if (waitSeconds !== undefined) headers["Prefer"] = `wait=${Math.floor(waitSeconds)}`;
    const call = { path: "/api/v1/event", body: toJson(event), headers, waitMs: (waitSeconds ?? 0) * 1_000 };
    return checked(await this.#call({ method: "POST", ...call }, signal)) as unknown as Accepted;
  }

  /** Send events together, any number, and resolve with what became of each, in order: a bad one stops no other. */
  async sendMany(events: Iterable<Event>, options: CallOptions = {}): Promise<Result[]> {
    const done: Result[] = [];
    const good: [number, string][] = [];
    let index = 0;
    for (const event of events) {
      const issues = issuesOf(event);
      if (issues.length) done.push({ index, error: new InvalidEvent(issues) });
      else good.push([index, toJson(event)]);
      index += 1;
    }
    for (const some of batches(good)) {
      const body = `[${some.map(([, text]) => text).join(",")}]`;
      const reply = await this.#call({ method: "POST", path: "/api/v1/events", body, headers: once() }, options.signal);
      const indexes = some.map(([place]) => place);
      done.push(...results(reply, indexes));
    }
    return done.sort((one, other) => one.index - other.index);
  }

  /** Ask what became of an event: every delivery, every attempt. The key needs the scope events:read. */
  async receipt(eventId: string, options: CallOptions = {}): Promise<Receipt> {
    const path = `/api/v1/events/${encodeURIComponent(eventId)}`;
    return checked(await this.#call({ method: "GET", path }, options.signal)) as unknown as Receipt;
  }

  /** Ask what of the month's allowance is used. */
  async quota(options: CallOptions = {}): Promise<Quota> {
    return checked(await this.#call({ method: "GET", path: "/api/v1/quota" }, options.signal)) as unknown as Quota;
  }

  async #call(call: Call, signal: AbortSignal | undefined): Promise<Reply> {
    for (let number = 1; ; number += 1) {
      const isLast = number > this.#retries;
      try {
        const reply = await this.#try(call, signal);
        const pause = pauseBefore(number, reply);
        if (isLast || pause === undefined) return reply;
        await rest(pause, signal);
      } catch (error) {
        if (isLast || !(error instanceof Unreached)) throw error;
        await rest(pauseBefore(number) ?? 0, signal);
      }
    }
  }

  async #try(call: Call, signal: AbortSignal | undefined): Promise<Reply> {
    signal?.throwIfAborted();
    const ending = new AbortController();
    const end = () => ending.abort();
    const timer = setTimeout(end, this.#timeoutMs + (call.waitMs ?? 0));
    signal?.addEventListener("abort", end);
    try {
      const send = this.#fetch; // not as a method: some platforms mind
      const answer = await send(this.url + call.path, {
        method: call.method,
        headers: { Authorization: `Bearer ${this.#key}`, Accept: "application/json", ...call.headers },
        body: call.body ?? null,
        redirect: "manual", // the key is for one address
        signal: ending.signal,
      });
      const after = answer.headers.get("retry-after") ?? "";
      const retryAfterSeconds = /^\d{1,9}$/.test(after) ? Number(after) : undefined;
      return { status: answer.status, retryAfterSeconds, text: await answer.text() };
    } catch (error) {
      signal?.throwIfAborted();
      const why = ending.signal.aborted ? "timed out" : reason(error);
      throw new Unreached(`${this.url} does not answer (${why})`, { cause: error });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
    }
  }
}

/** Return how long to wait before the next try; undefined when that would not help. No answer: no reply. */
function pauseBefore(number: number, reply?: Reply): number | undefined {
  const longest = Math.min(PAUSE_MAX_MS, FIRST_PAUSE_MS * 2 ** (number - 1));
  const pause = longest * (0.5 + Math.random() / 2);
  if (!reply) return pause;
  if (!PASSING.has(reply.status) || FINAL.has(membersOf(reply)["code"])) return undefined;
  const asked = (reply.retryAfterSeconds ?? 0) * 1_000;
  return asked > PAUSE_MAX_MS ? undefined : Math.max(pause, asked);
}

function rest(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, ms);
    signal?.addEventListener("abort", end, { once: true });
  });
}

function* batches(good: readonly [number, string][]): Generator<[number, string][]> {
  const encoder = new TextEncoder();
  let some: [number, string][] = [];
  let size = 2;
  for (const one of good) {
    const bytes = encoder.encode(one[1]).length + 1;
    if (some.length && (some.length >= BATCH_MAX || size + bytes > BATCH_MAX_BYTES)) {
      yield some;
      some = [];
      size = 2;
    }
    some.push(one);
    size += bytes;
  }
  if (some.length) yield some;
}

/** Return the headers under which a call may be repeated without being counted twice. */
function once(idempotencyKey?: string): Record<string, string> {
  return { "Content-Type": "application/json", "Idempotency-Key": idempotencyKey ?? unique() };
}

function address(text: string): string {
  try {
    const url = new URL(text);
    if (/^https?:$/.test(url.protocol) && !url.username && !url.search) return text.trim().replace(/\/+$/, "");
  } catch {
    // said below
  }
  throw new ConfigurationError("PINGPILOT_URL must be an address like https://pings.example.com");
}

function key(text: string | undefined): string {
  const given = (text ?? "").trim();
  if (!given) {
    throw new ConfigurationError(
      "There is no API key. Set PINGPILOT_API_KEY to the key on the dashboard's API Key page",
    );
  }
  if (!/^[\x21-\x7e]+$/.test(given)) {
    throw new ConfigurationError("The API key holds characters that no key has; copy it again");
  }
  return given;
}

function reason(error: unknown): string {
  const cause = error instanceof Error ? ((error.cause as Error | undefined) ?? error) : undefined;
  return cause ? (cause as { code?: string }).code || cause.message : String(error);
}
