"""The file of a configuration: what is written can be read, and what is wrong is said, all of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.cli.config_file import dumped, loaded
from pingpilot.domain.errors import ConfigurationError
from pingpilot.manage.configuration import (
    CategoryPart,
    Configuration,
    DestinationPart,
    FromEnvironment,
    ServicePart,
    WorkspacePart,
    variable_of,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
values = texts | st.builds(FromEnvironment, texts)
destinations = st.builds(DestinationPart, texts, st.dictionaries(texts, values, max_size=3), st.none() | st.booleans())
routes = st.none() | st.lists(texts, max_size=3).map(tuple)
categories = st.builds(CategoryPart, texts, st.just("") | texts, st.booleans(), st.integers(0, 86_400), routes)
services = st.builds(ServicePart, st.builds(FromEnvironment, texts))
workspaces = st.builds(WorkspacePart, texts, st.booleans(), st.sampled_from([None, "reject", "hold"]))


@given(
    st.builds(
        Configuration,
        workspaces,
        st.dictionaries(texts, destinations, max_size=3),
        st.dictionaries(texts, categories, max_size=3),
        st.none() | st.dictionaries(texts, services, max_size=3),
    )
)
def test_what_is_written_is_what_is_read(configuration):
    assert loaded(dumped(configuration)) == configuration


def test_it_reads_well():
    configuration = Configuration(
        WorkspacePart("Shop", False, "reject"),
        {"Ops": DestinationPart("slack", {"url": FromEnvironment("OPS_URL")}), "a@b.example": DestinationPart("email")},
        {"sale": CategoryPart("#FFEB3B", "💰", destinations=("Ops",)), "bug": CategoryPart("#FF6B6B")},
        {"github": ServicePart(FromEnvironment("GITHUB_SIGNING_SECRET"))},
    )
    assert (
        dumped(configuration).split("version = 1\n", 1)[1]
        == """
[workspace]
name = "Shop"
refuse_without_destination = false
over_limit = "reject"

[destinations.Ops]
channel = "slack"
settings = { url = { env = "OPS_URL" } }

[destinations."a@b.example"]
channel = "email"
settings = {}

[categories.sale]
color = "#FFEB3B"
emoji = "💰"
destinations = ["Ops"]

[categories.bug]
color = "#FF6B6B"

[services.github]
secret = { env = "GITHUB_SIGNING_SECRET" }
"""
    )


def test_everything_that_is_wrong_is_said_at_once():
    text = """
version = 2
categorys = 1
[workspace]
over_limit = "maybe"
[categories.sale]
colour = "#FFEB3B"
muted = "yes"
cooldown = true
destinations = [1]
[destinations.Ops]
settings = { url = 7, token = { env = "" } }
[services.github]
secret = "hush"
[services.stripe]
[services.sentry]
secret = { env = 7 }
"""
    with pytest.raises(ConfigurationError) as refused:
        loaded(text)
    said = refused.value.message
    for sentence in (
        "version: this PingPilot reads 1",
        'the file: there is no "categorys"; did you mean categories?',
        "workspace: over_limit is one of reject, hold",
        'categories."sale": there is no "colour"; did you mean color?',
        'categories."sale": muted is true or false',
        'categories."sale": cooldown is a number of seconds',
        'categories."sale": destinations is a list of names',
        'categories."sale": color is required',
        'destinations."Ops": url is a text or { env = "VARIABLE" }',
        'destinations."Ops": token is a text',
        'destinations."Ops": channel is required',
        'services."github": secret is { env = "VARIABLE" }, never the text',
        'services."stripe": secret is required',
        'services."sentry": secret is { env = "VARIABLE" }, never the text',
    ):
        assert sentence in said
    assert "hush" not in said


@pytest.mark.parametrize("text", ["=", "categories = 3", "workspace = 1", "[categories]\nsale = 1", "services = 1"])
def test_what_is_no_configuration_is_said(text):
    with pytest.raises(ConfigurationError):
        loaded(text)


def test_a_secret_s_variable_is_named_after_its_destination():
    assert variable_of("Ops (2)", "url") == "OPS_2_URL"
    assert variable_of("运维", "url") == "URL"
