"""Where options come from, which of them counts, and that nothing unknown is taken in silence."""

from pathlib import Path

import pytest
from cyclopts import App, CycloptsError

from chinwag_protocol.limits import Limits, environment_name
from chinwag_server.cli.options import NAMES, NONE_OF_ALL_GIVEN, AllOptions
from chinwag_server.cli.output import CommandError
from chinwag_server.cli.sources import Sources
from chinwag_server.config import Settings


def settings(*flags: str, environment: dict[str, str] | None = None) -> Settings:
    app = App(config=[Sources(NAMES, environment=environment or {})], result_action="return_value")

    @app.default
    def command(*, options: AllOptions = NONE_OF_ALL_GIVEN) -> Settings:
        return options.settings()

    return app(list(flags), exit_on_error=False, print_error=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "chat-server.toml"


def refused(*flags: str, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(CycloptsError) as error:
        settings(*flags, environment=environment)
    return str(error.value)


def test_the_defaults_are_those_of_the_record() -> None:
    assert settings() == Settings()


def test_flags_count_more_than_the_environment_and_that_more_than_a_file(file: Path) -> None:
    file.write_text("port = 1\ntext-length = 1\nusername_max = 31\n")
    environment = {"CHAT_SERVER_PORT": "2", "CHAT_SERVER_TEXT_LENGTH": "2", "CHAT_SERVER_CONFIG": str(file)}
    found = settings("--port", "3", environment=environment)
    assert (found.port, found.limits.text_length, found.limits.username_max) == (3, 2, 31)
    assert found.limits.username_min == Limits().username_min


def test_every_option_can_be_set_in_the_environment_and_in_a_file(file: Path) -> None:
    odd = {name: getattr(Limits(), name) + 1 for name in Limits.__struct_fields__ if "attachments" not in name}
    found = settings(environment={environment_name(name): str(value) for name, value in odd.items()})
    assert {name: getattr(found.limits, name) for name in odd} == odd
    file.write_text("".join(f"{name.replace('_', '-')} = {value}\n" for name, value in odd.items()))
    assert settings("--config", str(file)) == found
    others = set(NAMES) - set(Limits.__struct_fields__) - {"config"}
    assert others == set(Settings.__struct_fields__) - {"limits"}


def test_the_names_that_operators_rely_on() -> None:
    environment = {
        "CHAT_SERVER_ACCESS_TOKEN_TTL_MS": "1000",
        "CHAT_SERVER_REFRESH_GRACE_MS": "0",
        "CHAT_SERVER_TEXT_LENGTH": "5",
    }
    found = settings("--registration", "closed", "--workers", "2", "--blobs-url", "s3://b", environment=environment)
    assert (found.access_token_ttl_ms, found.refresh_grace_ms, found.limits.text_length) == (1000, 0, 5)
    assert (found.registration, found.workers, found.blobs_url) == ("closed", 2, "s3://b")


def test_the_file_in_the_data_folder_is_read(file: Path) -> None:
    file.write_text('server-name = "Ours"\ndebug = true\nallowed-origins = ["https://a", "https://b"]\n')
    found = settings("--data-dir", str(file.parent))
    assert (found.server_name, found.debug, found.data_dir) == ("Ours", True, file.parent)
    assert found.allowed_origins == ("https://a", "https://b")


def test_lists_of_the_environment_are_words_or_commas() -> None:
    found = settings(environment={"CHAT_SERVER_TRUSTED_PROXIES": "10.0.0.1, 10.0.0.2 ::1", "CHAT_SERVER_DEBUG": "1"})
    assert found.trusted_proxies == ("10.0.0.1", "10.0.0.2", "::1")
    assert found.debug


def test_registration_is_chosen_or_left_to_what_is_safe() -> None:
    assert settings().registration is None
    assert settings("--host", "0.0.0.0", "--registration", "open").registration == "open"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("text-lenght = 1", ["text-lenght", "chat-server.toml", "text-length"]),
        ("[limits]\ntext-length = 1", ["limits"]),
        ("port = [1]", ["port", "list"]),
        ("port = 70000", ["70000", "port", "chat-server.toml"]),
        ('port = "x"', ["port", "chat-server.toml"]),
        ("port = ", ["chat-server.toml"]),
        ('config = "other.toml"', ["config"]),
        ('registration = "opne"', ["registration", "chat-server.toml"]),
    ],
)
def test_what_is_wrong_in_a_file_is_named(file: Path, text: str, said: list[str]) -> None:
    file.write_text(text)
    message = refused("--data-dir", str(file.parent))
    assert all(word in message for word in said), message


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("CHAT_SERVER_TEXT_LENGHT", "1", ["CHAT_SERVER_TEXT_LENGHT", "CHAT_SERVER_TEXT_LENGTH"]),
        ("CHAT_SERVER_TEXT_LENGTH", "0", ["CHAT_SERVER_TEXT_LENGTH", "0"]),
        ("CHAT_SERVER_TEXT_LENGTH", "many", ["CHAT_SERVER_TEXT_LENGTH", "many"]),
        ("CHAT_SERVER_DATABASE_URL", "mysql://x", ["CHAT_SERVER_DATABASE_URL", "postgresql://"]),
        ("CHAT_SERVER_CONFIG", "/nowhere.toml", ["/nowhere.toml", "CHAT_SERVER_CONFIG"]),
        ("CHAT_SERVER_NOTHING_LIKE_IT", "1", ["CHAT_SERVER_NOTHING_LIKE_IT"]),
    ],
)
def test_what_is_wrong_in_the_environment_is_named(variable: str, value: str, said: list[str]) -> None:
    message = refused(environment={variable: value})
    assert all(word in message for word in said), message


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--prot", "1"], ["--prot", "--port"]),
        (["--port", "70000"], ["--port"]),
        (["--workers", "0"], ["--workers"]),
        (["--attachments-per-message", "501"], ["--attachments-per-message"]),
        (["--redis-url", "localhost:6379"], ["--redis-url", "redis://"]),
        (["--registration", "some"], ["--registration", "invite"]),
        (["--trusted-proxies", "10.0.0.0/8", "--trusted-proxies", "foo"], ["--trusted-proxies", "foo", "10.0.0.0/8"]),
        (["--metrics-addresses", "foo"], ["--metrics-addresses", "foo"]),
        (["--allowed-origins", "chat.example"], ["--allowed-origins", "chat.example", "https://"]),
        (["--blobs-url", "ftp://x"], ["--blobs-url", "s3://"]),
        (["--blobs-url", "s3://bucket?regoin=x"], ["--blobs-url", "regoin", "region"]),
    ],
)
def test_what_is_wrong_in_a_flag_is_named(flags: list[str], said: list[str]) -> None:
    message = refused(*flags)
    assert all(word in message for word in said), message


def test_limits_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(CommandError, match="--username-min is more than --username-max"):
        settings("--username-min", "40")
