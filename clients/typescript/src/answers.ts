/** What the server answers, as values. */

import type { Accepted, Problem, Quota, ReceiptShown } from "./api.js";
import { InvalidEvent, Refused } from "./errors.js";

/** What became of one event of a batch: an id, or why not. */
export interface Result {
  index: number;
  eventId?: string;
  error?: Refused | InvalidEvent;
}

export type { Accepted, Quota };
export type Receipt = ReceiptShown;


/** One HTTP answer. */
export interface Reply {
  status: number;
  retryAfterSeconds: number | undefined;
  text: string;
}

type Members = Record<string, unknown>;

/** Return the JSON object of an answer; empty where it is none. */
export function membersOf(reply: Reply): Members {
  try {
    const found: unknown = JSON.parse(reply.text);
    return typeof found === "object" && found !== null && !Array.isArray(found) ? (found as Members) : {};
  } catch {
    return {};
  }
}

/** Return the members of a good answer; throw the server's words for any other. */
export function checked(reply: Reply): Members {
  const found = membersOf(reply);
  if (reply.status >= 200 && reply.status < 300 && Object.keys(found).length) return found;
  throw refusal(found, reply.status, reply.retryAfterSeconds);
}

/** Return what became of each event of a batch; `indexes` are their places in the caller's order. */
export function results(reply: Reply, indexes: readonly number[]): Result[] {
  const found = (checked(reply)["results"] ?? []) as Members[];
  return found.map((one, place) => {
    const index = indexes[place] ?? place;
    const { eventId, status } = one;
    if (typeof eventId === "string") return { index, eventId };
    return { index, error: refusal(one, Number(status), undefined) };
  });
}

function refusal(found: Members, status: number, retryAfterSeconds: number | undefined): Refused | InvalidEvent {
  const code = String(found["code"] ?? "");
  const issues = found["errors"] as Problem[] | undefined;
  if (issues?.length && (code === "invalid_event" || code === "invalid_request")) {
    return new InvalidEvent(issues, status);
  }
  const message = String(found["message"] ?? `The server answered ${status}. Is this PingPilot?`);
  return new Refused(message, status, code, found, retryAfterSeconds);
}
