"""tf.flags: what a program may be told on its command line.

    tf.flags.DEFINE_integer("steps", 100, "how many training steps")
    FLAGS = tf.flags.FLAGS
    FLAGS.steps                     100, or what --steps says
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

__all__ = [
    "DEFINE_alias", "DEFINE_bool", "DEFINE_boolean", "DEFINE_enum", "DEFINE_enum_class", "DEFINE_float",
    "DEFINE_integer", "DEFINE_list", "DEFINE_multi_enum", "DEFINE_multi_float", "DEFINE_multi_integer",
    "DEFINE_multi_string", "DEFINE_spaceseplist", "DEFINE_string", "DuplicateFlagError", "Error", "FLAGS", "Flag",
    "FlagValues", "IllegalFlagValueError", "UnparsedFlagAccessError", "UnrecognizedFlagError", "ValidationError",
    "mark_flag_as_required", "mark_flags_as_required", "register_validator", "set_default", "validator",
]  # fmt: skip


class Error(Exception):
    """The root of all errors of flags."""


class DuplicateFlagError(Error):
    """Two flags of one name."""


class IllegalFlagValueError(Error):
    """A value that the flag does not take."""


class UnrecognizedFlagError(Error):
    """A flag that is not defined."""


class UnparsedFlagAccessError(Error):
    """A flag's value was asked for before the command line was read."""


class ValidationError(Error):
    """A value that a validator refuses."""


class Flag:
    """One flag: its default, its value, and how its text is read."""

    def __init__(self, name: str, default: Any, help: str | None, parse: Callable[[Any], Any], **more: Any) -> None:
        self.name, self.help, self._parse = name, help, parse
        self.boolean, self.multiple = parse is _boolean, more.get("multiple", False)
        self.short_name = more.get("short_name")
        self.module, self.present = more.get("module", ""), False
        self.default = self.value = None if default is None else self.parsed(default)

    def parsed(self, text: Any) -> Any:
        """The value that a text writes. Raises IllegalFlagValueError."""
        try:
            if self.multiple:
                return [self._parse(v) for v in (text if isinstance(text, (list, tuple)) else [text])]
            return self._parse(text)
        except (TypeError, ValueError) as e:
            raise IllegalFlagValueError(f"flag --{self.name}={text}: {e}") from None

    def parse(self, text: Any) -> None:
        """Takes a text from the command line; one that may be repeated collects them."""
        value = self.parsed(text)
        self.value = [*self.value, *value] if self.multiple and self.present else value
        self.present = True


class FlagValues:
    """All flags by name; asking for the first value reads the command line, if nobody has yet."""

    def __init__(self) -> None:
        self.__dict__["_found"] = {}
        self.__dict__["_checks"] = []
        self.__dict__["_parsed"] = False

    def _add(self, flag: Flag, again: bool) -> None:
        old = self._found.get(flag.name)
        if old is not None and not again:
            raise DuplicateFlagError(
                f"The flag '{flag.name}' is defined twice. First from {old.module}, Second from {flag.module}.  "
                f"Description from first occurrence: {old.help}"
            )
        self._found[flag.name] = flag

    def __call__(self, argv: Iterable[str], known_only: bool = False) -> list[str]:
        """Reads a command line; returns the program's name and what is no flag."""
        words = list(argv)
        if not words:
            raise ValueError("argv cannot be an empty list")
        rest, i = [words[0]], 1
        while i < len(words):
            word, i = words[i], i + 1
            if word == "--":
                rest += words[i:]
                break
            if not word.startswith("-") or word == "-":
                rest.append(word)
                continue
            i = self._take(word, words, i, rest if known_only else None)
        self.mark_as_parsed()
        self._validate()
        return rest

    def _take(self, word: str, words: list[str], i: int, rest: list[str] | None) -> int:
        name, has_value, text = word.lstrip("-").partition("=")
        flag = self._named(name)
        off = flag is None and name.startswith("no") and not has_value
        if off and (found := self._named(name[2:])) is not None and found.boolean:
            found.parse(False)
        elif flag is None:
            if rest is None:
                raise UnrecognizedFlagError(f"Unknown command line flag '{name}'")
            rest.append(word)
        elif has_value or flag.boolean:
            flag.parse(text if has_value else True)
        elif i == len(words):
            raise Error(f"Missing value for flag {word}")
        else:
            flag.parse(words[i])
            return i + 1
        return i

    def _named(self, name: str) -> Any:
        for candidate in (name, name.replace("-", "_")):
            if candidate in self._found:
                return self._found[candidate]
        return next((f for f in self._found.values() if f.short_name == name), None)

    def _validate(self) -> None:
        for name, check, message in self._checks:
            if not check(self._found[name].value):
                raise IllegalFlagValueError(f"flag --{name}={self._found[name].value}: {message}")

    def _parse_flags(self, args: Any = None) -> list[str]:
        return self(sys.argv if args is None else [sys.argv[0], *args], known_only=True)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__flags":
            raise AttributeError(name)
        if name == "__flags":
            return self._found
        if name not in self._found:
            raise AttributeError(name)
        if not self._parsed:
            self(sys.argv, known_only=in_notebook())
        return self._found[name].value

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._found:
            raise AttributeError(name)
        self._found[name].value = value
        self._found[name].present = True

    def __delattr__(self, name: str) -> None:
        if name not in self._found:
            raise AttributeError(name)
        del self._found[name]

    def __getitem__(self, name: str) -> Flag:
        return self._found[name]  # type: ignore[no-any-return]

    def __contains__(self, name: object) -> bool:
        return name in self._found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __dir__(self) -> list[str]:
        return sorted(self._found)

    def flag_values_dict(self) -> dict[str, Any]:
        """Every flag's value."""
        return {name: flag.value for name, flag in self._found.items()}

    def is_parsed(self) -> bool:
        return bool(self._parsed)

    def mark_as_parsed(self) -> None:
        self.__dict__["_parsed"] = True

    def unparse_flags(self) -> None:
        for flag in self._found.values():
            flag.value, flag.present = flag.default, False
        self.__dict__["_parsed"] = False

    def get_help(self) -> str:
        """What the flags are for, as text."""
        return "\n".join(f"  --{f.name}: {f.help}\n    (default: {f.default!r})" for f in self._found.values())


FLAGS = FlagValues()


def in_notebook() -> bool:
    """Whether this is a notebook's kernel, whose command line is not the program's."""
    return "ipykernel" in sys.modules


def _calling() -> tuple[str, bool]:
    """Where the flag is defined, and whether that is a notebook's cell, which may be run again."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    name = frame.f_globals.get("__name__", "")
    return (sys.argv[0] or name) if name == "__main__" else name, in_notebook() and name == "__main__"


def _define(name: str, default: Any, help: str | None, parse: Callable[[Any], Any], flag_values: FlagValues | None = None, **more: Any) -> None:
    module, again = _calling()
    values = FLAGS if flag_values is None else flag_values
    again = bool(more.pop("allow_override", False)) or again
    values._add(Flag(name, default, help, parse, module=module, **more), again)


def _boolean(value: Any) -> bool:
    text = str(value).lower()
    if text in ("true", "t", "1", "false", "f", "0"):
        return text in ("true", "t", "1")
    raise ValueError("Non-boolean argument to boolean flag", value)


def _integer(value: Any) -> int:
    return int(value, 0) if isinstance(value, str) and value[:2].lower() in ("0x", "0o") else int(value)


def _bounded(parse: Callable[[Any], Any], lower_bound: Any = None, upper_bound: Any = None) -> Callable[[Any], Any]:
    def parsed(value: Any) -> Any:
        found = parse(value)
        if lower_bound is not None and found < lower_bound or upper_bound is not None and found > upper_bound:
            raise ValueError(f"{found} is not between {lower_bound} and {upper_bound}")
        return found

    return parse if lower_bound is upper_bound is None else parsed


def _one_of(values: Any, case_sensitive: bool = True) -> Callable[[Any], Any]:
    def parsed(value: Any) -> Any:
        for v in values:
            if v == value or not case_sensitive and v.lower() == str(value).lower():
                return v
        raise ValueError(f"value should be one of <{'|'.join(map(str, values))}>")

    return parsed


def _items(separator: str | None) -> Callable[[Any], list[str]]:
    def parsed(value: Any) -> list[str]:
        return [v.strip() for v in value.split(separator)] if isinstance(value, str) and value else list(value or [])

    return parsed


def _old_names(default: Any, help: str | None, old: dict[str, Any]) -> tuple[Any, str | None, dict[str, Any]]:
    """TensorFlow's older keywords: flag_name, default_value, docstring."""
    return old.pop("default_value", default), old.pop("docstring", help), old


def DEFINE_string(name: Any = None, default: Any = None, help: Any = None, flag_values: Any = None, **args: Any) -> None:
    """A flag that is a text."""
    default, help, args = _old_names(default, help, args)
    _define(args.pop("flag_name", name), default, help, str, flag_values, **args)


def DEFINE_integer(name: Any = None, default: Any = None, help: Any = None, lower_bound: Any = None, upper_bound: Any = None,
                   flag_values: Any = None, **args: Any) -> None:  # fmt: skip
    """A flag that is a whole number."""
    default, help, args = _old_names(default, help, args)
    _define(args.pop("flag_name", name), default, help, _bounded(_integer, lower_bound, upper_bound), flag_values, **args)


def DEFINE_float(name: Any = None, default: Any = None, help: Any = None, lower_bound: Any = None, upper_bound: Any = None,
                 flag_values: Any = None, **args: Any) -> None:  # fmt: skip
    """A flag that is a number."""
    default, help, args = _old_names(default, help, args)
    _define(args.pop("flag_name", name), default, help, _bounded(float, lower_bound, upper_bound), flag_values, **args)


def DEFINE_boolean(name: Any = None, default: Any = None, help: Any = None, flag_values: Any = None, **args: Any) -> None:
    """A flag that is there (--train) or not (--notrain)."""
    default, help, args = _old_names(default, help, args)
    _define(args.pop("flag_name", name), default, help, _boolean, flag_values, **args)


DEFINE_bool = DEFINE_boolean


def DEFINE_enum(name: str, default: Any, enum_values: Any, help: Any = None, flag_values: Any = None, **args: Any) -> None:
    """A flag that is one of some texts."""
    check = _one_of(enum_values, args.pop("case_sensitive", True))
    _define(name, default, help, check, flag_values, **args)


def DEFINE_enum_class(name: str, default: Any, enum_class: Any, help: Any = None, flag_values: Any = None, **args: Any) -> None:
    """A flag that names a member of an enum."""
    _define(name, default, help, lambda v: v if isinstance(v, enum_class) else enum_class[v], flag_values, **args)


def DEFINE_list(name: str, default: Any, help: Any = None, flag_values: Any = None, **args: Any) -> None:
    """A flag that is texts with commas between."""
    _define(name, default, help, _items(","), flag_values, **args)


def DEFINE_spaceseplist(name: str, default: Any, help: Any = None, comma_compat: bool = False, flag_values: Any = None, **args: Any) -> None:
    """A flag that is texts with blanks between."""
    _define(name, default, help, _items(None), flag_values, **args)


def DEFINE_multi_string(name: str, default: Any, help: Any = None, flag_values: Any = None, **args: Any) -> None:
    """A flag that may be repeated: a list of texts."""
    _define(name, default, help, str, flag_values, multiple=True, **args)


def DEFINE_multi_integer(name: str, default: Any, help: Any = None, flag_values: Any = None, **args: Any) -> None:
    """A flag that may be repeated: a list of whole numbers."""
    _define(name, default, help, _integer, flag_values, multiple=True, **args)


def DEFINE_multi_float(name: str, default: Any, help: Any = None, flag_values: Any = None, **args: Any) -> None:
    """A flag that may be repeated: a list of numbers."""
    _define(name, default, help, float, flag_values, multiple=True, **args)


def DEFINE_multi_enum(name: str, default: Any, enum_values: Any, help: Any = None, flag_values: Any = None, **args: Any) -> None:
    """A flag that may be repeated: a list of some texts."""
    _define(name, default, help, _one_of(enum_values, args.pop("case_sensitive", True)), flag_values, multiple=True, **args)


def DEFINE_alias(name: str, original_name: str, flag_values: Any = None, **args: Any) -> None:
    """Another name for a flag."""
    values = FLAGS if flag_values is None else flag_values
    values._found[name] = values._found[original_name]


def set_default(flag_holder: Any, value: Any) -> None:
    """Another default for a flag, given by its name."""
    flag = FLAGS[flag_holder] if isinstance(flag_holder, str) else flag_holder
    flag.default = flag.value = flag.parsed(value)


def register_validator(flag_name: str, checker: Callable[[Any], Any], message: str = "Flag validation failed", flag_values: Any = None) -> None:
    """A condition that the flag's value must meet."""
    (FLAGS if flag_values is None else flag_values)._checks.append((flag_name, checker, message))


def validator(flag_name: str, message: str = "Flag validation failed", flag_values: Any = None) -> Any:
    """`register_validator` as a decorator."""

    def declare(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
        register_validator(flag_name, check, message, flag_values)
        return check

    return declare


def mark_flag_as_required(flag_name: str, flag_values: Any = None) -> None:
    """The flag must be given."""
    register_validator(flag_name, lambda v: v is not None, f"Flag --{flag_name} must have a value other than None.", flag_values)


def mark_flags_as_required(flag_names: Iterable[str], flag_values: Any = None) -> None:
    """All these flags must be given."""
    for name in flag_names:
        mark_flag_as_required(name, flag_values)
