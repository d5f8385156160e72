/** An event: its members, what the server would say against it, and how it is written. */
import type { Issue } from "./errors.js";
export type Severity = "info" | "success" | "warning" | "critical";
export type FieldValue = string | number | boolean;
/** One report. Members that are undefined are left out. */
export interface Event {
    /** One of the workspace's categories, in any case. */
    category: string;
    description?: string | undefined;
    /** What is worth knowing, in this order. */
    fields?: Readonly<Record<string, FieldValue>> | undefined;
    severity?: Severity | undefined;
    /** When it happened, if that was not now: not over 30 days ago. */
    timestamp?: Date | undefined;
    /** Repeats of the same are counted, and not delivered again. */
    dedupeKey?: string | undefined;
    /** Where its title links to. */
    url?: string | undefined;
}
/** Return all that the server would say against an event, as far as that can be told here. */
export declare function issuesOf(event: Event): Issue[];
/** Return the event as the server takes it. */
export declare function toJson(event: Event): string;
