"""An owner's own endpoint: any address, every repeat known by its ``webhook-id``."""

from collections.abc import Mapping

from tests.lab.dialect import Answer, Post, Request

REFUSALS: Mapping[str, Answer] = {
    "gone": Answer(410, b"gone"),
    "not found": Answer(404, b"not found"),
    "bad request": Answer(400, b"bad request"),
    "unauthorized": Answer(401, b"who are you?"),
    "conflict": Answer(409, b"again"),
    "moved": Answer(302, b"", {"Location": "http://127.0.0.1:9/"}),
}


def read(request: Request) -> Post:
    return Post(request.path, request.headers["webhook-id"])


def taken(_number: int) -> Answer:
    return Answer(200, b"ok")


def limited(seconds: float | None) -> Answer:
    return Answer(429, b"slow down", {} if seconds is None else {"Retry-After": f"{seconds:.0f}"})
