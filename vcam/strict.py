"""Reads a mapping into frozen dataclasses, strictly: every leaf is known, typed and in range.

A leaf is a dotted key (`video.fps`). Values come from layers that are laid over each other
(defaults < file < flags); each keeps its origin, so that a message names the file or flag to mend.
"""

import difflib
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml

from vcam.errors import InputError

T = TypeVar("T")

_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}


@dataclass(frozen=True)
class Value:
    """A raw value and where it came from."""

    raw: object
    origin: str
    """`default`, a file's path, or a flag such as `--fps`."""


@dataclass(frozen=True)
class Leaf:
    """One settable key of a tree of dataclasses."""

    key: str
    kind: Any
    spec: Field[Any]

    @property
    def required(self) -> bool:
        """Whether there is no default."""
        return self.spec.default is MISSING and self.spec.default_factory is MISSING


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that `word` was probably meant to be."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return close[0] if close else None


def leaves(cls: type, prefix: str = "", hidden: tuple[str, ...] = ()) -> dict[str, Leaf]:
    """Return every leaf of the dataclass tree `cls` by dotted key, but those named `hidden`."""
    found: dict[str, Leaf] = {}
    hints = get_type_hints(cls)
    for spec in fields(cls):
        key = f"{prefix}{spec.name}"
        if is_dataclass(hints[spec.name]):
            found |= leaves(hints[spec.name], f"{key}.")
        elif key not in hidden:
            found[key] = Leaf(key, hints[spec.name], spec)
    return found


class _Loader(yaml.SafeLoader):
    """Refuses a key that comes twice: YAML forbids it, and the first one would be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key '{key.value}' comes twice", problem_mark=key.start_mark
                )
            if isinstance(key, yaml.ScalarNode):
                seen.add(key.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def read_yaml(file: Path, error: type[InputError]) -> object:
    """Parse a YAML file; never builds anything but plain data."""
    try:
        return yaml.load(file.read_text(encoding="utf-8"), _Loader)  # a safe one
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        reason = getattr(problem, "problem", None) or "not YAML"
        raise error(f"{file}: broken YAML{where}: {reason}; mend that line") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise error(f"{file}: cannot be read ({problem}); wanted a YAML text file") from None
    except ValueError as problem:  # looks like a date, and is none
        raise error(f"{file}: broken YAML: {problem}; put that value into quotes") from None


class Reader:
    """Turns layers of raw values into one `cls`; raises `error` with a sentence for the user."""

    def __init__(self, cls: type, error: type[InputError], hidden: tuple[str, ...] = ()) -> None:
        self._cls = cls
        self._error = error
        self._leaves = leaves(cls, hidden=hidden)

    def flatten(self, raw: object, origin: str) -> dict[str, Value]:
        """Flatten a parsed file into leaves; an unknown key is refused with the nearest one."""
        flat: dict[str, Value] = {}
        self._walk(raw, "", origin, flat)
        return flat

    def build(self, values: Mapping[str, Value], **given: object) -> Any:
        """Check every value and return the dataclass; `given` sets hidden fields."""
        for key, leaf in self._leaves.items():
            if leaf.required and key not in values:
                origin = next((value.origin for value in values.values()), "the file")
                raise self._error(f"{origin}: key '{key}' is missing; add it")
        checked = {key: self._check(self._leaves[key], value) for key, value in values.items()}
        return self._assemble(self._cls, "", checked, given)

    def defaults(self) -> dict[str, Value]:
        """Return the layer under all others."""
        found = {}
        for key, leaf in self._leaves.items():
            if leaf.spec.default is not MISSING:
                found[key] = Value(leaf.spec.default, "default")
            elif leaf.spec.default_factory is not MISSING:
                found[key] = Value(leaf.spec.default_factory(), "default")
        return found

    def _walk(self, raw: object, prefix: str, origin: str, flat: dict[str, Value]) -> None:
        if not isinstance(raw, Mapping):
            where = f"{origin}: {prefix.rstrip('.')} = {raw!r}" if prefix else origin
            raise self._error(f"{where}: wanted keys with values, found {_describe(raw)}")
        for name, value in raw.items():
            key = f"{prefix}{name}"
            if key in self._leaves:
                flat[key] = Value(value, origin)
            elif any(known.startswith(f"{key}.") for known in self._leaves):
                self._walk(value, f"{key}.", origin, flat)
            else:
                raise self._error(self._unknown(key, value, prefix, origin))

    def _unknown(self, key: str, value: object, prefix: str, origin: str) -> str:
        here = sorted(
            {k[len(prefix) :].split(".")[0] for k in self._leaves if k.startswith(prefix)}
        )
        close = nearest(key[len(prefix) :], here)
        hint = f"did you mean '{close}'?" if close else f"known here: {', '.join(here)}"
        return f"{origin}: {key} = {value!r}: unknown key; {hint}"

    def _check(self, leaf: Leaf, value: Value) -> object:
        where = (
            f"{value.origin} {value.raw}"
            if value.origin.startswith("--")
            else f"{value.origin}: {leaf.key} = {value.raw!r}"
        )
        parse: Callable[[object], object] | None = leaf.spec.metadata.get("parse")
        try:
            found = parse(value.raw) if parse else convert(value.raw, leaf.kind)
            in_range(found, leaf.spec.metadata)
        except ValueError as problem:
            raise self._error(f"{where}: {problem}") from None
        return found

    def _assemble(
        self, cls: type[T], prefix: str, checked: Mapping[str, object], given: Mapping[str, object]
    ) -> T:
        hints = get_type_hints(cls)
        arguments: dict[str, object] = {}
        for spec in fields(cls):  # type: ignore[arg-type]
            key = f"{prefix}{spec.name}"
            if is_dataclass(hints[spec.name]):
                arguments[spec.name] = self._assemble(hints[spec.name], f"{key}.", checked, {})
            elif spec.name in given:
                arguments[spec.name] = given[spec.name]
            elif key in checked:
                arguments[spec.name] = checked[key]
        return cls(**arguments)


def convert(raw: object, kind: Any) -> object:
    """Return `raw` as `kind`; raises ValueError with what was wanted. Never guesses."""
    origin = get_origin(kind)
    if origin is Literal:
        return _choice(raw, [str(choice) for choice in get_args(kind)])
    if origin in (Union, types.UnionType):
        if raw is None and type(None) in get_args(kind):
            return None
        return convert(raw, next(arm for arm in get_args(kind) if arm is not type(None)))
    if origin is tuple:
        return _sequence(raw, get_args(kind))
    if origin is dict or kind is dict:
        if isinstance(raw, Mapping):
            return dict(raw)
        raise ValueError(f"wanted keys with values, found {_describe(raw)}")
    if kind is float and isinstance(raw, int) and not isinstance(raw, bool):
        return float(raw)
    if type(raw) is kind:
        return raw
    raise ValueError(f"wanted {_WORDS[kind]}, found {_describe(raw)}")


def in_range(value: object, bounds: Mapping[str, Any]) -> None:
    """Raise ValueError where `value` lies outside bounds["low"] .. bounds["high"]."""
    if "low" not in bounds or not isinstance(value, int | float):
        return
    low, high = bounds["low"], bounds["high"]
    if not low <= value <= high:
        raise ValueError(f"wanted {low} to {high}; the nearest is {low if value < low else high}")


def _choice(raw: object, choices: list[str]) -> str:
    if raw in choices:
        return str(raw)
    close = nearest(str(raw), choices)
    hint = f"; did you mean '{close}'?" if close else ""
    raise ValueError(f"wanted one of {', '.join(choices)}{hint}")


def _sequence(raw: object, kinds: tuple[Any, ...]) -> tuple[object, ...]:
    if not isinstance(raw, list | tuple) or len(raw) != len(kinds):
        raise ValueError(f"wanted a list of {len(kinds)}, found {_describe(raw)}")
    return tuple(convert(item, kind) for item, kind in zip(raw, kinds, strict=True))


def _describe(raw: object) -> str:
    if raw is None:
        return "nothing"
    names: dict[type, str] = {**_WORDS, list: "a list", tuple: "a list", dict: "keys with values"}
    return names.get(type(raw), type(raw).__name__)
