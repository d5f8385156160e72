"""From environment and file to settings, or one sentence."""

import pytest

from pingpilot.config.loading import channel_setting, load
from pingpilot.config.settings import Settings
from pingpilot.domain.errors import ConfigurationError

CHANNELS = [("telegram", "bot_token"), ("discord-webhook", "api_url")]


def refusal(environ, channels=CHANNELS):
    with pytest.raises(ConfigurationError) as caught:
        load(environ, channels)
    return caught.value.message


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_any_setting_the_defaults_hold():
    settings = load({"HOME": "/x", "PATH": "/y"}, CHANNELS)
    assert settings == Settings()
    assert (settings.port, settings.public_url, settings.default_plan) == (8000, "http://127.0.0.1:8000", "FREE")


def test_text_becomes_what_the_field_is():
    environ = {"PINGPILOT_PORT": "9", "PINGPILOT_KEYS_REVEAL": "false", "PINGPILOT_DEFAULT_PLAN": "pro"}
    settings = load(environ, CHANNELS)
    assert (settings.port, settings.keys_reveal, settings.default_plan) == (9, False, "PRO")


def test_an_empty_value_counts_as_absent():
    assert load({"PINGPILOT_PORT": "", "PINGPILOT_SMTP_URL": ""}, CHANNELS).port == 8000


def test_channel_settings_are_gathered_by_kind_and_field():
    environ = {"PINGPILOT_TELEGRAM_BOT_TOKEN": "1:A", "PINGPILOT_DISCORD_WEBHOOK_API_URL": "http://x"}
    settings = load(environ, CHANNELS)
    assert settings.operator == {"telegram": {"bot_token": "1:A"}, "discord-webhook": {"api_url": "http://x"}}
    assert channel_setting("discord-webhook", "api_url") == "PINGPILOT_DISCORD_WEBHOOK_API_URL"


@pytest.mark.parametrize(
    ("unknown", "nearest"),
    [
        ("PINGPILOT_POTR", "PINGPILOT_PORT"),
        ("PINGPILOT_DATABASEURL", "PINGPILOT_DATABASE_URL"),
        ("PINGPILOT_TELEGRAM_TOKEN", "PINGPILOT_TELEGRAM_BOT_TOKEN"),
    ],
)
def test_an_unknown_name_is_refused_and_the_nearest_named(unknown, nearest):
    assert refusal({unknown: "1"}) == f"There is no setting {unknown}; the nearest one is {nearest}."


def test_what_clients_and_tests_use_is_known():
    load(
        {
            "PINGPILOT_API_KEY": "x",
            "PINGPILOT_URL": "x",
            "PINGPILOT_TRANSFER_TO": "x",
            "PINGPILOT_TEST_REQUIRE_ALL": "1",
        },
        CHANNELS,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PINGPILOT_PORT", "x"),
        ("PINGPILOT_PORT", "0"),
        ("PINGPILOT_PORT", "65536"),
        ("PINGPILOT_PUBLIC_URL", "pings.example.com"),
        ("PINGPILOT_PUBLIC_URL", "https://x.example/path"),
        ("PINGPILOT_SIGN_UP", "everyone"),
        ("PINGPILOT_KEYS_REVEAL", "perhaps"),
        ("PINGPILOT_DEFAULT_PLAN", "GOLD"),
        ("PINGPILOT_LOG_FORMAT", "xml"),
        ("PINGPILOT_WORKER_CONCURRENCY", "-1"),
        ("PINGPILOT_SMTP_FROM", "nobody"),
        ("PINGPILOT_OIDC_ISSUER", "http://id.example"),
        ("PINGPILOT_OIDC_ISSUER", "id.example"),
        ("PINGPILOT_TRUSTED_PROXIES", "here"),
        ("PINGPILOT_PROXY_HEADER", "x-real-ip"),
        ("PINGPILOT_ALLOWED_HOSTS", "pings.lan:8000"),
    ],
)
def test_a_wrong_value_is_repeated_and_the_right_form_said(name, value):
    sentence = refusal({name: value})
    assert sentence.startswith(f'{name} is "{value}", but must be ')
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PINGPILOT_DATABASE_URL", "mysql://root:hunter2@db/x"),
        ("PINGPILOT_SECRET_KEY", "hunter2"),
        ("PINGPILOT_SMTP_URL", "http://user:hunter2@mail"),
    ],
)
def test_a_wrong_secret_is_not_repeated(name, value):
    sentence = refusal({name: value})
    assert sentence.startswith(name)
    assert "hunter2" not in sentence


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p@h/n",
        "postgres:///n",
        "postgresql://u:p%2Fw@h1:5432,h2:5433/n?target_session_attrs=primary&sslmode=verify-full",
        "postgresql://[::1]:5432/n",
    ],
)
def test_a_database_has_one_host_or_several_and_what_else_its_client_knows(url):
    given = load({"PINGPILOT_DATABASE_URL": url}).database_url
    assert given is not None
    assert given.reveal() == url


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hunter2@h",
        "postgresql://h:0/n",
        "postgresql://h1,h2:70000/n",
        "host=h dbname=n",
        "postgresql://u:hunter%zz2@h/n",
    ],
)
def test_a_database_whose_address_is_wrong_is_refused(url):
    said = refusal({"PINGPILOT_DATABASE_URL": url})
    assert said.startswith("PINGPILOT_DATABASE_URL has a wrong value, but must be like postgresql://")
    assert "hunter" not in said


def test_a_parameter_that_nobody_knows_is_named():
    said = refusal({"PINGPILOT_DATABASE_URL": "postgresql://u:hunter2@h/n?sslmod=require"})
    assert said == 'PINGPILOT_DATABASE_URL has a parameter "sslmod" that PostgreSQL does not know.'


OIDC = {
    "PINGPILOT_OIDC_ISSUER": "https://id.example/realms/main/",
    "PINGPILOT_OIDC_CLIENT_ID": "pings",
    "PINGPILOT_OIDC_CLIENT_SECRET": "hunter2",
}


def test_an_issuer_is_set_up_by_its_address_and_what_it_gave():
    settings = load({**OIDC, "PINGPILOT_OIDC_LABEL": "Acme ID"})
    assert (settings.oidc_issuer, settings.oidc_label) == ("https://id.example/realms/main", "Acme ID")
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize("missing", list(OIDC)[1:])
def test_an_issuer_needs_what_it_gave(missing):
    sentence = refusal({name: value for name, value in OIDC.items() if name != missing})
    assert sentence.startswith(f"{missing} ")
    assert "PINGPILOT_OIDC_ISSUER" in sentence


def test_what_an_issuer_gave_needs_the_issuer():
    sentence = refusal({name: value for name, value in OIDC.items() if name != "PINGPILOT_OIDC_ISSUER"})
    assert sentence.startswith('PINGPILOT_OIDC_CLIENT_ID is "pings", but must be the client id')


def test_proxies_are_networks_and_none_may_be_trusted():
    assert load({"PINGPILOT_TRUSTED_PROXIES": "10.1.2.3/8,::1"}).trusted_proxies == ("10.0.0.0/8", "::1/128")
    assert load({}).trusted_proxies == ()
    assert load({"PINGPILOT_ALLOWED_HOSTS": "Pings.LAN, [::1]"}).allowed_hosts == ("pings.lan", "::1")


def test_a_file_in_the_working_folder_is_read(elsewhere):
    (elsewhere / "pingpilot.toml").write_text('port = 81\nkeys_reveal = false\n[telegram]\nbot_token = "1:A"\n')
    settings = load({}, CHANNELS)
    assert (settings.port, settings.keys_reveal) == (81, False)
    assert settings.operator == {"telegram": {"bot_token": "1:A"}}


def test_the_file_of_the_data_folder_goes_before_that_of_the_working_folder(elsewhere):
    (elsewhere / "kept").mkdir()
    (elsewhere / "kept" / "pingpilot.toml").write_text("port = 82\n")
    (elsewhere / "pingpilot.toml").write_text("port = 81\n")
    assert load({"PINGPILOT_DATA_DIR": "kept"}, CHANNELS).port == 82


def test_the_environment_wins_over_the_file(elsewhere):
    (elsewhere / "other.toml").write_text('port = 81\nhost = "0.0.0.0"\n')
    settings = load({"PINGPILOT_CONFIG": "other.toml", "PINGPILOT_PORT": "82"}, CHANNELS)
    assert (settings.host, settings.port) == ("0.0.0.0", 82)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prot = 1", "There is no setting PINGPILOT_PROT in other.toml; the nearest one is PINGPILOT_PORT."),
        ("port = [1]", "port in other.toml must be text, a whole number, true or false."),
        ("port 1", "other.toml is not valid TOML"),
    ],
)
def test_a_wrong_file_is_named(elsewhere, text, said):
    (elsewhere / "other.toml").write_text(text)
    assert said in refusal({"PINGPILOT_CONFIG": "other.toml"})


def test_a_missing_file_is_named():
    assert "nowhere.toml cannot be read" in refusal({"PINGPILOT_CONFIG": "nowhere.toml"})


PLACE = {"PINGPILOT_DATABASE_URL": "postgresql://u:p@h/n"}


@pytest.mark.parametrize(
    "url", ["nats://h", "tls://u:p@h:4222", "nats://token@h1:4222, nats://token@h2:4222,nats://token@h3"]
)
def test_a_broker_has_one_address_or_several(url):
    given = load({**PLACE, "PINGPILOT_BROKER_URL": url}).broker_url
    assert given is not None
    assert given.reveal() == url


@pytest.mark.parametrize(
    "url", ["http://h:4222", "nats://", "nats://h/path", "nats://h:99999", "nats://h,amqp://h", ","]
)
def test_a_broker_elsewhere_than_at_nats_servers_is_refused_without_showing_it(url):
    said = refusal({**PLACE, "PINGPILOT_BROKER_URL": url})
    assert said.startswith("PINGPILOT_BROKER_URL has a wrong value, but must be like nats://")


def test_a_broker_without_a_common_database_is_refused():
    assert "PINGPILOT_DATABASE_URL" in refusal({"PINGPILOT_BROKER_URL": "nats://h"})
