"""The REST API put together: its resources, how bodies are read, and how refusals are answered."""

from collections.abc import Callable
from functools import partial

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError, ValidationErrorContext
from ninja.params.models import ParamModel
from ninja.parser import Parser

from pingpilot import __version__
from pingpilot.api import categories, deliveries, destinations, events, keys, questions, quota, services, stats
from pingpilot.api.answers import refuse
from pingpilot.api.issues import is_body_missing, issues_of
from pingpilot.domain.errors import (
    BodyTooLarge,
    InternalError,
    InvalidJson,
    InvalidRequest,
    NotFound,
    Overloaded,
    PingPilotError,
)
from pingpilot.domain.event import BODY_MAX_BYTES
from pingpilot.observe import get_logger

RESOURCES = tuple(
    resource.router
    for resource in (events, deliveries, stats, categories, destinations, services, questions, keys, quota)
)

_log = get_logger()


class JsonBodies(Parser):
    """Reads bodies strictly: 64 KiB at most, UTF-8, no NaN."""

    def parse_body(self, request: HttpRequest) -> dict[str, object]:
        """Return the body's content; raises BodyTooLarge or InvalidJson. What is no object is refused later."""
        if len(request.body) > BODY_MAX_BYTES:
            raise BodyTooLarge(BODY_MAX_BYTES)
        try:
            content: dict[str, object] = msgspec.json.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidJson from error
        return content


class Api(NinjaAPI):
    """Ninja, which drops what was received from what is wrong with it; our issues say both."""

    def validation_error_from_error_contexts(
        self, error_contexts: "list[ValidationErrorContext[ParamModel]]"
    ) -> ValidationError:
        """Return all errors of a call, each with where it is, from the outside in."""
        return ValidationError(
            [
                {**error, "loc": (context.model.__ninja_param_source__, *error["loc"])}
                for context in error_contexts
                for error in context.pydantic_validation_error.errors(include_url=False)
            ]
        )


def make_api() -> NinjaAPI:
    """Return the API with all of its resources."""
    made = Api(
        title="PingPilot",
        version=__version__,
        urls_namespace="rest",
        openapi_url=None,
        docs_url=None,
        parser=JsonBodies(),
    )
    for router in RESOURCES:
        made.add_router("", router)
    for kind, answer in _ANSWERS.items():
        made.add_exception_handler(kind, answer)
    return made


def _refusal(_request: HttpRequest, error: PingPilotError) -> HttpResponse:
    return refuse(error)


def _invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    return refuse(InvalidJson() if is_body_missing(error.errors) else InvalidRequest(issues_of(error.errors)))


def _unread(_request: HttpRequest, error: HttpError) -> HttpResponse:
    cause = error.__cause__
    return refuse(cause if isinstance(cause, PingPilotError) else InvalidJson())


def _always(make: type[PingPilotError], _request: HttpRequest, _error: Exception) -> HttpResponse:
    return refuse(make())


def _too_large(_request: HttpRequest, _error: Exception) -> HttpResponse:
    return refuse(BodyTooLarge(BODY_MAX_BYTES))


def _failed(_request: HttpRequest, error: Exception) -> HttpResponse:
    _log.error("call.failed", error=repr(error)[:300])
    return refuse(InternalError())


_ANSWERS: dict[type[Exception], Callable[..., HttpResponse]] = {
    PingPilotError: _refusal,
    ValidationError: _invalid,
    HttpError: _unread,
    RequestDataTooBig: _too_large,
    Http404: partial(_always, NotFound),
    OperationalError: partial(_always, Overloaded),
    InterfaceError: partial(_always, Overloaded),
    Exception: _failed,
}

api = make_api()
