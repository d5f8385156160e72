"""What the standard variables of OpenTelemetry ask for, and whether it can be had here."""

from collections.abc import Mapping
from importlib.util import find_spec

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
PACKAGES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
SPOKEN = "http/protobuf"
MISSING = "Install pingpilot[otel], or leave the endpoint out"
UNSPOKEN = f"PingPilot speaks {SPOKEN} only: name an endpoint for that, often port 4318, and no other protocol"


def wish(environment: Mapping[str, str]) -> str:
    """Return the variable that asks for traces; empty where none does.

    Source: the OpenTelemetry specification, "Environment Variable Specification".
    """
    is_off = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if is_off or environment.get("OTEL_TRACES_EXPORTER", "otlp") != "otlp":
        return ""
    return next((name for name in ENDPOINTS if environment.get(name)), "")


def hindrance(environment: Mapping[str, str]) -> str:
    """Return what to do so that traces can be sent; empty where nothing is in the way."""
    protocol = next((environment[name] for name in PROTOCOLS if environment.get(name)), SPOKEN)
    if protocol != SPOKEN:
        return UNSPOKEN
    return "" if all(map(_is_there, PACKAGES)) else MISSING


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # not even what it is a part of
        return False
