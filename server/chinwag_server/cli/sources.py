"""Where options come from: flags, then `CHAT_SERVER_*`, then a TOML file, then the defaults. What none knows is refused."""

from __future__ import annotations

import difflib
import os
import tomllib
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from cyclopts import App, Argument, ArgumentCollection, CycloptsError, Token

PREFIX = "CHAT_SERVER_"
DEFAULT_FILE = "chat-server.toml"


class Sources:
    """Fills in the options that no flag gave: a `config` of a Cyclopts App. *names* are those of all options."""

    def __init__(self, names: Iterable[str], *, environment: Mapping[str, str] = os.environ) -> None:
        self._names = frozenset(names)
        self._environment = environment

    def __call__(self, app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
        """Called by Cyclopts between reading the flags and converting. Raises CycloptsError."""
        options = {argument.field_info.name: argument for argument in arguments if self._is_option(argument)}
        if not options:
            return
        self._refuse_unknown_variables()
        for name, argument in options.items():
            variable = PREFIX + name.upper()
            if not argument.tokens and variable in self._environment:
                _give(argument, self._environment[variable], keyword=variable, source="the environment")
        path = self._find_file(options)
        if path is None:
            return
        for key, value in self._read(path).items():
            if (argument := options.get(key)) is not None and not argument.tokens:
                _give(argument, value, keyword=key, source=str(path))

    def _is_option(self, argument: Argument) -> bool:
        """A field of one of the option classes, not a parameter of a command that happens to be called alike."""
        return len(argument.keys) == 2 and argument.field_info.name in self._names

    def _refuse_unknown_variables(self) -> None:
        for variable in sorted(self._environment):
            if variable.startswith(PREFIX) and variable.removeprefix(PREFIX).lower() not in self._names:
                known = [PREFIX + name.upper() for name in self._names]
                raise CycloptsError(msg=f"Unknown environment variable {variable}.{_nearest(variable, known)}")

    def _find_file(self, options: Mapping[str, Argument]) -> Path | None:
        """The file named by an option, which must be there, or the one in the data folder, which need not."""
        config, data_dir = options["config"], options["data_dir"]
        if config.tokens:
            path = Path(config.tokens[0].value).expanduser()
            if not path.is_file():
                raise CycloptsError(msg=f"There is no file {path}, named by {_named_by(config)}.")
            return path
        folder = data_dir.tokens[0].value if data_dir.tokens else data_dir.field_info.default
        path = Path(folder).expanduser() / DEFAULT_FILE
        return path if os.access(path, os.R_OK) else None

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            read = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise CycloptsError(msg=f"Cannot read {path}: {error}.") from error
        found: dict[str, Any] = {}
        for key, value in read.items():
            name = key.replace("-", "_")
            if name not in self._names or name == "config":
                known = [option.replace("_", "-") for option in self._names - {"config"}]
                raise CycloptsError(msg=f"Unknown key {key} in {path}.{_nearest(key, known)}")
            if isinstance(value, dict):
                raise CycloptsError(msg=f"The key {key} in {path} is a table; it should be a value.")
            found[name] = value
        return found


def _give(argument: Argument, value: object, *, keyword: str, source: str) -> None:
    """Add a value as if it had been typed. A list is TOML's list, or words and commas in the environment."""
    is_list = typing.get_origin(argument.hint) is tuple
    values = [value]
    if isinstance(value, list):
        if not is_list:
            raise CycloptsError(msg=f"The key {keyword} in {source} is a list; it should be one value.")
        values = cast("list[object]", value)
    elif is_list:
        values = list[object](str(value).replace(",", " ").split())
    for index, one in enumerate(values):
        text = str(one).lower() if isinstance(one, bool) else str(one)
        argument.append(Token(keyword=keyword, value=text, source=source, index=index))


def _named_by(argument: Argument) -> str:
    return argument.tokens[0].keyword or argument.name


def _nearest(wrong: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(wrong, sorted(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]}?" if near else ""
