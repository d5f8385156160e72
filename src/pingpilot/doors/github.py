"""GitHub's webhooks.

**Source:** docs.github.com/en/webhooks/webhook-events-and-payloads, …/using-webhooks/validating-webhook-deliveries.
"""

from collections.abc import Mapping, Sequence

from pingpilot.domain.event import Severity
from pingpilot.domain.json_tree import Json, dig, first_text, items_at, text_at
from pingpilot.doors.arrival import Arrival, json_in
from pingpilot.doors.report import Report
from pingpilot.doors.service import Service

COMMITS_MAX = 10
"""Named in the text of a push."""
BAD = frozenset({"failure", "error", "timed_out", "startup_failure", "critical", "high"})
DOUBTFUL = frozenset({"cancelled", "action_required", "stale", "changes_requested", "medium", "moderate"})
GOOD = frozenset({"success", "merged", "published", "approved", "fixed", "resolved"})
SUBJECTS: Mapping[str, tuple[str, str]] = {
    "issues": ("issue", "issue"),
    "issue_comment": ("issue", "a comment on"),
    "pull_request": ("pull_request", "pull request"),
    "pull_request_review": ("pull_request", "a review of"),
    "pull_request_review_comment": ("pull_request", "a comment on"),
    "discussion": ("discussion", "discussion"),
    "discussion_comment": ("discussion", "a comment on"),
    "release": ("release", "release"),
    "milestone": ("milestone", "milestone"),
    "workflow_run": ("workflow_run", "workflow"),
    "workflow_job": ("workflow_job", "job"),
    "check_run": ("check_run", "check"),
    "check_suite": ("check_suite", "checks"),
    "deployment_status": ("deployment_status", "deployment"),
    "dependabot_alert": ("alert", "alert"),
    "code_scanning_alert": ("alert", "alert"),
    "secret_scanning_alert": ("alert", "alert"),
}
"""By event: the member that holds what it is about, and what people call that."""
REVIEWS: Mapping[str, str] = {
    "approved": "approved",
    "changes_requested": "requested changes on",
    "commented": "commented on",
}
"""By its state: what a review did to a pull request."""
RUNS = frozenset({"workflow_run", "workflow_job", "check_run", "check_suite", "deployment_status"})
"""Subjects that do something by themselves."""
NUMBERED = frozenset({"issues", "pull_request", "issue_comment"})
"""Whose number is a field, as text: nobody wants the sum of them."""
NAMES = (("title",), ("name",), ("tag_name",), ("security_advisory", "summary"), ("rule", "description"))
GRADES = (("alert", "security_advisory", "severity"), ("alert", "rule", "security_severity_level"))
WRITTEN = ("comment", "review")
"""Members that hold what somebody wrote about the subject."""


def read(arrival: Arrival) -> Sequence[Report]:
    """Return the one report; nothing where there is no payload."""
    payload = _payload(arrival)
    if not isinstance(payload, Mapping) or not payload:
        return []
    event = arrival.headers.get("x-github-event", "")
    title, text = _words(event, payload)
    repository = text_at(payload, "repository", "full_name")
    where = "to" if event == "ping" else "in"
    return [
        Report(
            title=f"{title} {where} {repository}" if repository else title,
            text=text,
            fields={"event": event, "repository": repository, **_fields(event, payload)},
            severity=_severity(event, payload),
            url=_url(event, payload),
            identity=arrival.headers.get("x-github-delivery", ""),
        )
    ]


def is_signed(arrival: Arrival, secret: str) -> bool:
    """Check ``X-Hub-Signature-256``."""
    scheme, _, signature = arrival.headers.get("x-hub-signature-256", "").partition("=")
    return scheme == "sha256" and arrival.is_signed(secret, signature)


def _payload(arrival: Arrival) -> Json:
    """Return the payload, which comes as JSON or in a form."""
    if arrival.kind == "application/x-www-form-urlencoded":
        return json_in(text_at(arrival.members(), "payload"))
    return arrival.json()


def _words(event: str, payload: Mapping[str, Json]) -> tuple[str, str]:
    """Return one line that says what has happened, and what there is to read about it."""
    sender = text_at(payload, "sender", "login") or "Somebody"
    match event:
        case "ping":
            return "GitHub is connected", text_at(payload, "zen")
        case "pull_request_review":
            return _review(payload, sender)
        case "push":
            return _push(payload, sender)
        case "create" | "delete":
            return f"{sender} {event}d {text_at(payload, 'ref_type')} {text_at(payload, 'ref')}", ""
        case "star" | "watch":
            is_taken = text_at(payload, "action") == "deleted"
            return f"{sender} {'took a star back' if is_taken else 'gave a star'}", ""
        case "fork":
            return f"{sender} made a fork", text_at(payload, "forkee", "full_name")
        case _:
            return _about(event, payload, sender)


def _push(payload: Mapping[str, Json], sender: str) -> tuple[str, str]:
    ref = _branch(text_at(payload, "ref"))
    if dig(payload, "deleted") is True:
        return f"{sender} deleted {ref}", ""
    commits = items_at(payload, "commits")
    lines = [f"• {text_at(commit, 'message').partition(chr(10))[0]}" for commit in commits[:COMMITS_MAX]]
    more = [f"… and {len(commits) - COMMITS_MAX} more"] if len(commits) > COMMITS_MAX else []
    count = "1 commit" if len(commits) == 1 else f"{len(commits)} commits"
    verb = "forced" if dig(payload, "forced") is True else "pushed"
    if not commits:  # a tag, or a branch that begins where another is
        return f"{sender} {verb} {ref}", ""
    return f"{sender} {verb} {count} to {ref}", "\n".join(lines + more)


def _review(payload: Mapping[str, Json], sender: str) -> tuple[str, str]:
    state = text_at(payload, "review", "state")
    did = REVIEWS.get(state, "reviewed") if text_at(payload, "action") == "submitted" else "changed a review of"
    number, title = text_at(payload, "pull_request", "number"), text_at(payload, "pull_request", "title")
    return f"{sender} {did} pull request #{number}: {title}", text_at(payload, "review", "body")


def _about(event: str, payload: Mapping[str, Json], sender: str) -> tuple[str, str]:
    """Say what was done to a subject: what it is called, and what was written about it."""
    member, noun = SUBJECTS.get(event, ("", event.replace("_", " ") or "something"))
    did = (_outcome(event, payload) or text_at(payload, "action") or "reported").replace("_", " ")
    subject = dig(payload, member) if member else None
    number, name = text_at(subject, "number"), first_text(subject, *NAMES)
    called = f"{noun} #{number}" if number else noun
    if not member or member in RUNS:
        about = " ".join(filter(None, (called[:1].upper() + called[1:], name)))
        return f"{about}: {did}, by {sender}", text_at(subject, "display_title")
    written = next(filter(None, (text_at(payload, one, "body") for one in WRITTEN)), "")
    return f"{sender} {did} {called}" + (f": {name}" if name else ""), written or text_at(subject, "body")


def _outcome(event: str, payload: Mapping[str, Json]) -> str:
    """Return how something ended, "" while it has not."""
    member = SUBJECTS.get(event, ("", ""))[0]
    if event == "pull_request" and dig(payload, "pull_request", "merged") is True:
        return "merged" if text_at(payload, "action") == "closed" else ""
    if event == "pull_request_review":
        return text_at(payload, "review", "state")
    return first_text(payload, (member, "conclusion"), ("deployment_status", "state")) if member else ""


def _fields(event: str, payload: Mapping[str, Json]) -> dict[str, object]:
    member = SUBJECTS.get(event, ("", ""))[0]
    run = dig(payload, member) if member else None
    number = text_at(run, "number")
    return {
        "action": text_at(payload, "action"),
        "sender": text_at(payload, "sender", "login"),
        "outcome": _outcome(event, payload),
        "branch": _branch(first_text(run, ("head_branch",), ("head", "ref")) or text_at(payload, "ref")),
        "number": f"#{number}" if number and event in NUMBERED else "",
        "state": text_at(run, "state"),
        "environment": text_at(payload, "deployment", "environment"),
        "commit": (first_text(run, ("head_sha",)) or text_at(payload, "after"))[:12],
        "labels": [text_at(label, "name") for label in items_at(run, "labels")],
    }


def _severity(event: str, payload: Mapping[str, Json]) -> Severity:
    member = SUBJECTS.get(event, ("", ""))[0]
    is_open = text_at(payload, member, "state") not in {"fixed", "resolved", "dismissed", "closed"}
    grade = first_text(payload, *GRADES) if is_open else ""
    said = {_outcome(event, payload), grade, text_at(payload, "action") if event == "release" else ""}
    if said & BAD or (event == "secret_scanning_alert" and is_open):
        return Severity.CRITICAL
    if said & DOUBTFUL:
        return Severity.WARNING
    return Severity.SUCCESS if said & GOOD else Severity.INFO


def _url(event: str, payload: Mapping[str, Json]) -> str:
    """Return the page of what was written, of the subject, or of the repository."""
    member = SUBJECTS.get(event, ("", ""))[0]
    written = [(one, "html_url") for one in WRITTEN]
    return first_text(
        payload,
        *written,
        (member, "html_url"),
        (member, "target_url"),
        ("compare",),
        ("forkee", "html_url"),
        ("repository", "html_url"),
    )


def _branch(ref: str) -> str:
    return ref.removeprefix("refs/heads/").removeprefix("refs/tags/")


SERVICE = Service(
    name="github",
    label="GitHub",
    about="What happens in a repository or an organisation: pushes, pull requests, releases, failed workflows, alerts.",
    steps=(
        "Make the category `github`, or choose one by `?category=`.",
        "In the repository (or the organisation) open *Settings*, *Webhooks*, *Add webhook*.",
        "Paste the address as *Payload URL*; the content type may be either.",
        "Make up a *Secret*, and enter it under *Connect a service*, too: then only signed calls are taken.",
        "Choose the events; GitHub sends a ping at once, which is your first event.",
    ),
    read=read,
    is_signed=is_signed,
    signed_by="The text that you enter as *Secret* on GitHub.",
    category="`github`",
    maps=(
        ("what was done, by whom, where", "description: “ada merged pull request #7: Faster start in ada/shop”"),
        ("what was written: a comment, a review, a body", "description"),
        ("`conclusion`, `state`, severity of an alert", "severity"),
        ("event, action, branch, number, outcome, labels …", "fields"),
        ("`html_url` of what it is about", "where the title links to"),
    ),
    repeats="`X-GitHub-Delivery`, which *Redeliver* repeats.",
    notes=(
        "A workflow that runs is told of when it is requested, begins and ends: choose *Workflow runs* knowing that.",
    ),
)
