/** PingPilot's client: report an event with one call. */
export { PingPilot } from "./client.js";
export { issuesOf } from "./event.js";
export { ConfigurationError, InvalidEvent, PingPilotError, Refused, Unreached } from "./errors.js";
