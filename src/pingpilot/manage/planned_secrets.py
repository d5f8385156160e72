"""The part of a plan that is about services: whose calls have to be signed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from pingpilot.domain.errors import ConfigurationError, InvalidRequest, PingPilotError
from pingpilot.domain.ids import WorkspaceId
from pingpilot.manage import door_secrets
from pingpilot.manage.audit import Actor
from pingpilot.manage.configuration import ServicePart
from pingpilot.manage.planned_change import HIDDEN, Change, Deed, Detail
from pingpilot.manage.services import Services
from pingpilot.store.models import DoorSecret, Workspace

KIND = "service"
MEMBER = "signing secret"


@dataclass(frozen=True, slots=True)
class SecretsPlanner:
    """Plans the secrets that services sign with, for one workspace. The members are those of `Planner`."""

    services: Services
    workspace: Workspace
    environment: Mapping[str, str] = field(repr=False)
    actor: Actor
    prunes: bool

    def plan(self, wanted: Mapping[str, ServicePart] | None, wrong: list[str]) -> Iterator[Change]:
        """Yield what has to be done, and add to ``wrong`` what cannot be.

        A file without a word of services, as it was written before they could stand in it, leaves all as it is,
        also when it prunes: what it does not know must not open a door to calls that nobody has signed.
        """
        if wanted is None:
            return
        now = door_secrets.services_with_secret(self.workspace)
        for name, part in wanted.items():
            try:
                yield from self._change(name, part, now.get(name))
            except InvalidRequest as error:
                wrong += [f'{KIND} "{name}": {part.secret.variable}: {issue.message}' for issue in error.issues]
            except PingPilotError as error:
                wrong.append(f'{KIND} "{name}": {error.message}')
        for name in now.keys() - wanted.keys():
            yield Change(Deed.REMOVE if self.prunes else Deed.KEEP, KIND, name, (), self._removal(name))

    def _change(self, name: str, part: ServicePart, stored: DoorSecret | None) -> Iterator[Change]:
        door = door_secrets.signing_door_of(self.services, name)
        given = self.environment.get(part.secret.variable)
        if given is None or not given.strip():
            if stored is None:
                raise ConfigurationError(
                    f"the secret that {door.label} signs with is not set here: put it into the environment variable"
                    f" {part.secret.variable}, or run `pingpilot services set-secret {name}`"
                )
            return
        secret = door_secrets.checked(given)
        if stored is None:
            yield Change(Deed.ADD, KIND, name, (Detail(MEMBER, "", HIDDEN),), self._sharing(name, secret))
        elif secret != door_secrets.secret_of(self.services.box, WorkspaceId(self.workspace.pk), name):
            shown = Detail(MEMBER, HIDDEN, f"{HIDDEN} (another)")
            yield Change(Deed.CHANGE, KIND, name, (shown,), self._sharing(name, secret))

    def _sharing(self, name: str, secret: str) -> Callable[[], Mapping[str, str]]:
        def carry_out() -> Mapping[str, str]:
            door_secrets.share(self.services, self.workspace, name, secret, self.actor)
            return {}

        return carry_out

    def _removal(self, name: str) -> Callable[[], Mapping[str, str]]:
        def carry_out() -> Mapping[str, str]:
            door_secrets.give_up(self.services, self.workspace, name, self.actor)
            return {}

        return carry_out
