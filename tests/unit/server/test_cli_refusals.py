"""Words that the command line cannot take are refused in one line, which repeats no password."""

from __future__ import annotations

import pytest

from chinwag_server.cli.app import run

SECRET = "s3c/r@t"
URL = f"postgres://u:{SECRET}@h/d?password={SECRET}"


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        run(words)
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    return said.err


@pytest.mark.parametrize(
    "words",
    [
        ["serve", "--database-url", URL.replace("postgres", "mysql")],
        ["serve", "--redis-url", f"http://:{SECRET}@h"],
        ["serve", "--blobs-url", f"s3://b?secret_access_kye={SECRET}"],
        ["serve", "--port", URL],
        ["serve", URL],
        ["serve", f"--databse-url={URL}"],
        ["user", "list", "--database-url", f"mysql:{SECRET}"],
        ["user", "add", URL, URL],
        [URL],
    ],
)
def test_no_password_is_repeated(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    said = refusal(capsys, *words)
    assert SECRET not in said
    assert "r@t" not in said


def test_nor_one_that_stands_in_the_environment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAT_SERVER_DATABASE_URL", f"mysql://u:{SECRET}@h")
    said = refusal(capsys, "user", "list")
    assert SECRET not in said
    assert "CHAT_SERVER_DATABASE_URL in the environment must begin with postgresql://" in said


def test_a_list_is_not_shown_as_python_has_it(capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(capsys, "serve", "--trusted-proxies", "10.0.0.0/8", "--trusted-proxies", "foo")
    assert (
        said
        == "error: --trusted-proxies needs addresses, as in 127.0.0.1, or networks, as in 10.0.0.0/8: foo is neither\n"
    )


def test_an_option_behind_two_hyphens_is_told_where_it_belongs(capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(capsys, "invite", "revoke", "--", "-abc", "--data-dir", "/nowhere")
    assert said == "error: --data-dir stands behind `--`, where nothing is taken as an option: put it before\n"
