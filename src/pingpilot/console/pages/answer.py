"""What the link of a question opens: the question, its answers to choose from, and what was answered."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods

from pingpilot.accounts.acting import actor_of
from pingpilot.accounts.audience import for_everybody
from pingpilot.domain.errors import InvalidProof, InvalidRequest
from pingpilot.domain.question import ANSWER_MAX_CHARS, QuestionStatus
from pingpilot.manage import questions, services
from pingpilot.store.models import Question


@for_everybody
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Show the question and take its one answer; opening the link alone, as scanners do, changes nothing."""
    try:
        if request.method == "POST":
            return _taken(request, token)
        return _question(request, token)
    except InvalidProof as error:
        return _shown(request, {"refusal": error.message}, 410)


def _taken(request: HttpRequest, token: str) -> HttpResponse:
    try:
        question = questions.answer(services.current(), token, request.POST.get("answer", ""), actor_of(request))
    except InvalidRequest as error:
        return _question(request, token, error.message, 422)
    return _shown(request, {"question": question, "is_answered": True})


def _question(request: HttpRequest, token: str, refusal: str = "", status: int = 200) -> HttpResponse:
    question = questions.look(services.current(), token)
    match questions.status_of(services.current(), question):
        case QuestionStatus.EXPIRED:
            raise InvalidProof(questions.GONE)
        case QuestionStatus.ANSWERED:
            return _shown(request, {"question": question, "is_answered": True})
        case QuestionStatus.OPEN:
            chosen = _chosen(question, request.GET.get("choice", ""))
            context = {"question": question, "chosen": chosen, "wrong": refusal, "max_chars": ANSWER_MAX_CHARS}
            return _shown(request, context, status)


def _chosen(question: Question, number: str) -> str:
    """Return the answer whose button in the message was pressed; empty where it was the link of the question."""
    options: list[str] = question.options
    return next((option for place, option in enumerate(options) if str(place) == number), "")


def _shown(request: HttpRequest, context: dict[str, object], status: int = 200) -> HttpResponse:
    response = render(request, "console/answer.html", context, status=status)
    add_never_cache_headers(response)
    return response
