"""The commands on a data folder of their own, as an operator types them."""

import json

import pytest


@pytest.fixture
def here(installation):
    """An installation that is never started."""
    return installation


def refused(here, *arguments, stdin=""):
    done = here.run(*arguments, stdin=stdin)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("arguments", [[], ["destinations", "add"]], ids=" ".join)
def test_help_touches_nothing(bare, arguments):
    done = bare.run(*arguments, "--help")
    assert done.returncode == 0
    assert "Usage: pingpilot" in done.stdout
    assert not list(bare.folder.iterdir())


def test_a_workspace_a_category_and_a_destination_are_made_and_listed(bare):
    workspace = bare.workspace("ada@example.com", password="correct horse battery")
    bare.category(workspace)
    bare.destination(workspace, "webhook", "url=http://127.0.0.1:9/x")
    (listed,) = bare.json("workspaces", "list")
    assert (listed["workspaceId"], listed["owner"], listed["plan"]) == (workspace.id, "ada@example.com", "UNLIMITED")
    assert [row["name"] for row in bare.json("categories", "list")] == ["sale"]
    (destination,) = bare.json("destinations", "list")
    assert (destination["address"], destination["isVerified"]) == ("127.0.0.1:9/…", True)
    (key,) = bare.json("keys", "list")
    assert key["isPrimary"]
    assert key["key"].startswith(workspace.key[:27])
    assert workspace.key not in json.dumps(key)
    assert bare.json("events", "list") == []


def test_a_webhook_s_secret_is_rotated(here):
    workspace = here.workspace()
    made = here.destination(workspace, "webhook", "url=http://127.0.0.1:9/x")
    number = str(made["destinationId"])
    rotated = here.json("destinations", "rotate", number, "--overlap", "1h")
    assert rotated["secret"].startswith("whsec_")
    assert rotated["secret"] != made["made"]["secret"]
    assert "'2h' is not one of" in refused(here, "destinations", "rotate", number, "--overlap", "2h")


def test_an_account_may_own_several_workspaces(here):
    first, second = here.workspace("ada@example.com"), here.workspace("ADA@example.com")
    assert first.id != second.id
    assert "Name a workspace" in refused(here, "categories", "list")
    assert "There is no such workspace" in refused(here, "categories", "list", "--workspace", "99")


def test_a_password_for_an_account_that_exists_is_refused(here):
    here.workspace("ada@example.com")
    asked = ("workspaces", "create", "ada@example.com", "--password-stdin")
    assert "exists already" in refused(here, *asked, stdin="correct horse battery")
    assert "too short" in refused(here, "workspaces", "create", "bob@example.com", "--password-stdin", stdin="x")
    assert len(here.json("workspaces", "list")) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["categories", "create", "New Sale", "--color", "#FF6B6B"], "letters, numbers or hypens."),
        (["categories", "create", "sale", "--color", "red"], "Invalid color format."),
        (["destinations", "add", "pigeon"], "Choose one of: "),
        (["destinations", "add", "webhook"], "URL is required."),
        (["destinations", "add", "webhook", "nonsense"], '"nonsense" is not NAME=VALUE.'),
        (["destinations", "test", "9"], "no such destination"),
        (["events", "list", "--category", "nope"], 'named "nope"'),
    ],
)
def test_a_refusal_is_a_sentence(here, arguments, said):
    here.workspace()
    assert said in refused(here, *arguments)


def test_a_database_that_is_none_is_said(bare):
    (bare.folder / "data").mkdir()
    (bare.folder / "data" / "pingpilot.db").write_text("this is no database, but long enough to be looked at")
    assert "The database does not answer or is not up to date" in refused(bare, "workspaces", "list")


def test_the_doctor_names_what_is_missing_and_shows_no_secret(bare):
    bare.settings["PINGPILOT_SMTP_URL"] = "smtp://user:hunter2@mail.example.com:587"
    found = bare.json("doctor")
    assert "hunter2" not in json.dumps(found)
    assert found["settings"]["PINGPILOT_SMTP_URL"] == "•••"
    findings = {finding["subject"]: finding for finding in found["findings"]}
    assert findings["data folder"]["state"] == "ok"
    assert "PINGPILOT_SMTP_FROM" in findings["e-mail"]["fix"]
    assert "PINGPILOT_PUBLIC_URL" in findings["public URL"]["fix"]
    assert "PINGPILOT_TELEGRAM_BOT_TOKEN" in findings["channel telegram"]["fix"]
    assert not (bare.folder / "data").exists()


def test_the_doctor_fails_where_the_secret_lies_open(here):
    here.workspace()
    (here.folder / "data" / "secret.key").chmod(0o644)
    done = here.run("doctor")
    assert done.returncode == 1
    assert "chmod 600" in done.stdout


def test_people_are_invited_listed_and_removed_and_a_workspace_changes_hands(here):
    first = here.workspace("ada@example.com")
    for email in ("grace@example.com", "linus@example.com"):
        made = here.json("workspaces", "invite", email, "--role", "admin")
        assert (made["role"], made["isMailed"]) == ("admin", False)
        assert "/join/" in made["link"]
    assert len(here.json("workspaces", "invitations")) == 2
    here.json("workspaces", "remove", "linus@example.com")
    assert [row["email"] for row in here.json("workspaces", "invitations")] == ["grace@example.com"]
    (owner,) = here.json("workspaces", "members", "--workspace", str(first.id))
    assert (owner["email"], owner["role"]) == ("ada@example.com", "owner")
    assert "no such member" in refused(here, "workspaces", "transfer", "grace@example.com")
    assert "The owner stays" in refused(here, "workspaces", "remove", "ada@example.com")
    assert "no such invitation" in refused(here, "workspaces", "remove", "nobody@example.com")


def test_where_mail_can_be_sent_an_invitation_goes_by_mail_and_its_link_is_shown_to_nobody(here, mailbox):
    here.settings["PINGPILOT_SMTP_URL"] = mailbox.url
    here.settings["PINGPILOT_PUBLIC_URL"] = "https://pings.example.com"
    here.workspace("ada@example.com")
    made = here.json("workspaces", "invite", "grace@example.com", "--role", "viewer")
    assert (made["isMailed"], made["link"]) == (True, None)
    (mail,) = mailbox.wait_for(1)
    assert mail["To"] == "grace@example.com"
    assert "https://pings.example.com/join/" in mail.get_content()


def test_a_plan_is_granted_and_shown(here):
    made = here.workspace("ada@example.com", "free")
    granted = here.json("workspaces", "plan", str(made.id), "pro")
    assert granted == {"workspaceId": made.id, "plan": "PRO", "granted": "PRO", "bought": None}
    assert here.json("workspaces", "plan", str(made.id)) == granted
    assert "There is no plan" in refused(here, "workspaces", "plan", str(made.id), "gold")


def test_a_services_secret_is_read_from_standard_input_and_never_shown(here):
    here.workspace()
    listed = {row["service"]: row for row in here.json("services", "list")}
    assert listed["github"]["secretSetAt"] is None
    assert listed["gotify"]["signsWith"] is None
    done = here.run("services", "set-secret", "github", stdin="hush hush\n")
    assert (done.returncode, "hush" in done.stdout + done.stderr) == (0, False)
    assert here.json("services", "remove-secret", "github")["secretSetAt"] is None
    assert here.json("services", "set-secret", "github", stdin="hush again")["secretSetAt"] is not None
    assert "Enter the secret" in refused(here, "services", "set-secret", "github", stdin="\n")
    assert "signs nothing" in refused(here, "services", "set-secret", "gotify", stdin="x")
    assert "no such service" in refused(here, "services", "remove-secret", "gitlab")
