"""From a wanted configuration to a plan, and from the plan to changes. The plan finds all that is wrong beforehand."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pingpilot.domain.channel import ChannelField
from pingpilot.domain.errors import ConfigurationError, PingPilotError
from pingpilot.domain.names import tidied
from pingpilot.domain.quota import OverLimit
from pingpilot.manage import categories, destinations, workspaces
from pingpilot.manage.audit import Actor
from pingpilot.manage.channel_settings import checked, spec_of
from pingpilot.manage.configuration import (
    CategoryPart,
    Configuration,
    DestinationPart,
    FromEnvironment,
    configuration_of,
    is_of_one_browser,
    named_destinations,
    settings_of,
)
from pingpilot.manage.planned_change import HIDDEN, Change, Deed, Detail, details_of
from pingpilot.manage.planned_secrets import SecretsPlanner
from pingpilot.manage.services import Services
from pingpilot.store.models import Destination, Workspace
from pingpilot.store.plans import catalogue

ALL = "all"


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans for one workspace. ``environment`` holds the secrets that the file refers to.

    ``is_vouched``: the operator vouches for new addresses, so that no proof is asked for. ``prunes``: what the file
    does not name is removed; events of a removed category stay under its old name.
    """

    services: Services
    workspace: Workspace
    environment: Mapping[str, str] = field(repr=False)
    actor: Actor
    is_vouched: bool = False
    prunes: bool = False

    def plan(self, wanted: Configuration) -> list[Change]:
        """Return what has to be done, in the order in which it is; raise ConfigurationError with all that is wrong."""
        rows, now = named_destinations(self.workspace), configuration_of(self.services, self.workspace)
        wrong: list[str] = []
        changes = [*self._workspace(wanted), *self._destinations(wanted, rows, wrong)]
        changes += [*self._categories(wanted, now, rows, wrong), *self._rest(wanted, now, rows)]
        secrets = SecretsPlanner(self.services, self.workspace, self.environment, self.actor, self.prunes)
        changes += secrets.plan(wanted.services, wrong)
        if wrong:
            raise ConfigurationError("\n".join(["This configuration cannot be applied; nothing was changed.", *wrong]))
        return changes

    def _workspace(self, wanted: Configuration) -> Iterator[Change]:
        now = self.workspace
        before = workspaces.Settings(now.name, now.refuses_without_destination, OverLimit(now.over_limit))
        part = wanted.workspace
        after = workspaces.Settings(
            before.name if part.name is None else workspaces.named(part.name),
            before.refuses_without_destination
            if part.refuses_without_destination is None
            else part.refuses_without_destination,
            before.over_limit if part.over_limit is None else OverLimit(part.over_limit),
        )
        names = ("name", "refuses_without_destination", "over_limit")
        details = details_of((name, getattr(before, name), getattr(after, name)) for name in names)

        def carry_out() -> Mapping[str, str]:
            workspaces.change(self.services, now, after, self.actor)
            return {}

        if details:
            yield Change(Deed.CHANGE, "workspace", before.name, details, carry_out)

    def _destinations(
        self, wanted: Configuration, rows: Mapping[str, Destination], wrong: list[str]
    ) -> Iterator[Change]:
        for name, part in wanted.destinations.items():
            try:
                values = self._resolved(name, part, is_new=name not in rows)
                if name in rows:
                    yield from self._changed(name, part, rows[name], values)
                else:
                    yield self._added(name, part, values)
            except PingPilotError as error:
                wrong.append(f'destination "{name}": {error.message}')

    def _resolved(self, name: str, part: DestinationPart, *, is_new: bool) -> dict[str, str]:
        """Return the settings with the secrets from the environment; one that is not there keeps what is stored."""
        values: dict[str, str] = {}
        for member, value in part.settings.items():
            if not isinstance(value, FromEnvironment):
                values[member] = value
            elif found := self.environment.get(value.variable):
                values[member] = found
            elif is_new:
                raise ConfigurationError(f"{member} is to come from the environment variable {value.variable}: set it")
        if tidied(name) != name or len(name) > destinations.LABEL_MAX_CHARS:
            raise ConfigurationError("its name has spaces at its ends or is too long")
        return values

    def _added(self, name: str, part: DestinationPart, values: Mapping[str, str]) -> Change:
        spec = spec_of(self.services, part.channel, is_vouched=self.is_vouched)
        if is_of_one_browser(spec):
            raise ConfigurationError("browsers are added on the Channels page, each by itself")
        is_linked = bool(spec.linked_field) and not self.is_vouched
        checked(self.services, spec, values, is_linked=is_linked)
        draft = destinations.Draft(part.channel, values, name, self.is_vouched)
        shown = {one.name for one in spec.owner_fields if not one.is_secret}
        details = details_of((member, "", value if member in shown else HIDDEN) for member, value in values.items())

        def carry_out() -> Mapping[str, str]:
            added = destinations.add(self.services, self.workspace, draft, self.actor)
            if part.is_enabled is False:
                destinations.disable(self.services, added.destination, self.actor)
            return {**added.made, **({"link": added.begun.link} if added.begun.link else {})}

        return Change(Deed.ADD, "destination", name, (Detail("channel", "", part.channel), *details), carry_out)

    def _changed(
        self, name: str, part: DestinationPart, row: Destination, values: Mapping[str, str]
    ) -> Iterator[Change]:
        if row.kind != part.channel:
            raise ConfigurationError(f"it is on {row.kind}, and cannot become {part.channel}: give the new one a name")
        spec = spec_of(self.services, row.kind, is_vouched=True)
        stored = settings_of(self.services, row)
        asked = {**_of(stored, spec.owner_fields), **values}
        is_linked = bool(spec.linked_field) and not asked.get(spec.linked_field)
        new = checked(self.services, spec, asked, is_linked=is_linked)
        changed = {member: new[member] for member in values if new.get(member) != stored.get(member)}
        secret = {one.name for one in spec.owner_fields if one.is_secret}
        details = details_of(
            (member, *((HIDDEN, f"{HIDDEN} (another)") if member in secret else (stored.get(member, ""), value)))
            for member, value in changed.items()
        )
        is_enabled = row.disabled_at is None
        switch = part.is_enabled is not None and part.is_enabled != is_enabled
        details += details_of([("enabled", is_enabled, part.is_enabled)] if switch else [])

        def carry_out() -> Mapping[str, str]:
            if changed:
                destinations.reconfigure(self.services, row, changed, self.actor)
            if switch:
                (destinations.enable if part.is_enabled else destinations.disable)(self.services, row, self.actor)
            return {}

        if details:
            yield Change(Deed.CHANGE, "destination", name, details, carry_out)

    def _categories(
        self, wanted: Configuration, now: Configuration, rows: Mapping[str, Destination], wrong: list[str]
    ) -> Iterator[Change]:
        known = {*rows, *wanted.destinations}
        for name, part in wanted.categories.items():
            issues = [issue.message for issue in _draft(name, part).issues()]
            missing = [one for one in part.destinations or () if one not in known]
            issues += [f'there is no destination "{one}"' for one in missing]
            wrong += [f'category "{name}": {issue}' for issue in issues]
            if not issues:
                yield from self._category(name.lower(), part, now.categories.get(name.lower()))
        left = {} if self.prunes else now.categories
        limit = catalogue().of(self.workspace.plan).categories
        count = len({*left, *(name.lower() for name in wanted.categories)})
        if limit is not None and count > max(limit, len(now.categories)):
            wrong.append(f"{count} categories are more than the plan allows ({limit})")

    def _category(self, name: str, part: CategoryPart, before: CategoryPart | None) -> Iterator[Change]:
        draft = _draft(name, part)

        def carry_out() -> Mapping[str, str]:
            if before is None:
                categories.create(self.services, self.workspace, draft, self.actor)
            else:
                categories.update(self.services, self.workspace, name, draft, self.actor)
            if (before.destinations if before else None) != part.destinations:
                ids = {one: row.pk for one, row in named_destinations(self.workspace).items()}
                chosen = None if part.destinations is None else [ids[one] for one in part.destinations]
                categories.route(self.services, self.workspace, name, chosen, self.actor)
            return {}

        old = _members(before) if before else dict.fromkeys(_members(part), "")
        details = details_of((member, old[member], value) for member, value in _members(part).items())
        if details or before is None:
            yield Change(Deed.CHANGE if before else Deed.ADD, "category", name, details, carry_out)

    def _rest(self, wanted: Configuration, now: Configuration, rows: Mapping[str, Destination]) -> Iterator[Change]:
        """Yield what the file does not name: categories before the destinations that they may go to."""
        deed = Deed.REMOVE if self.prunes else Deed.KEEP
        kept = {name.lower() for name in wanted.categories}
        for name in now.categories.keys() - kept:
            yield Change(deed, "category", name, (), self._category_removal(name))
        for name in now.destinations.keys() - wanted.destinations.keys():
            yield Change(deed, "destination", name, (), self._destination_removal(rows[name]))

    def _category_removal(self, name: str) -> Callable[[], Mapping[str, str]]:
        def carry_out() -> Mapping[str, str]:
            categories.delete(self.services, self.workspace, name, self.actor, keep_events=True)
            return {}

        return carry_out

    def _destination_removal(self, row: Destination) -> Callable[[], Mapping[str, str]]:
        def carry_out() -> Mapping[str, str]:
            destinations.remove(self.services, row, self.actor)
            return {}

        return carry_out


def to_do(changes: Iterable[Change]) -> list[Change]:
    """Return the changes that change something."""
    return [change for change in changes if change.deed is not Deed.KEEP]


def _draft(name: str, part: CategoryPart) -> categories.Draft:
    return categories.Draft(name, part.color, part.emoji, part.is_muted, part.cooldown)


def _members(part: CategoryPart) -> dict[str, object]:
    """Return a category's members as they are compared: a colour in any case is the same."""
    to = ALL if part.destinations is None else ", ".join(part.destinations) or "none"
    return {
        "color": part.color.upper(),
        "emoji": part.emoji,
        "muted": part.is_muted,
        "cooldown": part.cooldown,
        "destinations": to,
    }


def _of(stored: Mapping[str, str], fields: Iterable[ChannelField]) -> dict[str, str]:
    names = {one.name for one in fields}
    return {name: value for name, value in stored.items() if name in names}
