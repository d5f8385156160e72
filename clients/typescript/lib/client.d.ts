/** The client. */
import type { Accepted, Quota, Receipt, Result } from "./answers.js";
import type { Event } from "./event.js";
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
/** Reports events and asks what became of them. */
export declare class PingPilot {
    #private;
    readonly url: string;
    /** Throws ConfigurationError without a key, and in a browser. */
    constructor(options?: Options);
    /**
     * Send one event, and resolve once it is stored; with `waitSeconds`, once it is delivered or they are over.
     * Rejects with InvalidEvent before anything is sent, where that can be told; with Refused; with Unreached.
     */
    send(event: Event, options?: SendOptions): Promise<Accepted>;
    /** Send events together, any number, and resolve with what became of each, in order: a bad one stops no other. */
    sendMany(events: Iterable<Event>, options?: CallOptions): Promise<Result[]>;
    /** Ask what became of an event: every delivery, every attempt. The key needs the scope events:read. */
    receipt(eventId: string, options?: CallOptions): Promise<Receipt>;
    /** Ask what of the month's allowance is used. */
    quota(options?: CallOptions): Promise<Quota>;
}
