"""Questions: asked over the owner's channels, answered once through a sealed link, kept for a month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pingpilot.domain.errors import (
    ChannelUnavailable,
    InvalidProof,
    InvalidRequest,
    Issue,
    NotFound,
    QuotaReached,
    ScopeMissing,
    SealBroken,
    UnknownCategory,
)
from pingpilot.domain.event import NewEvent, Purpose, Severity
from pingpilot.domain.ids import WorkspaceId
from pingpilot.domain.question import (
    ANSWER_MAX_CHARS,
    ASKED_MAX,
    ASKED_WITHIN,
    KEPT_FOR,
    OPEN_MAX,
    QuestionStatus,
    fields_with,
)
from pingpilot.domain.routing import Route, routes_of
from pingpilot.manage import events
from pingpilot.manage.audit import Actor, record
from pingpilot.manage.services import Services
from pingpilot.security.links import opened, token_of
from pingpilot.store.access import pictures_of
from pingpilot.store.models import Key, Question, Workspace
from pingpilot.store.questions import settle
from pingpilot.store.workspaces import changing

PATH = "/answer/"
PURPOSE = "question"
SCOPE = "events:write"
AGAIN_WITHIN = timedelta(minutes=1)
NOBODY_HEARS = "No channel of this category is set up, so nobody would hear it. Set one up at {url}/dashboard/channels"
TOO_MANY_OPEN = f"{OPEN_MAX} questions wait for their answer already. Ask again when one is answered or over"
TOO_MANY = f"{ASKED_MAX} questions were asked within an hour. Ask again later"
GONE = "This question is over or was answered already"
CHOOSE, WRITE = "Choose one of the answers.", f"Write an answer of at most {ANSWER_MAX_CHARS} characters."
_HOW = "To answer, open the link in the title by {until} UTC."


@dataclass(frozen=True, slots=True)
class Draft:
    """A question as a program asks it; without options the answer is free text."""

    category: str
    text: str
    options: Sequence[str] = ()
    expires_in: timedelta = timedelta(hours=1)


def ask(services: Services, workspace: Workspace, draft: Draft, key: Key, actor: Actor) -> Question:
    """Keep a question and send it to the channels of its category; returns after the commit. Never in a transaction.

    The same question within a minute is the one that waits already: a call may be repeated whose answer was lost.
    Raises UnknownCategory, ScopeMissing, QuotaReached where too much is asked or the quota is used up, and
    ChannelUnavailable where nobody would hear it.
    """
    routes = _routes(services, workspace, draft.category.lower(), key)
    now = services.now()
    with changing(workspace.pk) as held:
        same = _the_same(held, draft, now)
        if same is not None:
            return same
        _refuse_too_many(held, now)
        Question.objects.filter(workspace=held, asked_at__lt=now - KEPT_FOR).delete()
        question = Question.objects.create(
            id=UUID(hex=services.new_id()),
            workspace=held,
            category=draft.category.lower(),
            text=draft.text,
            options=list(draft.options),
            asked_at=now,
            expires_at=now + draft.expires_in,
        )
        record(services, held, actor, "question.asked", question.id.hex)
    question.event = UUID(hex=events.send(services, workspace, _message(services, question), routes, Purpose.PROOF))
    question.save(update_fields=["event"])
    return question


def find(workspace: Workspace, question_id: str) -> Question:
    """Return a question of the workspace; raises NotFound."""
    try:
        return Question.objects.get(workspace=workspace, pk=UUID(hex=question_id))
    except (ValueError, Question.DoesNotExist) as error:
        raise NotFound("There is no such question") from error


def look(services: Services, token: str) -> Question:
    """Return the question that a link is about, whatever has become of it; raises InvalidProof."""
    try:
        key = UUID(bytes=opened(services.box, token, PURPOSE))
    except (SealBroken, ValueError) as error:
        raise InvalidProof(GONE) from error
    row = Question.objects.filter(pk=key, workspace__deleted_at=None).first()
    if row is None:
        raise InvalidProof(GONE)
    return row


def answer(services: Services, token: str, text: str, actor: Actor) -> Question:
    """Record the answer, once. Raises InvalidProof when it is too late, InvalidRequest for what is no answer."""
    question, said = look(services, token), text.strip()
    if question.options and said not in question.options:
        raise InvalidRequest([Issue("invalid_enum_value", ("answer",), CHOOSE)])
    if not said or len(said) > ANSWER_MAX_CHARS:
        raise InvalidRequest([Issue("invalid_string", ("answer",), WRITE)])
    with changing(question.workspace_id) as held:
        if not settle(question.pk, said, services.now()):
            raise InvalidProof(GONE)
        record(services, held, actor, "question.answered", question.id.hex)
    question.refresh_from_db()
    return question


def status_of(services: Services, question: Question) -> QuestionStatus:
    """Return what has become of a question by now."""
    if question.answered_at is not None:
        return QuestionStatus.ANSWERED
    return QuestionStatus.OPEN if question.expires_at > services.now() else QuestionStatus.EXPIRED


def link_of(services: Services, question: Question) -> str:
    """Return the link by which a question is answered: whoever has it may, once."""
    return f"{services.public_url}{PATH}{token_of(services.box, question.id.bytes, PURPOSE)}"


def _routes(services: Services, workspace: Workspace, name: str, key: Key) -> Sequence[Route]:
    """Return where a question of a category goes."""
    pk = WorkspaceId(workspace.pk)
    picture = pictures_of([pk], services.now()).get(pk)
    category = picture.categories.get(name) if picture else None
    if picture is None or category is None:
        raise UnknownCategory(name)
    if key.categories.exists() and not key.categories.filter(pk=category.id).exists():
        raise ScopeMissing(SCOPE)
    limit = picture.plan.events_per_month
    if limit is not None and picture.used >= limit:
        raise QuotaReached
    routes = routes_of(category, picture.routes)
    if not routes:
        raise ChannelUnavailable(NOBODY_HEARS.format(url=services.public_url))
    return routes


def _the_same(workspace: Workspace, draft: Draft, now: datetime) -> Question | None:
    rows = Question.objects.filter(workspace=workspace, category=draft.category.lower(), text=draft.text)
    waiting = rows.filter(answered_at=None, expires_at__gt=now, asked_at__gt=now - AGAIN_WITHIN)
    return next((row for row in waiting if row.options == list(draft.options)), None)


def _refuse_too_many(workspace: Workspace, now: datetime) -> None:
    recent = Question.objects.filter(workspace=workspace, asked_at__gt=now - ASKED_WITHIN)
    if recent.count() >= ASKED_MAX:
        raise QuotaReached(TOO_MANY)
    if Question.objects.filter(workspace=workspace, answered_at=None, expires_at__gt=now).count() >= OPEN_MAX:
        raise QuotaReached(TOO_MANY_OPEN)


def _message(services: Services, question: Question) -> NewEvent:
    """Return the message that carries the link, which only who receives it may know."""
    choices = "\n".join(f"• {option}" for option in question.options)
    how = _HOW.format(until=question.expires_at.strftime("%Y-%m-%d %H:%M"))
    return NewEvent(
        category=question.category,
        description="\n\n".join(filter(None, (question.text, choices, how))),
        fields_json=fields_with(question.options),
        severity=Severity.WARNING,
        occurred_at=None,
        dedupe_key=None,
        url=link_of(services, question),
    )
