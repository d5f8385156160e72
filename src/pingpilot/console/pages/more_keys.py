"""The keys beside the primary one: made for one application each, with no more rights than it needs, and ended."""

from datetime import timedelta
from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from pingpilot.accounts.recent import sign_in_again, signed_in_recently
from pingpilot.console.forms import mark, posted
from pingpilot.console.pages.api_key import NOT_KEPT, OVERLAPS, REPLACED, RegenerateForm, key_page
from pingpilot.console.present import complain, page, say
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.errors import InvalidRequest, NotFound, SealBroken, UnknownCategory
from pingpilot.domain.role import Action
from pingpilot.manage import categories, keys
from pingpilot.manage.keys import Draft

SCOPES = (
    ("events:write", "Report events", "All that an application needs which sends events."),
    ("events:read", "Read events", "Lists, receipts, statistics and categories, through the API."),
    ("manage", "Manage the workspace", "Categories, channels and keys, through the API. As mighty as you are."),
)
LIFETIMES = (("", "Never"), ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year"))


class KeyForm(forms.Form):
    """A key as its owner asks for it."""

    name = forms.CharField(
        label="Name", max_length=100, help_text="What uses it, for example “Billing on Hetzner”. You see it here alone."
    )
    scopes = forms.MultipleChoiceField(
        choices=[(scope, title) for scope, title, _ in SCOPES], error_messages={"required": "Choose at least one."}
    )
    categories = forms.MultipleChoiceField(required=False)
    days = forms.TypedChoiceField(label="Expires", choices=LIFETIMES, coerce=int, empty_value=None, required=False)

    def draft(self, viewer: Viewer) -> Draft:
        """Return what was asked for, in the shape that the use case judges."""
        typed = self.cleaned_data
        days = typed["days"]
        expires_at = None if days is None else viewer.services.now() + timedelta(days=days)
        return Draft(typed["name"], tuple(typed["scopes"]), tuple(typed["categories"]), expires_at)


@for_members(Action.KEYS)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Make a named key, and show it in this one answer."""
    if not signed_in_recently(request, viewer.services.now()):
        return redirect(sign_in_again(reverse("key-new")))
    names = [category.name for category in categories.list_all(viewer.workspace)]
    form = KeyForm(posted(request), initial={"scopes": ["events:write"]})
    cast("forms.MultipleChoiceField", form.fields["categories"]).choices = [(name, name) for name in names]
    if request.method == "POST" and form.is_valid():
        try:
            key, text = keys.create(viewer.services, viewer.workspace, form.draft(viewer), viewer.actor)
        except (UnknownCategory, InvalidRequest) as error:
            mark(form, error, "categories")
        else:
            return key_page(request, viewer, made=key, made_text=text)
    context = {"active": "api-key", "form": form, "scopes": SCOPES, "names": names}
    return page(request, viewer, "console/key_new.html", context, status=422 if form.errors else 200)


@for_members(Action.KEYS)
@require_POST
def reveal(request: HttpRequest, viewer: Viewer, key_id: str) -> HttpResponse:
    """Show a named key in this one answer."""
    key = keys.find(viewer.workspace, key_id)
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
    return key_page(request, viewer, made=key, made_text=text)


@for_members(Action.KEYS)
@require_http_methods(["GET", "POST"])
def replace(request: HttpRequest, viewer: Viewer, key_id: str) -> HttpResponse:
    """Ask how long a named key shall go on working, then replace it and show the new one in this one answer."""
    if not signed_in_recently(request, viewer.services.now()):
        return redirect(sign_in_again(reverse("key-replace", args=[key_id])))
    key = keys.find(viewer.workspace, key_id)
    form = RegenerateForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            made, text = keys.regenerate(viewer.services, key, viewer.actor, form.overlap)
        except NotFound:
            complain(request, REPLACED)
            return redirect("api-key")
        return key_page(request, viewer, made=made, made_text=text)
    context = {"active": "api-key", "overlaps": OVERLAPS, "key": key, "mask": keys.mask(key), "name": key.name}
    return page(request, viewer, "console/api_key_regenerate.html", context)


@for_members(Action.KEYS)
@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, viewer: Viewer, key_id: str) -> HttpResponse:
    """Ask, and end a key at once: a named one, or one that was replaced and still works."""
    key = keys.find(viewer.workspace, key_id)
    if key.is_primary:
        return redirect("api-key-regenerate")
    if request.method != "POST":
        context = {"active": "api-key", "key": key, "mask": keys.mask(key)}
        return page(request, viewer, "console/key_revoke.html", context)
    try:
        keys.revoke(viewer.services, key, viewer.actor)
    except NotFound as error:
        complain(request, error.message)
    else:
        say(request, f"“{key.name}” does not work any more")
    return redirect("api-key")
