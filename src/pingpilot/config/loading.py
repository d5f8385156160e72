"""From the environment and an optional TOML file to settings, or one sentence about what is wrong."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pingpilot.config.settings import Settings
from pingpilot.config.values import WrongSetting
from pingpilot.domain.errors import ConfigurationError

PREFIX = "PINGPILOT_"
FILE_NAME = "pingpilot.toml"
FILE_SETTING = "PINGPILOT_CONFIG"
CLIENT_NAMES = frozenset({"PINGPILOT_API_KEY", "PINGPILOT_URL"})
"""Used by `pingpilot send`, which has no settings."""
TRANSFER_TO = "PINGPILOT_TRANSFER_TO"
"""Used by `pingpilot transfer`: where to."""
TEST_PREFIX = "PINGPILOT_TEST_"

_OWN = {f"{PREFIX}{name.upper()}": name for name in Settings.model_fields if name != "channels"}


def load(environ: Mapping[str, str], channel_fields: Iterable[tuple[str, str]] = ()) -> Settings:
    """Read the settings once, at start; the environment wins over the file. An empty value counts as absent.

    ``channel_fields`` are the operator's settings of the channels: kind and field name. Raises ConfigurationError with
    one sentence that names the setting and what is right.
    """
    channels = {channel_setting(kind, name): (kind, name) for kind, name in channel_fields}
    given = {**_from_file(environ, channels), **_from_environment(environ, channels)}
    return build({name: value for name, value in given.items() if value != ""}, channels)


def build(given: Mapping[str, str], channels: Mapping[str, tuple[str, str]]) -> Settings:
    """Make settings from values by setting name; every name is known."""
    values: dict[str, Any] = {_OWN[name]: value for name, value in given.items() if name in _OWN}
    for name in given.keys() & channels.keys():
        kind, field = channels[name]
        values.setdefault("channels", {}).setdefault(kind, {})[field] = given[name]
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(_sentence(error)) from error


def _sentence(error: ValidationError) -> str:
    """Return one sentence about the first wrong value. A secret is not repeated."""
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0])
    if isinstance(said := first.get("ctx", {}).get("error"), WrongSetting):
        return f"{setting_name(name)} {said}."
    field = Settings.model_fields[name]
    extra = field.json_schema_extra
    expects = extra["expects"] if isinstance(extra, dict) else "text"
    shown = "has a wrong value" if "Secret" in str(field.annotation) else f'is "{first["input"]}"'
    shown = "is not set" if first["input"] is None else shown
    return f"{setting_name(name)} {shown}, but must be {expects}."


def setting_name(field: str) -> str:
    """Return the environment variable of a field."""
    return PREFIX + field.upper()


def channel_setting(kind: str, field: str) -> str:
    """Return the environment variable of a channel's operator setting: ``PINGPILOT_<KIND>_<FIELD>``."""
    return setting_name(f"{kind}_{field}".replace("-", "_"))


def _from_environment(environ: Mapping[str, str], channels: Iterable[str]) -> dict[str, str]:
    given = {
        name: value
        for name, value in environ.items()
        if name.startswith(PREFIX)
        and not name.startswith(TEST_PREFIX)
        and name not in {*CLIENT_NAMES, FILE_SETTING, TRANSFER_TO}
    }
    _refuse_unknown(given, channels, "")
    return given


def _from_file(environ: Mapping[str, str], channels: Iterable[str]) -> dict[str, str]:
    path = _find_file(environ)
    if path is None:
        return {}
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(f"The settings file {path} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise ConfigurationError(f"The settings file {path} is not valid TOML: {error}.") from error
    given = dict(_flat(document, path))
    _refuse_unknown(given, channels, f" in {path}")
    return given


def _find_file(environ: Mapping[str, str]) -> Path | None:
    named = environ.get(FILE_SETTING, "")
    if named:
        return Path(named)
    data_dir = environ.get(setting_name("data_dir")) or Settings.model_fields["data_dir"].default
    places = (Path(data_dir) / FILE_NAME, Path(FILE_NAME))
    return next((place for place in places if place.is_file()), None)


def _flat(table: Mapping[str, object], path: Path, above: str = "") -> Iterable[tuple[str, str]]:
    """Yield setting names and values: ``bot_token`` in the table ``telegram`` is PINGPILOT_TELEGRAM_BOT_TOKEN."""
    for key, value in table.items():
        name = f"{above}{key}"
        match value:
            case dict() if name == "plans":
                yield setting_name(name), json.dumps(value, default=str)
            case dict():
                yield from _flat(value, path, f"{name}_")
            case bool() | int() | str():
                yield channel_setting(name, "").removesuffix("_"), str(value)
            case _:
                raise ConfigurationError(f"{name} in {path} must be text, a whole number, true or false.")


def _refuse_unknown(given: Iterable[str], channels: Iterable[str], where: str) -> None:
    known = [*_OWN, *channels, FILE_SETTING, TRANSFER_TO, *CLIENT_NAMES]
    for name in sorted(given):
        if name not in known:
            nearest = get_close_matches(name, known, n=1, cutoff=0.0)
            raise ConfigurationError(f"There is no setting {name}{where}; the nearest one is {nearest[0]}.")
