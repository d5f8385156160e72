/** What the server answers, as values. */
import type { Accepted, Quota, ReceiptShown } from "./api.js";
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
export declare function membersOf(reply: Reply): Members;
/** Return the members of a good answer; throw the server's words for any other. */
export declare function checked(reply: Reply): Members;
/** Return what became of each event of a batch; `indexes` are their places in the caller's order. */
export declare function results(reply: Reply, indexes: readonly number[]): Result[];
