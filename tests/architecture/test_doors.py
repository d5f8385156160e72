"""Every door is described, and a service's own file only computes."""

from pingpilot.api.foreign_doors import CLIENTS, WEBHOOKS
from pingpilot.doors.catalogue import SERVICES
from tests.architecture.source import ROOT, modules
from tests.architecture.test_purity import is_pure

FRAME = {"doors", "doors.arrival", "doors.catalogue", "doors.door", "doors.places", "doors.refusals", "doors.report"}
PURE_DOORS = {"pingpilot.doors.alerts", "pingpilot.doors.arrival", "pingpilot.doors.report", "pingpilot.doors.service"}
TEXT_ONLY = {"email.errors", "email.header"}
"""Parts of the standard library that decode what headers hold."""


def test_the_description_of_the_api_has_every_door():
    described = {name for name, _ in CLIENTS.values()} | set(WEBHOOKS)
    assert described == {service.name for service in SERVICES}
    assert {service.path for service in SERVICES if service.path} - {"/<topic>"} <= CLIENTS.keys()


def test_every_service_is_in_the_catalogue():
    files = {module.name for module in modules() if module.is_in("doors")} - FRAME
    named = {f"doors.{service.name.replace('-', '_')}" for service in SERVICES}
    assert files - {"doors.alerts", "doors.credentials", "doors.service"} == named


def test_a_service_only_computes():
    strays = [
        f"{module.path.relative_to(ROOT)}:{line} imports {imported}"
        for module in modules()
        if module.is_in("doors") and module.name not in FRAME
        for imported, line in module.imports()
        if not is_pure(imported) and imported not in PURE_DOORS | TEXT_ONLY
    ]
    assert not strays
