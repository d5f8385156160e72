/** PingPilot's client: report an event with one call. */

export { PingPilot } from "./client.js";
export type { Options, CallOptions, SendOptions } from "./client.js";
export type { Accepted, Quota, Receipt, Result } from "./answers.js";
export type { Event, FieldValue, Severity } from "./event.js";
export { issuesOf } from "./event.js";
export { ConfigurationError, InvalidEvent, PingPilotError, Refused, Unreached } from "./errors.js";
export type { Issue } from "./errors.js";
export type * as api from "./api.js";
