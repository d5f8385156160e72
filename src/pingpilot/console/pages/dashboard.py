"""The first page of the dashboard: categories, first steps, and what is happening."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from pingpilot.console.charts import Chart, chart
from pingpilot.console.live import Region, drawn, refreshed
from pingpilot.console.present import page
from pingpilot.console.rows import rows_of
from pingpilot.console.troubles import troubles_context
from pingpilot.console.usage import usage_context
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.role import Action
from pingpilot.manage import events, leaks, sample_data, statistics, workspaces
from pingpilot.manage.statistics import Card

FEED_SIZE = 12
_NEW_FOR = timedelta(days=1)


@for_members(Action.LOOK)
@require_safe
def dashboard(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the workspace at a glance."""
    context = {
        "active": "dashboard",
        "glance": drawn(request, viewer, _glance(viewer)),
        "guesses_zone": _guesses_zone(viewer),
    }
    return page(request, viewer, "console/dashboard.html", context)


@for_members(Action.LOOK)
@require_safe
def dashboard_live(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Answer with what has changed."""
    return refreshed(request, viewer, _glance(viewer))


def _glance(viewer: Viewer) -> Region:
    workspace, now = viewer.workspace, viewer.services.now()
    cards = statistics.cards(workspace, now, viewer.zone)
    context = {
        "steps": workspaces.first_steps(workspace),
        "cards": cards,
        "has_samples": any(card.category.name in sample_data.NAMES for card in cards),
        "activity": _activity(cards, statistics.last_days(now, viewer.zone)),
        "feed": rows_of(events.recent(workspace, limit=FEED_SIZE).events),
        "leaks": leaks.recent(viewer.services, workspace),
        **troubles_context(viewer),
        **usage_context(viewer),
    }
    return Region("glance", "console/parts/glance.html", reverse("dashboard-live"), context)


def _activity(cards: Sequence[Card], days: Sequence[date]) -> Chart | None:
    """Return the last days of all categories; None where nothing happened."""
    if not any(any(card.days) for card in cards):
        return None
    labels = [(f"{day:%a} {day.day} {day:%b}", f"{day.day} {day:%b}") for day in days]
    return chart(labels, [(card.category.color, card.days) for card in cards])


def _guesses_zone(viewer: Viewer) -> bool:
    """Whether the browser may tell its time zone: only for a new account that has not chosen one."""
    user = viewer.user
    return user.time_zone == "UTC" and viewer.services.now() - user.date_joined < _NEW_FOR
