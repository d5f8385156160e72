"""Questions: the one answer that counts, whether it came through a link or by a button of the message."""

from datetime import datetime
from uuid import UUID

from pingpilot.store.models import AuditEntry, Delivery, Event, Question
from pingpilot.store.months import deliveries_of
from pingpilot.store.workspaces import changing


def settle(question: UUID, text: str, now: datetime) -> bool:
    """Record an answer; False when there is one already, or it is too late. Must run inside ``changing``."""
    rows = Question.objects.filter(pk=question, answered_at=None, expires_at__gt=now)
    return bool(rows.update(answered_at=now, answer=text))


def answer_pressed(event: str, choice: int, kind: str, identity_digest: bytes, now: datetime) -> str | None:
    """Answer by the button of the message of an event, counted from 0; returns the answer, None where none was taken.

    Only the person or group that the message was sent to may: ``identity_digest`` is theirs.
    """
    key = UUID(hex=event)
    workspaces = Event.objects.filter(pk=key).values("workspace")
    question = Question.objects.filter(workspace__in=workspaces, workspace__deleted_at=None, event=key).first()
    if question is None or not 0 <= choice < len(question.options) or not _got(key, kind, identity_digest):
        return None
    text: str = question.options[choice]
    with changing(question.workspace_id) as workspace:
        if not settle(question.pk, text, now):
            return None
        AuditEntry.objects.create(
            workspace=workspace, action="question.answered", target=question.id.hex, detail={"channel": kind}, at=now
        )
    return text


def _got(event: UUID, kind: str, identity_digest: bytes) -> bool:
    rows = Delivery.objects.filter(deliveries_of([event]), event=event)
    return rows.filter(
        destination__kind=kind, destination__identity_digest=identity_digest, destination__removed_at=None
    ).exists()
