"""Questions to the owner: POST /api/v1/questions, GET /api/v1/questions/{id}."""

from datetime import timedelta
from typing import Annotated

from django.http import HttpResponse
from ninja import Router
from pydantic import AfterValidator, Field

from pingpilot.api.answers import optional_time, say, time
from pingpilot.api.caller import Bearer, Call
from pingpilot.api.issues import Text, refuse_value
from pingpilot.api.shapes import Body, Shown
from pingpilot.domain.errors import Issue
from pingpilot.domain.question import (
    LONGEST,
    OPTION_MAX_CHARS,
    OPTIONS_MAX,
    OPTIONS_MIN,
    SHORTEST,
    TEXT_MAX_CHARS,
    QuestionStatus,
)
from pingpilot.manage import questions
from pingpilot.manage.questions import Draft
from pingpilot.manage.services import Services
from pingpilot.store.models import Question

router = Router(tags=["Questions"])
OPTIONS_RULE = f"Give {OPTIONS_MIN} to {OPTIONS_MAX} different answers, or none at all for a text"


def _options(value: list[str]) -> list[str]:
    trimmed = [one.strip() for one in value]
    if trimmed and (len(set(trimmed)) != len(trimmed) or not all(trimmed) or len(trimmed) < OPTIONS_MIN):
        refuse_value(Issue("invalid_string", (), OPTIONS_RULE))
    return trimmed


def _said(value: str) -> str:
    if not value.strip():
        refuse_value(Issue("too_small", (), "Write what you want to know"))
    return value.strip()


Option = Annotated[Text, Field(max_length=OPTION_MAX_CHARS)]


class NewQuestion(Body):
    """What to ask."""

    category: Text = Field(max_length=64, description="The category whose channels get the question.")
    question: Annotated[Text, AfterValidator(_said)] = Field(max_length=TEXT_MAX_CHARS)
    options: Annotated[list[Option], AfterValidator(_options)] = Field(
        default=[], max_length=OPTIONS_MAX, description="The answers to choose from; none: the answer is a text."
    )
    expires_in_s: int = Field(
        default=3_600, ge=int(SHORTEST.total_seconds()), le=int(LONGEST.total_seconds()), description="In seconds."
    )


class QuestionShown(Shown):
    """A question, and its answer once there is one."""

    question_id: str
    category: str
    question: str
    options: list[str]
    status: QuestionStatus
    answer: str | None
    asked_at: str
    answered_at: str | None
    expires_at: str


@router.post("/questions", auth=Bearer("events:write"), response={201: QuestionShown}, by_alias=True)
def ask_question(request: Call, body: NewQuestion) -> HttpResponse:
    """Ask the owner a question over the channels of a category. Its message carries a link to a page for the answer.

    Whoever receives the message may answer, once, until the question expires. The link is in no answer of this API.
    """
    caller = request.auth
    draft = Draft(body.category, body.question, body.options, timedelta(seconds=body.expires_in_s))
    question = questions.ask(caller.services, caller.workspace, draft, caller.key, caller.actor)
    return say(_shown(caller.services, question), 201)


@router.get("/questions/{question_id}", auth=Bearer("events:write"), response=QuestionShown, by_alias=True)
def show_question(request: Call, question_id: str) -> HttpResponse:
    """Show a question, and its answer once there is one."""
    caller = request.auth
    return say(_shown(caller.services, questions.find(caller.workspace, question_id)))


def _shown(services: Services, question: Question) -> dict[str, object]:
    status = questions.status_of(services, question)
    return {
        "questionId": question.id.hex,
        "category": question.category,
        "question": question.text,
        "options": question.options,
        "status": status,
        "answer": question.answer if status is QuestionStatus.ANSWERED else None,
        "askedAt": time(question.asked_at),
        "answeredAt": optional_time(question.answered_at),
        "expiresAt": time(question.expires_at),
    }
