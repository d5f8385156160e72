"""Which workspaces have what an address names."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from pingpilot.store.models import Category, Destination, Event, Invitation, Key, Membership, SavedFilter

_Find = Callable[[str, Sequence[int]], Sequence[int]]


def owners_of(kind: str, value: object, among: Sequence[int]) -> frozenset[int] | None:
    """Return those of some workspaces, by their ids, that have such a thing; None for a kind nobody owns.

    ``kind`` is the name that the addresses of the dashboard have for it.
    """
    find = FINDERS.get(kind)
    return None if find is None else frozenset(find(str(value), among))


def _of_event(event_id: str, among: Sequence[int]) -> Sequence[int]:
    try:
        key = UUID(hex=event_id)
    except ValueError:
        return []
    return list(Event.objects.filter(pk=key, workspace__in=among).values_list("workspace_id", flat=True))


def _of_destination(number: str, among: Sequence[int]) -> Sequence[int]:
    rows = Destination.objects.filter(pk=int(number), workspace__in=among, removed_at=None)
    return list(rows.values_list("workspace_id", flat=True))


def _of_category(name: str, among: Sequence[int]) -> Sequence[int]:
    rows = Category.objects.filter(workspace__in=among, name=name.lower())
    return list(rows.values_list("workspace_id", flat=True))


def _of_member(number: str, among: Sequence[int]) -> Sequence[int]:
    rows = Membership.objects.filter(pk=int(number), workspace__in=among)
    return list(rows.values_list("workspace_id", flat=True))


def _of_key(key_id: str, among: Sequence[int]) -> Sequence[int]:
    return list(Key.objects.filter(pk=key_id, workspace__in=among).values_list("workspace_id", flat=True))


def _of_invitation(number: str, among: Sequence[int]) -> Sequence[int]:
    rows = Invitation.objects.filter(pk=int(number), workspace__in=among)
    return list(rows.values_list("workspace_id", flat=True))


def _of_filter(number: str, among: Sequence[int]) -> Sequence[int]:
    rows = SavedFilter.objects.filter(pk=int(number), workspace__in=among)
    return list(rows.values_list("workspace_id", flat=True))


FINDERS: Mapping[str, _Find] = {
    "event_id": _of_event,
    "number": _of_destination,
    "name": _of_category,
    "member_id": _of_member,
    "key_id": _of_key,
    "invitation_id": _of_invitation,
    "filter_id": _of_filter,
}
