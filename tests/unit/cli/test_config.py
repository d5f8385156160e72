"""`pingpilot config`: a workspace as a file, applied once and then at rest."""

import json
import tomllib

import pytest

from tests.servers.process import run_to_end

URL = "http://127.0.0.1:9/hooks/first"
OTHER_URL = "http://127.0.0.1:9/hooks/second"
NEW_WEBHOOK = '[destinations.New]\nchannel = "webhook"\n'


@pytest.fixture
def shop(installation):
    """A workspace with something of everything."""
    here = installation
    workspace = here.workspace()
    here.category(workspace)
    here.json("categories", "create", "bug", "--color", "#ff6b6b", "--emoji", "🐛")
    here.json("destinations", "add", "webhook", f"url={URL}", "--label", "Ops", "--verified")
    here.json("destinations", "add", "ntfy", "topic=pings-secret", "--verified")
    return here


def ask(here, *arguments, code=0):
    """Run a command of `config`, by the quick way; return all that it said."""
    done = run_to_end(here.prepare, ["config", *arguments], here.environment, here.folder)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def export(here):
    return ask(here, "export")


def write(here, text):
    (here.folder / "shop.toml").write_text(text)


def test_what_is_exported_holds_no_secret_and_changes_nothing(shop):
    text = export(shop)
    assert "hooks/first" not in text
    assert "pings-secret" not in text
    assert "whsec_" not in text
    found = tomllib.loads(text)
    assert found["destinations"]["Ops"] == {"channel": "webhook", "settings": {"url": {"env": "OPS_URL"}}}
    assert found["categories"]["bug"] == {"color": "#FF6B6B", "emoji": "🐛"}
    write(shop, text)
    assert ask(shop, "diff", "shop.toml") == "There is nothing to change.\n"
    assert ask(shop, "apply", "shop.toml", "--yes") == "There is nothing to change.\n"


def test_a_file_is_applied_once_and_then_there_is_nothing_to_do(shop):
    text = export(shop).replace('#FF6B6B"\nemoji = "🐛"', '#112233"\nmuted = true\ndestinations = ["Ops", "New"]')
    text += '[categories.fresh]\ncolor = "#4ECDC4"\ndestinations = []\n'
    text += f'{NEW_WEBHOOK}enabled = false\nsettings = {{ url = {{ env = "NEW_URL" }} }}\n'
    write(shop, text)
    shop.settings |= {"NEW_URL": OTHER_URL}
    said = ask(shop, "diff", "shop.toml", code=1)
    assert "~ category bug\n    color: #FF6B6B → #112233\n    emoji: 🐛 → \n    muted: false → true" in said
    assert "destinations: all → Ops, New" in said
    assert "+ category fresh" in said
    assert "+ destination New\n    channel: webhook\n    url: •••" in said
    assert "#112233" not in export(shop), "diff changed something"
    applied = json.loads(ask(shop, "apply", "shop.toml", "--yes", "--verified", "--json"))["applied"]
    assert [(one["action"], one["kind"], one["name"]) for one in applied] == [
        ("add", "destination", "New"),
        ("change", "category", "bug"),
        ("add", "category", "fresh"),
    ]
    assert applied[0]["made"]["secret"].startswith("whsec_")
    assert ask(shop, "apply", "shop.toml", "--yes") == "There is nothing to change.\n"
    rows = {row["label"]: row for row in shop.json("destinations", "list")}
    assert (rows["New"]["isVerified"], rows["New"]["isDisabled"]) == (True, True)
    assert tomllib.loads(export(shop))["categories"] == tomllib.loads(text)["categories"]


def test_a_secret_changes_when_its_variable_says_another_and_is_never_shown(shop):
    write(shop, export(shop))
    shop.settings |= {"OPS_URL": URL}
    assert ask(shop, "diff", "shop.toml") == "There is nothing to change.\n"
    shop.settings |= {"OPS_URL": OTHER_URL}
    said = ask(shop, "diff", "shop.toml", code=1)
    assert "~ destination Ops\n    url: ••• → ••• (another)" in said
    assert OTHER_URL not in ask(shop, "apply", "shop.toml", "--yes")
    assert ask(shop, "diff", "shop.toml") == "There is nothing to change.\n"


def test_what_is_not_in_the_file_stays_unless_it_is_asked_to_go(shop):
    write(shop, '[categories.sale]\ncolor = "#FF6B6B"\n')
    said = ask(shop, "diff", "shop.toml")
    assert "category bug   not in the file, left alone" in said
    assert "There is nothing to change." in said
    assert "- destination Ops" in ask(shop, "diff", "shop.toml", "--prune", code=1)
    ask(shop, "apply", "shop.toml", "--prune", "--yes")
    assert [row["name"] for row in shop.json("categories", "list")] == ["sale"]
    assert shop.json("destinations", "list") == []


def test_it_may_be_moved_to_another_workspace(shop):
    write(shop, export(shop))
    other = str(shop.workspace("other@example.com").id)
    shop.settings |= {"OPS_URL": URL, "NTFY_TOPIC": "pings-other"}
    mine = str(shop.json("workspaces", "list")[0]["workspaceId"])
    assert "Name a workspace" in ask(shop, "diff", "shop.toml", code=2)
    ask(shop, "apply", "shop.toml", "--yes", "--verified", "--workspace", other)
    assert ask(shop, "diff", "shop.toml", "--workspace", other) == "There is nothing to change.\n"
    assert "pings-other" not in ask(shop, "diff", "shop.toml", "--workspace", mine, code=1)


WRONG = [
    ('[destinations.New]\nchannel = "pigeon"', '"New": There is no channel "pigeon"'),
    (NEW_WEBHOOK, '"New": URL is required.'),
    (f'{NEW_WEBHOOK}settings = {{ url = {{ env = "NO_SUCH" }} }}', "NO_SUCH: set it"),
    ('[destinations.Ops]\nchannel = "slack"', "it is on webhook, and cannot become slack"),
    ('[destinations.Ops]\nchannel = "webhook"\nsettings = { uri = "x" }', "Unrecognized key(s)"),
    ('[destinations.New]\nchannel = "push"', "on the Channels page"),
    ('[categories."New Sale"]\ncolor = "#112233"', "letters, numbers or hypens"),
    ('[categories.new]\ncolor = "red"\nemoji = "xx"', "Invalid color format."),
    ('[categories.new]\ncolor = "#112233"\ndestinations = ["Nobody"]', 'no destination "Nobody"'),
    ('[categories.new]\ncolour = "#112233"', "did you mean color?"),
    ("[categories", "The file is no TOML"),
]


def test_what_cannot_be_applied_is_said_and_nothing_is_changed(shop):
    for text, said in WRONG:
        write(shop, f'[categories.fine]\ncolor = "#112233"\n{text}\n')
        assert said in ask(shop, "apply", "shop.toml", "--yes", "--verified", code=2)
    assert [row["name"] for row in shop.json("categories", "list")] == ["sale", "bug"]


def test_the_plan_s_number_of_categories_holds(installation):
    installation.workspace(plan="free")
    write(installation, "".join(f'[categories.c{number}]\ncolor = "#112233"\n' for number in range(4)))
    said = ask(installation, "apply", "shop.toml", "--yes", code=2)
    assert "4 categories are more than the plan allows (3)" in said
    assert installation.json("categories", "list") == []


def test_where_nobody_can_be_asked_it_wants_a_yes(shop):
    write(shop, export(shop).replace("#FF6B6B", "#112233"))
    assert "add --yes" in ask(shop, "apply", "shop.toml", code=2)
    assert "cannot be read" in ask(shop, "diff", "nowhere.toml", code=2)


def test_what_an_owner_decided_about_the_workspace_is_in_it(shop):
    text = export(shop)
    write(shop, text.replace("refuse_without_destination = false", "refuse_without_destination = true"))
    assert "refuses_without_destination: false → true" in ask(shop, "apply", "shop.toml", "--yes")
    assert "refuse_without_destination = true" in export(shop)
