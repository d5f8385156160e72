"""The worker that shows notifications in the owner's browser."""

from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from pingpilot.accounts.audience import for_everybody

FILE = "push-worker.js"


@for_everybody
@require_safe
@cache_control(no_cache=True)
def worker(_request: HttpRequest) -> HttpResponse:
    """Answer with the worker's script: at the root, since a worker looks after what lies below its own path."""
    return HttpResponse(_script(), content_type="text/javascript; charset=utf-8")


@cache
def _script() -> bytes:
    found = finders.find(FILE)
    if not isinstance(found, str):
        raise FileNotFoundError(FILE)
    return Path(found).read_bytes()
