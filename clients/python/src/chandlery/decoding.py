"""Reads records from JSON by the types of their members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from .errors import Problem, UnexpectedAnswer
from .times import parse_time

T = TypeVar("T")

NAME = "name"
"""In the metadata of a member, its name in JSON, where that is another one."""


def decode(record: type[T], document: Any) -> T:
    """Reads a `record`, a dataclass, from its JSON.

    Members that the dataclass lacks are passed over; those that may be `None` may be missing.

    Raises:
        UnexpectedAnswer: when a member is missing or has the wrong type.
    """
    if not isinstance(document, Mapping):
        raise UnexpectedAnswer(f"expected {_article(record.__name__)}, and the answer is {document!r:.200}")
    members = {}
    for member, kind in _members(record):  # type: ignore[arg-type]
        name = member.metadata.get(NAME, member.name)
        if name in document:
            try:
                members[member.name] = _value(kind, document[name])
            except (TypeError, ValueError) as error:
                raise UnexpectedAnswer(f"{record.__name__}.{name} cannot be read: {error}") from error
        elif NoneType in get_args(kind):
            members[member.name] = None
        elif member.default is MISSING and member.default_factory is MISSING:
            raise UnexpectedAnswer(f"{_article(record.__name__)} lacks `{name}`: {document!r:.200}")
    return record(**members)


@cache
def _members(record: type[Any]) -> Sequence[tuple[Field[Any], Any]]:
    kinds = get_type_hints(record)
    return [(member, kinds[member.name]) for member in fields(record)]


def _value(kind: Any, value: Any) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (UnionType, Union):
        if value is None and NoneType in inner:
            return None
        (kind,) = (other for other in inner if other is not NoneType)
        return _value(kind, value)
    if origin is tuple:
        return tuple(_value(inner[0], item) for item in _checked(list, value))
    if origin is Mapping:
        return {name: _value(inner[1], member) for name, member in _checked(dict, value).items()}
    if origin is Literal:
        return _checked(str, value)
    return value if kind is Any else _plain(kind, value)


def _plain(kind: Any, value: Any) -> Any:
    if kind is datetime:
        return parse_time(_checked(str, value))
    if kind is Problem:
        return Problem.from_json(_checked(dict, value))
    if is_dataclass(kind) and isinstance(kind, type):
        return decode(kind, value)
    if kind is float:
        return float(_checked((int, float), value))
    return _checked(kind, value)


def _checked(kind: type[Any] | tuple[type[Any], ...], value: Any) -> Any:
    # To Python a bool is an int; to JSON it is not.
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"{value!r:.100} has the wrong type")
    return value


def _article(name: str) -> str:
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"
