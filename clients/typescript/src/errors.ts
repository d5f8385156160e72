/** What can go wrong, as errors that carry the server's own words. */

import type { Problem } from "./api.js";

/** One thing that is wrong with an event; `path` runs from the outside in, e.g. `["fields", "amount"]`. */
export type Issue = Pick<Problem, "code" | "path" | "message">;

/** All that this client throws. */
export class PingPilotError extends Error {
  override name = "PingPilotError";
}

/** The client cannot know whom to call or as whom, or may not hold a key where it runs. */
export class ConfigurationError extends PingPilotError {
  override name = "ConfigurationError";
}

/** There was no answer, however often it was tried: the event may have arrived, or not. */
export class Unreached extends PingPilotError {
  override name = "Unreached";
}

/** The event breaks the rules; `status` is undefined when that was found before it was sent. */
export class InvalidEvent extends PingPilotError {
  override name = "InvalidEvent";
  readonly code = "invalid_event";

  constructor(
    readonly issues: readonly Issue[],
    readonly status?: number,
  ) {
    super(issues.map(said).join("; "));
  }
}

/** The server said no: `message` is its sentence, `code` its stable name for it (see PingPilot's table of errors). */
export class Refused extends PingPilotError {
  override name = "Refused";

  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    /** What else the server said, such as `hint`, `eventId` and `deliveries`. */
    readonly details: Readonly<Record<string, unknown>>,
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}

function said(issue: Issue): string {
  return issue.path.length ? `${issue.path.join(".")}: ${issue.message}` : issue.message;
}
