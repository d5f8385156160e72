/** What can go wrong, as errors that carry the server's own words. */
import type { Problem } from "./api.js";
/** One thing that is wrong with an event; `path` runs from the outside in, e.g. `["fields", "amount"]`. */
export type Issue = Pick<Problem, "code" | "path" | "message">;
/** All that this client throws. */
export declare class PingPilotError extends Error {
    name: string;
}
/** The client cannot know whom to call or as whom, or may not hold a key where it runs. */
export declare class ConfigurationError extends PingPilotError {
    name: string;
}
/** There was no answer, however often it was tried: the event may have arrived, or not. */
export declare class Unreached extends PingPilotError {
    name: string;
}
/** The event breaks the rules; `status` is undefined when that was found before it was sent. */
export declare class InvalidEvent extends PingPilotError {
    readonly issues: readonly Issue[];
    readonly status?: number | undefined;
    name: string;
    readonly code = "invalid_event";
    constructor(issues: readonly Issue[], status?: number | undefined);
}
/** The server said no: `message` is its sentence, `code` its stable name for it (see PingPilot's table of errors). */
export declare class Refused extends PingPilotError {
    readonly status: number;
    readonly code: string;
    /** What else the server said, such as `hint`, `eventId` and `deliveries`. */
    readonly details: Readonly<Record<string, unknown>>;
    readonly retryAfterSeconds?: number | undefined;
    name: string;
    constructor(message: string, status: number, code: string, 
    /** What else the server said, such as `hint`, `eventId` and `deliveries`. */
    details: Readonly<Record<string, unknown>>, retryAfterSeconds?: number | undefined);
}
