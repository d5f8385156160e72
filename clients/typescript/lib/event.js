/** An event: its members, what the server would say against it, and how it is written. */
// Source of all limits: PingPilot's API reference. Lengths are in characters, not in UTF-16 units.
const CATEGORY_MAX = 64;
const FIELDS_MAX = 50;
const FIELD_NAME_MAX = 100;
const FIELD_TEXT_MAX = 2_000;
const TEXTS = { description: 4_000, dedupeKey: 200, url: 2_000 };
const SEVERITIES = ["info", "success", "warning", "critical"];
const NAMES = { dedupeKey: "dedupe_key" };
/** Return all that the server would say against an event, as far as that can be told here. */
export function issuesOf(event) {
    return [...category(event.category), ...texts(event), ...fields(event.fields), ...severity(event), ...time(event)];
}
/** Return the event as the server takes it. */
export function toJson(event) {
    return JSON.stringify({
        category: event.category,
        description: event.description,
        fields: event.fields,
        severity: event.severity,
        timestamp: event.timestamp?.toISOString(),
        dedupe_key: event.dedupeKey,
        url: event.url,
    });
}
function* category(name) {
    const path = ["category"];
    if (typeof name !== "string")
        yield mistyped(path, "string", name);
    else if (!name)
        yield { code: "too_small", path, message: "Category name is required." };
    else if (!/^[a-zA-Z0-9-]+$/.test(name)) {
        // the server's own sentence
        yield { code: "invalid_string", path, message: "Category name can only contain letters, numbers or hypens." };
    }
    else if (name.length > CATEGORY_MAX)
        yield tooLong(path, CATEGORY_MAX);
}
function* texts(event) {
    for (const [name, limit] of Object.entries(TEXTS)) {
        const text = event[name];
        const path = [NAMES[name] ?? name];
        if (text === undefined)
            continue;
        if (typeof text !== "string")
            yield mistyped(path, "string", text);
        else if (length(text) > limit)
            yield tooLong(path, limit);
    }
    if (typeof event.url === "string" && !/^https?:\/\//i.test(event.url)) {
        const message = "Invalid url. Expected an address that begins with http:// or https://";
        yield { code: "invalid_string", path: ["url"], message };
    }
}
function* fields(given) {
    if (given === undefined)
        return;
    if (typeof given !== "object" || given === null || Array.isArray(given)) {
        yield mistyped(["fields"], "object", given);
        return;
    }
    const pairs = Object.entries(given);
    if (pairs.length > FIELDS_MAX) {
        yield { code: "too_big", path: ["fields"], message: `Object must contain at most ${FIELDS_MAX} member(s)` };
    }
    for (const [name, value] of pairs)
        yield* field(name, value);
}
function* field(name, value) {
    const path = ["fields", name];
    if (!name || length(name) > FIELD_NAME_MAX) {
        const message = `A field's name must have 1 to ${FIELD_NAME_MAX} characters`;
        yield { code: name ? "too_big" : "too_small", path, message };
    }
    if (typeof value === "string") {
        if (length(value) > FIELD_TEXT_MAX)
            yield tooLong(path, FIELD_TEXT_MAX);
    }
    else if (typeof value !== "boolean" && !(typeof value === "number" && Number.isFinite(value))) {
        const message = `Invalid input: a text, a finite number, true or false, and not ${kind(value)}`;
        yield { code: "invalid_union", path, message };
    }
}
function* severity(event) {
    if (event.severity !== undefined && !SEVERITIES.includes(event.severity)) {
        const options = SEVERITIES.map((one) => `'${one}'`).join(" | ");
        const message = `Invalid enum value. Expected ${options}, received '${String(event.severity)}'`;
        yield { code: "invalid_enum_value", path: ["severity"], message };
    }
}
function* time(event) {
    const at = event.timestamp;
    if (at !== undefined && !(at instanceof Date && !Number.isNaN(at.getTime()))) {
        yield { code: "invalid_date", path: ["timestamp"], message: "Expected a Date" };
    }
}
function mistyped(path, expected, value) {
    return { code: "invalid_type", path, message: `Expected ${expected}, received ${kind(value)}` };
}
function tooLong(path, limit) {
    return { code: "too_big", path, message: `String must contain at most ${limit} character(s)` };
}
function kind(value) {
    if (value === null)
        return "null";
    if (Array.isArray(value))
        return "array";
    return typeof value === "number" ? String(value) : typeof value;
}
function length(text) {
    return [...text].length;
}
