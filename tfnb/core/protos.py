"""TensorFlow's messages: GraphDef, ConfigProto, Event and the others, as classes of the protobuf library.

    from tfnb.core import protos
    protos.GraphDef.FromString(data).node[0].op

`protos.txt` beside this file lists their fields; it is read when the first message is asked for. They live in a pool of
their own, so that a TensorFlow or TensorBoard in the same process keeps its.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

_SCALARS = ("double", "float", "int64", "uint64", "int32", "fixed64", "fixed32", "bool", "string", "group", "message", "bytes", "uint32",
            "enum", "sfixed32", "sfixed64", "sint32", "sint64")  # fmt: skip
_ANY = "google.protobuf.Any"


class _Schema:
    """The text as one file descriptor."""

    def __init__(self, text: str) -> None:
        from google.protobuf import descriptor_pb2

        self.file = descriptor_pb2.FileDescriptorProto(name="tfnb/tensorflow.proto", package="tensorflow", syntax="proto3")
        self.file.dependency.append("google/protobuf/any.proto")
        lines = [line.split() for line in text.splitlines() if line and line[0] != "#"]
        self.enums = {words[1] for words in lines if words[0] == "enum"}
        self.messages: dict[str, Any] = {}
        for words in lines:
            if words[0] == "message":
                current = self.messages[words[1]] = self._place(words[1], "message_type", "nested_type").add(name=words[1].split(".")[-1])
            elif words[0] == "enum":
                self._enum(words[1], words[2:])
            else:
                self._field(current, words)

    def _place(self, name: str, top: str, inside: str) -> Any:
        outer = name.rpartition(".")[0]
        return getattr(self.messages[outer], inside) if outer else getattr(self.file, top)

    def _enum(self, name: str, values: list[str]) -> None:
        made = self._place(name, "enum_type", "enum_type").add(name=name.split(".")[-1])
        numbers = [v.split("=") for v in values]
        made.options.allow_alias = len({n for _, n in numbers}) < len(numbers)
        if not made.options.allow_alias:
            made.ClearField("options")
        for value, n in numbers:
            made.value.add(name=value, number=int(n))

    def _field(self, message: Any, words: list[str]) -> None:
        number, name, *rest = words
        many, rest = rest[0] == "repeated", rest[rest[0] == "repeated" :]
        pair = re.fullmatch(r"map<(\w+),([\w.]+)>", rest[0])
        made = message.field.add(name=name, number=int(number), label=3 if many or pair else 1)
        if pair:
            entry = message.nested_type.add(name=name.title().replace("_", "") + "Entry")
            entry.options.map_entry = True
            for i, kind in enumerate(pair.groups()):
                self._type(entry.field.add(name=("key", "value")[i], number=i + 1, label=1), kind)
            made.type, made.type_name = 11, f".tensorflow.{self._name_of(message)}.{entry.name}"
        else:
            self._type(made, rest[0])
        for flag in rest[1:]:
            if flag == "unpacked":
                made.options.packed = False
            else:
                self._join(message, made, flag.removeprefix("oneof="))

    def _type(self, made: Any, kind: str) -> None:
        if kind in _SCALARS:
            made.type = _SCALARS.index(kind) + 1
        else:
            made.type = 14 if kind in self.enums else 11
            made.type_name = f".{kind}" if kind == _ANY else f".tensorflow.{kind}"

    def _join(self, message: Any, made: Any, group: str) -> None:
        names = [o.name for o in message.oneof_decl]
        if group not in names:
            message.oneof_decl.add(name=group)
            names.append(group)
        made.oneof_index = names.index(group)

    def _name_of(self, message: Any) -> str:
        return next(name for name, m in self.messages.items() if m is message)


@functools.cache
def _pool() -> Any:
    from google.protobuf import any_pb2, descriptor_pool

    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(any_pb2.DESCRIPTOR.serialized_pb)
    schema = _Schema(Path(__file__).with_suffix(".txt").read_text(encoding="utf-8"))
    pool.AddSerializedFile(schema.file.SerializeToString())
    return pool


@functools.cache
def names() -> tuple[str, ...]:
    """The messages and enums that are not inside another."""
    file = _pool().FindFileByName("tfnb/tensorflow.proto")
    return (*file.message_types_by_name, *file.enum_types_by_name)


def _text(message: Any) -> str:
    """The text form with maps in the order of their keys, which the library's own `str` turns round."""
    from google.protobuf import text_format

    return text_format.MessageToString(message)  # type: ignore[no-any-return]


def __getattr__(name: str) -> Any:
    if name.startswith("__") or name not in names():
        raise AttributeError(f"TensorFlow 1.15 has no message {name!r}")
    from google.protobuf import message_factory
    from google.protobuf.internal import enum_type_wrapper

    file = _pool().FindFileByName("tfnb/tensorflow.proto")
    if name in file.enum_types_by_name:
        made: Any = enum_type_wrapper.EnumTypeWrapper(file.enum_types_by_name[name])
    else:
        made = message_factory.GetMessageClass(file.message_types_by_name[name])
        made.__str__ = made.__repr__ = _text
    globals()[name] = made
    return made
