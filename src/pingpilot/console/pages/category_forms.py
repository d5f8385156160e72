"""Making, changing and deleting a category, and the quick-start set."""

from dataclasses import replace
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import get_text_list
from django.views.decorators.http import require_http_methods, require_POST

from pingpilot.console.forms import Text, mark, posted
from pingpilot.console.present import complain, page, say
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.category import COOLDOWN_S, EMOJI_OFFERED, PALETTE, color_text
from pingpilot.domain.errors import CategoryExists, CategoryLimitReached, InvalidCategory
from pingpilot.domain.role import Action
from pingpilot.manage import categories, destinations
from pingpilot.manage.categories import Draft
from pingpilot.store.models import Category, Destination

OWN = "own"
"""The choice that means the colour picked freely."""
_SUGGESTED = PALETTE[6]
COOLDOWNS = {
    0: "Deliver every one",
    60: "Once a minute",
    600: "Once in 10 minutes",
    3_600: "Once an hour",
    21_600: "Once in 6 hours",
    86_400: "Once a day",
}
"""What is offered, in seconds."""


class CategoryForm(forms.Form):
    """A category as typed: a colour of the palette or an own one, an emoji offered or an own one."""

    name = Text("Name", help_text="Letters, numbers and hyphens. Your code sends it as “category”.")
    color = Text("Colour")
    own_color = Text("Another colour")
    emoji = Text("Emoji")
    own_emoji = Text("Another emoji")
    cooldown = forms.ChoiceField(
        label="Repeats", required=False, error_messages={"invalid_choice": "Choose one of the times."}
    )

    def __init__(self, *args: Any, cooldown: int = COOLDOWN_S, **kwargs: Any) -> None:  # noqa: ANN401 - as Django's
        """Take also the time that is in force, which may be one that is not offered."""
        super().__init__(*args, **kwargs)
        self._cooldown = cooldown
        offered = {**COOLDOWNS, cooldown: COOLDOWNS.get(cooldown, f"Once in {cooldown:,} seconds")}
        cast("forms.ChoiceField", self.fields["cooldown"]).choices = sorted(offered.items())

    def draft(self) -> Draft:
        """Return what was typed, in the shape that the use cases judge."""
        typed = self.cleaned_data
        return Draft(
            name=typed["name"],
            color=typed["own_color"] if typed["color"] == OWN else typed["color"],
            emoji=typed["own_emoji"] or typed["emoji"],
            cooldown=int(typed["cooldown"] or self._cooldown),
        )


@for_members(Action.CATEGORIES)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Make a category, then show its page, which listens for its first event."""
    form = CategoryForm(posted(request), initial={"color": _SUGGESTED, "cooldown": COOLDOWN_S})
    if request.method == "POST" and form.is_valid():
        try:
            made = categories.create(viewer.services, viewer.workspace, form.draft(), viewer.actor)
        except (InvalidCategory, CategoryExists, CategoryLimitReached) as error:
            _mark(form, error)
        else:
            return redirect("category", made.name)
    return _form_page(request, viewer, form, None)


@for_members(Action.CATEGORIES)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponse:
    """Change a category's name, colour and emoji."""
    category = categories.find(viewer.workspace, name)
    form = CategoryForm(posted(request), initial=_as_typed(category), cooldown=category.cooldown_s)
    if request.method == "POST" and form.is_valid():
        wanted = replace(form.draft(), is_muted=category.is_muted)
        try:
            changed = categories.update(viewer.services, viewer.workspace, name, wanted, viewer.actor)
        except (InvalidCategory, CategoryExists) as error:
            _mark(form, error)
        else:
            say(request, "Saved.")
            return redirect("category", changed.name)
    return _form_page(request, viewer, form, category)


@for_members(Action.CATEGORIES)
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponse:
    """Ask, naming the number of events, then delete a category with its events or without."""
    category = categories.find(viewer.workspace, name)
    if request.method == "POST":
        keep = request.POST.get("events") == "keep"
        categories.delete(viewer.services, viewer.workspace, name, viewer.actor, keep_events=keep)
        say(request, f"Deleted “{category.name}”.")
        return redirect("dashboard")
    context = {"active": "dashboard", "category": category, "events_count": categories.events_count(category)}
    return page(request, viewer, "console/category_delete.html", context)


@for_members(Action.CATEGORIES)
@require_POST
def quick_start(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Make the quick-start set in one click."""
    try:
        made = categories.quick_start(viewer.services, viewer.workspace, viewer.actor)
    except CategoryLimitReached as error:
        complain(request, error.message)
    else:
        say(
            request,
            f"Made {get_text_list([category.name for category in made], 'and')}."
            if made
            else "You have them all already.",
        )
    return redirect("dashboard")


def _mark(form: CategoryForm, error: InvalidCategory | CategoryExists | CategoryLimitReached) -> None:
    mark(form, error, "name" if isinstance(error, CategoryExists) else None)


def _as_typed(category: Category) -> dict[str, str | int]:
    color, emoji = color_text(category.color), category.emoji
    is_offered, is_in_palette = emoji in EMOJI_OFFERED, color in PALETTE
    return {
        "name": category.name,
        "color": color if is_in_palette else OWN,
        "own_color": color,
        "emoji": emoji if is_offered else "",
        "own_emoji": "" if is_offered else emoji,
        "cooldown": category.cooldown_s,
    }


def _form_page(request: HttpRequest, viewer: Viewer, form: CategoryForm, category: Category | None) -> HttpResponse:
    context = {
        "active": "dashboard",
        "form": form,
        "category": category,
        "palette": PALETTE,
        "emoji_offered": EMOJI_OFFERED,
        "own": OWN,
        "suggested": _SUGGESTED,
        "destinations": _destinations(viewer, category) if category else (),
        "back": reverse("category", args=[category.name]) if category else reverse("dashboard"),
    }
    return page(request, viewer, "console/category_form.html", context, status=422 if form.errors else 200)


def _destinations(viewer: Viewer, category: Category) -> list[tuple[Destination, bool]]:
    """Return the channels of the workspace, each with whether the category names it."""
    own = set(category.destinations.values_list("pk", flat=True)) if category.has_own_destinations else set()
    return [(one, one.pk in own) for one in destinations.list_all(viewer.workspace)]
