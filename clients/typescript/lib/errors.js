/** What can go wrong, as errors that carry the server's own words. */
/** All that this client throws. */
export class PingPilotError extends Error {
    name = "PingPilotError";
}
/** The client cannot know whom to call or as whom, or may not hold a key where it runs. */
export class ConfigurationError extends PingPilotError {
    name = "ConfigurationError";
}
/** There was no answer, however often it was tried: the event may have arrived, or not. */
export class Unreached extends PingPilotError {
    name = "Unreached";
}
/** The event breaks the rules; `status` is undefined when that was found before it was sent. */
export class InvalidEvent extends PingPilotError {
    issues;
    status;
    name = "InvalidEvent";
    code = "invalid_event";
    constructor(issues, status) {
        super(issues.map(said).join("; "));
        this.issues = issues;
        this.status = status;
    }
}
/** The server said no: `message` is its sentence, `code` its stable name for it (see PingPilot's table of errors). */
export class Refused extends PingPilotError {
    status;
    code;
    details;
    retryAfterSeconds;
    name = "Refused";
    constructor(message, status, code, 
    /** What else the server said, such as `hint`, `eventId` and `deliveries`. */
    details, retryAfterSeconds) {
        super(message);
        this.status = status;
        this.code = code;
        this.details = details;
        this.retryAfterSeconds = retryAfterSeconds;
    }
}
function said(issue) {
    return issue.path.length ? `${issue.path.join(".")}: ${issue.message}` : issue.message;
}
