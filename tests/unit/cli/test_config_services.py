"""`pingpilot config`: which services sign their calls stands in the file, and never by which secret."""

import tomllib

import pytest

from tests.servers.process import run_to_end

FILE = "shop.toml"
HUSH = "hush-hush"
NOTHING = "There is nothing to change.\n"
SIGNED = '[services.github]\nsecret = { env = "GITHUB_SIGNING_SECRET" }\n'


@pytest.fixture
def shop(installation):
    """A workspace that has told no secret to any service."""
    installation.workspace()
    return installation


def ask(here, *arguments, code=0):
    """Run a command of `config`; return all that it said."""
    done = run_to_end(here.prepare, ["config", *arguments], here.environment, here.folder)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert HUSH not in done.stdout + done.stderr
    return done.stdout + done.stderr


def write(here, text):
    (here.folder / FILE).write_text(text)


def set_secret(here, service="github"):
    return here.json("services", "set-secret", service, stdin=f"{HUSH}\n")


def signing(here):
    return {row["service"] for row in here.json("services", "list") if row["secretSetAt"]}


def test_the_fact_is_exported_and_applied_again_without_the_secret(shop):
    assert tomllib.loads(ask(shop, "export"))["services"] == {}
    set_secret(shop)
    text = ask(shop, "export")
    assert tomllib.loads(text)["services"] == {"github": {"secret": {"env": "GITHUB_SIGNING_SECRET"}}}
    write(shop, text)
    assert ask(shop, "diff", FILE) == NOTHING
    assert ask(shop, "apply", FILE, "--yes", "--prune") == NOTHING


def test_a_secret_that_is_missing_is_named_with_how_to_set_it_and_nothing_is_applied(shop):
    write(shop, f'[categories.fresh]\ncolor = "#112233"\n{SIGNED}')
    for command in (["diff", FILE], ["apply", FILE, "--yes"]):
        said = ask(shop, *command, code=2)
        assert 'service "github": the secret that GitHub signs with is not set here' in said
        assert "environment variable GITHUB_SIGNING_SECRET, or run `pingpilot services set-secret github`" in said
    assert shop.json("categories", "list") == []
    set_secret(shop)
    assert "service" not in ask(shop, "diff", FILE, code=1)


def test_a_secret_comes_from_its_variable_once_and_another_takes_its_place(shop):
    write(shop, SIGNED)
    shop.settings |= {"GITHUB_SIGNING_SECRET": HUSH}
    assert "+ service github\n    signing secret: •••\n" in ask(shop, "diff", FILE, code=1)
    assert signing(shop) == set()
    ask(shop, "apply", FILE, "--yes")
    assert signing(shop) == {"github"}
    assert ask(shop, "diff", FILE) == NOTHING
    shop.settings |= {"GITHUB_SIGNING_SECRET": f"{HUSH} again"}
    assert "~ service github\n    signing secret: ••• → ••• (another)\n" in ask(shop, "diff", FILE, code=1)
    ask(shop, "apply", FILE, "--yes")
    assert ask(shop, "diff", FILE) == NOTHING


def test_a_service_is_removed_only_by_a_file_that_speaks_of_services(shop):
    set_secret(shop)
    write(shop, "version = 1\n")
    assert ask(shop, "apply", FILE, "--yes", "--prune") == NOTHING
    write(shop, "[services]\n")
    assert "service github   not in the file, left alone" in ask(shop, "diff", FILE)
    assert signing(shop) == {"github"}
    assert "- service github" in ask(shop, "apply", FILE, "--yes", "--prune")
    assert signing(shop) == set()


@pytest.mark.parametrize(
    ("name", "secret", "said"),
    [
        ("gitlab", HUSH, 'service "gitlab": There is no such service'),
        ("gotify", HUSH, 'service "gotify": This service signs nothing'),
        ("stripe", HUSH * 40, 'service "stripe": HERE: A secret has at most 200 characters.'),
    ],
)
def test_what_cannot_be_a_secret_is_said(shop, name, secret, said):
    write(shop, f'[services.{name}]\nsecret = {{ env = "HERE" }}\n')
    shop.settings |= {"HERE": secret}
    assert said in ask(shop, "apply", FILE, "--yes", code=2)
    assert signing(shop) == set()
