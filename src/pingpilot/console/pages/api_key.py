"""The page of the keys; the primary one is revealed and copied by who signed in lately, tested, regenerated."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pingpilot.accounts.recent import sign_in_again, signed_in_recently
from pingpilot.console.forms import posted
from pingpilot.console.live import drawn, refreshed
from pingpilot.console.outcomes import test_region
from pingpilot.console.present import complain, page
from pingpilot.console.samples import samples
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.errors import Overloaded, SealBroken
from pingpilot.domain.role import Action
from pingpilot.manage import categories, events, keys, leaks, workspaces
from pingpilot.store.models import Key

NOT_KEPT = "This instance keeps no keys, only their fingerprints. Regenerate the key to see a new one, once."
REPLACED = "This key was replaced already, a moment ago perhaps. Nothing has changed now."
OVERLAPS = (
    (0, "At once", "Whatever still uses the old key stops working now. Right when the key has leaked."),
    (1, "In 1 hour", "Time for a quick deploy."),
    (24, "In 24 hours", "Time to change it everywhere without a gap."),
    (168, "In 7 days", "For applications you cannot change today."),
)
"""Hours the old key goes on working, and what that means. Source: SPEC section 3."""
_WORDS = {"events:write": "reports events", "events:read": "reads events", "manage": "manages the workspace"}


@dataclass(frozen=True, slots=True)
class Named:
    """A key beside the primary one, as the page shows it; ``rights`` are its scopes and its categories, in words.

    It is one that its owner made, or one that was replaced and works until its overlap is over.
    """

    key: Key
    mask: str
    rights: str

    @classmethod
    def of(cls, key: Key) -> Self:
        """Return what is shown of a key."""
        only = ", ".join(key.categories.order_by("name").values_list("name", flat=True))
        scopes = [_WORDS.get(scope, scope) for scope in key.scopes.split()]
        return cls(key, keys.mask(key), ", ".join(scopes) + (f"; only {only}" if only else ""))


class RegenerateForm(forms.Form):
    """Which key to replace, so that sending it twice replaces once, and how long that one goes on working."""

    key = forms.CharField(required=False)
    hours = forms.TypedChoiceField(choices=[(hours, name) for hours, name, _ in OVERLAPS], coerce=int)

    @property
    def overlap(self) -> timedelta:
        """How long the old key goes on working."""
        return timedelta(hours=self.cleaned_data["hours"])


@for_members(Action.LOOK)
@require_safe
def api_key(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the key, masked, with samples; ``test`` is the event whose result to show."""
    return key_page(request, viewer)


@for_members(Action.REVEAL_KEY)
@require_POST
def reveal(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the key in this one answer."""
    return _revealed(request, viewer)


@for_members(Action.REVEAL_KEY)
@require_POST
def copy(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Hand the key to the page's script for the clipboard; without script this reveals it."""
    if "application/json" not in request.headers.get("Accept", ""):
        return _revealed(request, viewer)
    if not signed_in_recently(request, viewer.services.now()):
        keys.reveal_refused(viewer.services, keys.primary(viewer.workspace), viewer.actor)
        return JsonResponse({"reauthenticate": sign_in_again(_back_to(request))}, status=403)
    try:
        text = keys.reveal(viewer.services, keys.primary(viewer.workspace), viewer.actor)
    except SealBroken as error:
        return JsonResponse({"message": error.message}, status=409)
    if text is None:
        return JsonResponse({"message": NOT_KEPT}, status=409)
    workspaces.mark_key_copied(viewer.services, viewer.workspace)
    return JsonResponse({"key": text})


@for_members(Action.KEYS)
@require_http_methods(["GET", "POST"])
def regenerate(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Ask how long the old key shall go on working, then replace it and show the new one in this one answer."""
    if not signed_in_recently(request, viewer.services.now()):
        return redirect(sign_in_again(reverse("api-key-regenerate")))
    form, old = RegenerateForm(posted(request)), keys.primary(viewer.workspace)
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["key"] != old.pk:
            complain(request, REPLACED)
            return redirect("api-key")
        _, text = keys.regenerate(viewer.services, old, viewer.actor, form.overlap)
        return key_page(request, viewer, text, is_new=True)
    context = {"active": "api-key", "overlaps": OVERLAPS, "key": old, "mask": keys.mask(old)}
    return page(request, viewer, "console/api_key_regenerate.html", context)


@for_members(Action.TEST)
@require_POST
def send_test(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Send a test event to every channel and show what becomes of it."""
    try:
        event_id = events.send_test(viewer.services, viewer.workspace)
    except Overloaded as error:
        complain(request, error.message)
        return redirect("api-key")
    return redirect(f"{reverse('api-key')}?test={event_id}#test")


@for_members(Action.LOOK)
@require_safe
def test_live(request: HttpRequest, viewer: Viewer, event_id: str) -> HttpResponse:
    """Answer with how the test is going."""
    return refreshed(request, viewer, test_region(viewer, event_id))


def key_page(
    request: HttpRequest, viewer: Viewer, text: str = "", *, is_new: bool = False, **once: object
) -> HttpResponse:
    """Return the page of the keys; ``text`` is the primary one in clear, ``once`` a named one: ``made``, its text."""
    key, tested = keys.primary(viewer.workspace), request.GET.get("test", "")
    names = [category.name for category in categories.list_all(viewer.workspace)]
    others = [Named.of(one) for one in keys.living(viewer.services, viewer.workspace) if one.pk != key.pk]
    replaced = [one for one in others if one.key.replaced_by_id is not None]
    context = {
        "active": "api-key",
        "key": key,
        "mask": keys.mask(key),
        "text": text,
        "is_new": is_new,
        "replaced_keys": replaced,
        "leaks": leaks.recent(viewer.services, viewer.workspace),
        "before": _before(once.get("made", key), replaced),
        "named_keys": [one for one in others if one.key.replaced_by_id is None],
        "back": reverse("api-key"),
        "samples": samples(viewer.services.public_url, names[0] if names else ""),
        "has_category": bool(names),
        "tested": drawn(request, viewer, test_region(viewer, tested)) if tested else "",
        **once,
    }
    return page(request, viewer, "console/api_key.html", context)


def _before(shown: object, replaced: list[Named]) -> Key | None:
    """Return the key in whose place one was made, while that still works."""
    keys_before = (one.key for one in replaced if isinstance(shown, Key) and one.key.replaced_by_id == shown.pk)
    return next(keys_before, None)


def _revealed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    key = keys.primary(viewer.workspace)
    if not signed_in_recently(request, viewer.services.now()):
        keys.reveal_refused(viewer.services, key, viewer.actor)
        return redirect(sign_in_again(reverse("api-key")))
    try:
        text = keys.reveal(viewer.services, key, viewer.actor)
    except SealBroken as error:
        complain(request, error.message)
        return redirect("api-key")
    if text is None:
        complain(request, NOT_KEPT)
        return redirect("api-key")
    workspaces.mark_key_copied(viewer.services, viewer.workspace)
    return key_page(request, viewer, text)


def _back_to(request: HttpRequest) -> str:
    """Return the page that asked to copy: one of our own, by its path."""
    wanted = request.POST.get("back", "")
    return wanted if wanted.startswith("/dashboard") else reverse("api-key")
