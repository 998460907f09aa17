"""tf.contrib.training: hyperparameters with types; training and evaluation; batches of examples sorted and chosen."""

from __future__ import annotations

import json
from typing import Any

from tfnb.contrib.bucketing import *  # noqa: F403
from tfnb.contrib.bucketing import __all__ as _bucketing
from tfnb.contrib.stepping import *  # noqa: F403
from tfnb.contrib.stepping import __all__ as _stepping

__all__ = ["HParams", *_bucketing, *_stepping, "parse_values"]


class HParams:
    """Named numbers and texts of an experiment; each keeps the type that it has first.

    >>> hparams = tf.contrib.training.HParams(learning_rate=0.1, layers=[16, 8])
    >>> hparams.parse("learning_rate=0.3,layers=[4,4]").learning_rate
    0.3
    >>> hparams.values()["layers"]
    [4, 4]
    """

    def __init__(self, hparam_def: Any = None, model_structure: Any = None, **named: Any) -> None:
        self._types: dict[str, tuple[type, bool]] = {}
        for name, value in named.items():
            self.add_hparam(name, value)

    def add_hparam(self, name: str, value: Any) -> None:
        """A new parameter. Raises ValueError for a name that is taken or an empty list."""
        if getattr(self, name, None) is not None:
            raise ValueError("Hyperparameter name is reserved: %s" % name)  # noqa: UP031 - TensorFlow's text
        if isinstance(value, (list, tuple)):
            if not value:
                raise ValueError(f"Multi-valued hyperparameters cannot be empty: {name}")
            self._types[name] = (type(value[0]), True)
        else:
            self._types[name] = (type(value), False)
        setattr(self, name, value)

    def set_hparam(self, name: str, value: Any) -> None:
        """Another value, turned into the parameter's type."""
        if name not in self._types:
            raise KeyError(name)
        kind, many = self._types[name]
        if many != isinstance(value, (list, tuple)):
            raise ValueError(f"Must {'' if many else 'not '}pass a list for {'multi' if many else 'single'}-valued parameter: {name}.")
        setattr(self, name, [_cast(name, kind, v) for v in value] if many else _cast(name, kind, value))

    def override_from_dict(self, values: dict[str, Any]) -> HParams:
        """Other values for several parameters."""
        for name, value in values.items():
            self.set_hparam(name, value)
        return self

    def parse(self, values: str) -> HParams:
        """Other values from a text: 'a=1,b=[2,3],c=text'. Raises ValueError for a text of another form or an unknown name."""
        for name, value in _assignments(values):
            if name not in self._types:
                raise ValueError(f"Unknown hyperparameter type for {name}")
            self.set_hparam(name, value)
        return self

    def parse_json(self, values_json: str) -> HParams:
        """Other values from a JSON object."""
        return self.override_from_dict(json.loads(values_json))

    def values(self) -> dict[str, Any]:
        """All parameters by name."""
        return {name: getattr(self, name) for name in self._types}

    def get(self, key: str, default: Any = None) -> Any:
        """A parameter, or the default where there is none."""
        return getattr(self, key) if key in self._types else default

    def del_hparam(self, name: str) -> None:
        """Takes a parameter away."""
        if self._types.pop(name, None) is not None:
            delattr(self, name)

    def to_json(self, indent: int | None = None, separators: Any = None, sort_keys: bool = False, **_: Any) -> str:
        """The parameters as a JSON object."""
        return json.dumps(self.values(), indent=indent, separators=separators, sort_keys=sort_keys)

    def __contains__(self, key: str) -> bool:
        return key in self._types

    def __str__(self) -> str:
        return str(sorted(self.values().items()))

    def __repr__(self) -> str:
        return f"HParams({self})"


def _cast(name: str, kind: type, value: Any) -> Any:
    """The value in the parameter's type. Raises ValueError where that loses something."""
    if value is None or kind is type(None):
        return value
    if kind is bool and isinstance(value, str):
        known = {"true": True, "1": True, "false": False, "0": False}
        if value.lower() not in known:
            raise ValueError(f"Could not parse hparam '{name}' of type '{kind.__name__}' with value '{value}'")
        return known[value.lower()]
    if kind is int and isinstance(value, float):
        raise ValueError(f"Could not cast hparam '{name}' of type '{kind}' from value {value!r}")
    try:
        return kind(value)
    except (TypeError, ValueError):
        raise ValueError(f"Could not cast hparam '{name}' of type '{kind}' from value {value!r}") from None


def parse_values(values: str, type_map: dict[str, type], ignore_unknown: bool = False) -> dict[str, Any]:
    """The assignments in a text as a dict, with the types of `type_map`. Raises ValueError for a name that it has not.

    >>> print(tf.contrib.training.parse_values("rate=0.3,layers=[4,4]", {"rate": float, "layers": int}))
    {'rate': 0.3, 'layers': [4, 4]}
    """
    found: dict[str, Any] = {}
    for name, value in _assignments(values):
        if name not in type_map:
            if ignore_unknown:
                continue
            raise ValueError(f"Unknown hyperparameter type for {name}")
        kind = type_map[name]
        found[name] = [_cast(name, kind, v) for v in value] if isinstance(value, list) else _cast(name, kind, value)
    return found


def _assignments(text: str) -> list[tuple[str, Any]]:
    import re

    found, at = [], 0
    form = re.compile(r"\s*(?P<name>[A-Za-z]\w*)\s*=\s*(?:\[(?P<many>[^\]]*)\]|(?P<one>[^,\[]*))\s*(?:,|$)")
    while at < len(text):
        match = form.match(text, at)
        if match is None:
            raise ValueError(f"Malformed hyperparameter value: {text[at:]}")
        many = match["many"]
        found.append((match["name"], match["one"].strip() if many is None else [v.strip() for v in many.split(",") if v.strip()]))
        at = match.end()
    return found
