/** What the server answers, as values. */
import { InvalidEvent, Refused } from "./errors.js";
/** Return the JSON object of an answer; empty where it is none. */
export function membersOf(reply) {
    try {
        const found = JSON.parse(reply.text);
        return typeof found === "object" && found !== null && !Array.isArray(found) ? found : {};
    }
    catch {
        return {};
    }
}
/** Return the members of a good answer; throw the server's words for any other. */
export function checked(reply) {
    const found = membersOf(reply);
    if (reply.status >= 200 && reply.status < 300 && Object.keys(found).length)
        return found;
    throw refusal(found, reply.status, reply.retryAfterSeconds);
}
/** Return what became of each event of a batch; `indexes` are their places in the caller's order. */
export function results(reply, indexes) {
    const found = (checked(reply)["results"] ?? []);
    return found.map((one, place) => {
        const index = indexes[place] ?? place;
        const { eventId, status } = one;
        if (typeof eventId === "string")
            return { index, eventId };
        return { index, error: refusal(one, Number(status), undefined) };
    });
}
function refusal(found, status, retryAfterSeconds) {
    const code = String(found["code"] ?? "");
    const issues = found["errors"];
    if (issues?.length && (code === "invalid_event" || code === "invalid_request")) {
        return new InvalidEvent(issues, status);
    }
    const message = String(found["message"] ?? `The server answered ${status}. Is this PingPilot?`);
    return new Refused(message, status, code, found, retryAfterSeconds);
}
