"""Whether every workspace's plan is in the catalogue. Import it after ``set_up`` only."""

from django.db import connection

from pingpilot.domain.errors import ConfigurationError
from pingpilot.store.workspaces import on_missing_plans


def refuse_missing_plans() -> None:
    """Raise ConfigurationError where workspaces are on plans that the settings do not name.

    Their limits would be guessed otherwise, and events refused that somebody has paid for.
    """
    lost = on_missing_plans()
    connection.close()
    if not lost:
        return
    said = ", ".join(f"{code} ({count} workspace{'s' if count > 1 else ''})" for code, count in lost.items())
    raise ConfigurationError(
        f"PINGPILOT_PLANS does not name {said}. Name it, without a price if it is not sold any more, or put them on "
        "another plan with `pingpilot workspaces plan`."
    )
