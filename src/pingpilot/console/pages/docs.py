"""The handbook, as this instance shows it."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import conditional_page, require_safe

from pingpilot.accounts.audience import for_everybody
from pingpilot.console.handbook import Handbook
from pingpilot.manage import services

handbook = Handbook()
KEPT_S = 365 * 24 * 3600
"""How long a browser keeps a file whose address names its content."""


@for_everybody
@require_safe
@conditional_page
def docs(request: HttpRequest, page: str = "") -> HttpResponseBase:
    """Show a page, or a file that pages need."""
    found = handbook.find(page, services.current().public_url)
    if found is None:
        return _without(request, page)
    answer = HttpResponse(found.body, content_type=found.kind)
    if "v" in request.GET:
        patch_cache_control(answer, public=True, max_age=KEPT_S, immutable=True)
    else:
        patch_cache_control(answer, public=True, no_cache=True)
    return answer


def _without(request: HttpRequest, page: str) -> HttpResponseBase:
    if handbook.is_folder(page):
        return redirect(f"/docs/{page}/")
    if not handbook.is_made:
        return render(request, "console/no_handbook.html", status=404)
    raise Http404
