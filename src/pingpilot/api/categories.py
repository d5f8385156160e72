"""Categories: GET, POST, PATCH and DELETE /api/v1/categories."""

from dataclasses import replace
from typing import Annotated, Literal

from django.db import transaction
from django.http import HttpResponse
from ninja import Query as InQuery
from ninja import Router
from pydantic import AfterValidator, Field

from pingpilot.api.answers import say, say_nothing, time
from pingpilot.api.caller import Bearer, Call
from pingpilot.api.ids import number_of
from pingpilot.api.issues import Text, refuse_value
from pingpilot.api.shapes import Body, Query, Shown
from pingpilot.domain.category import COOLDOWN_MAX_S, COOLDOWN_S, NAME_PATTERN, color_issues, color_text, name_issues
from pingpilot.domain.errors import UnknownCategory
from pingpilot.manage import categories
from pingpilot.manage.categories import Draft
from pingpilot.store.models import Category

router = Router(tags=["Categories"])


def _name(value: str) -> str:
    refuse_value(*name_issues(value))
    return value


def _color(value: str) -> str:
    refuse_value(*color_issues(value))
    return value


def _emoji(value: str) -> str:
    refuse_value(*categories.emoji_issues(value))
    return value


Name = Annotated[str, AfterValidator(_name), Field(json_schema_extra={"pattern": NAME_PATTERN, "maxLength": 64})]
Color = Annotated[str, AfterValidator(_color), Field(json_schema_extra={"pattern": "^#[0-9a-fA-F]{6}$"})]
Cooldown = Annotated[
    int,
    Field(
        ge=0,
        le=COOLDOWN_MAX_S,
        description="Seconds in which events with the `dedupe_key` of one delivered before are only counted.",
    ),
]
Emoji = Annotated[str, AfterValidator(_emoji), Field(description="Exactly one emoji, or empty for none.")]


class NewCategory(Body):
    """A category to be made."""

    name: Name = Field("", validate_default=True)
    color: Color = Field("", validate_default=True)
    emoji: Emoji = ""
    is_muted: bool = False
    cooldown: Cooldown = COOLDOWN_S
    destination_ids: list[Text] | None = Field(None, description="Its own destinations; null means all.")


class ChangedCategory(Body):
    """What to change of a category; what is left out stays."""

    name: Name = ""
    color: Color = ""
    emoji: Emoji = ""
    is_muted: bool = False
    cooldown: Cooldown = COOLDOWN_S
    destination_ids: list[Text] | None = Field(None, description="Its own destinations; null means all.")


class CategoryShown(Shown):
    """A named kind of event."""

    id: str
    name: str
    color: str
    emoji: str
    is_muted: bool
    cooldown: int
    destination_ids: list[str] | None
    created_at: str


class CategoryList(Shown):
    """Every category, in the order of their making."""

    categories: list[CategoryShown]


class DeleteQuery(Query):
    """What becomes of the events of a category that is deleted."""

    events: Literal["keep", "delete"] = Field(
        "keep", description="Keep its events under their old name, or delete them."
    )


@router.get("/categories", auth=Bearer("events:read"), response=CategoryList, by_alias=True)
def list_categories(request: Call) -> HttpResponse:
    """List the categories."""
    return say({"categories": [_shown(category) for category in categories.list_all(request.auth.workspace)]})


@router.post("/categories", auth=Bearer("manage"), response={201: CategoryShown}, by_alias=True)
def create_category(request: Call, body: NewCategory) -> HttpResponse:
    """Make a category."""
    caller, wanted = request.auth, _destinations(body.destination_ids)
    draft = Draft(body.name, body.color, body.emoji, body.is_muted, body.cooldown)
    made = categories.create(caller.services, caller.workspace, draft, caller.actor, destinations=wanted)
    return say(_shown(made), 201)


@router.get("/categories/{name}", auth=Bearer("events:read"), response=CategoryShown, by_alias=True)
def show_category(request: Call, name: str) -> HttpResponse:
    """Show one category."""
    return say(_shown(categories.find(request.auth.workspace, _known(name))))


@router.patch("/categories/{name}", auth=Bearer("manage"), response=CategoryShown, by_alias=True)
def change_category(request: Call, name: str, body: ChangedCategory) -> HttpResponse:
    """Rename, recolour, mute or route a category; members left out stay as they are."""
    caller, given = request.auth, body.model_dump(exclude_unset=True)
    category = categories.find(caller.workspace, _known(name))
    with transaction.atomic():  # all of it or nothing
        if "destination_ids" in given:
            wanted = _destinations(given.pop("destination_ids"))
            categories.route(caller.services, caller.workspace, category.name, wanted, caller.actor)
        draft = replace(categories.draft_of(category), **given)
        changed = categories.update(caller.services, caller.workspace, category.name, draft, caller.actor)
    return say(_shown(changed))


@router.delete("/categories/{name}", auth=Bearer("manage"), response={204: None})
def delete_category(request: Call, name: str, query: InQuery[DeleteQuery]) -> HttpResponse:
    """Delete a category, and keep or delete its events."""
    caller, keeps = request.auth, query.events == "keep"
    categories.delete(caller.services, caller.workspace, _known(name), caller.actor, keep_events=keeps)
    return say_nothing()


def _known(name: str) -> str:
    """Refuse what cannot be a name before the store is asked."""
    if name_issues(name):
        raise UnknownCategory(name.lower())
    return name


def _destinations(ids: list[str] | None) -> list[int] | None:
    return None if ids is None else [number_of(one) for one in ids]


def _shown(category: Category) -> dict[str, object]:
    own = category.destinations.order_by("pk").values_list("pk", flat=True) if category.has_own_destinations else None
    return {
        "id": str(category.pk),
        "name": category.name,
        "color": color_text(category.color),
        "emoji": category.emoji,
        "isMuted": category.is_muted,
        "cooldown": category.cooldown_s,
        "destinationIds": None if own is None else [str(pk) for pk in own],
        "createdAt": time(category.created_at),
    }
