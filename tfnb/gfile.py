"""tf.gfile: files and folders, with TensorFlow's names and errors.

    with tf.gfile.GFile("notes.txt", "w") as f:
        f.write("one line\\n")
    tf.gfile.Exists("notes.txt")
"""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
from collections.abc import Iterator
from typing import Any, NamedTuple

from tfnb.compat import as_bytes, as_str_any
from tfnb.core.errors import (
    AlreadyExistsError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    UnknownError,
)

__all__ = [
    "Copy", "DeleteRecursively", "Exists", "FastGFile", "GFile", "Glob", "IsDirectory", "ListDirectory", "MakeDirs",
    "MkDir", "Open", "Remove", "Rename", "Stat", "Walk",
]  # fmt: skip

_MODES = ("r", "w", "a", "r+", "w+", "a+")


def _path(name: Any) -> str:
    return as_str_any(os.fspath(name) if hasattr(name, "__fspath__") else name)


@contextlib.contextmanager
def as_tensorflow(path: str) -> Iterator[None]:
    """Turns the operating system's errors inside the block into TensorFlow's."""
    try:
        yield
    except FileNotFoundError:
        raise NotFoundError(None, None, f"{path}; No such file or directory") from None
    except FileExistsError:
        raise AlreadyExistsError(None, None, f"{path}; File exists") from None
    except PermissionError as e:
        raise PermissionDeniedError(None, None, f"{path}; {e.strerror}") from None
    except (IsADirectoryError, NotADirectoryError) as e:
        raise FailedPreconditionError(None, None, f"{path}; {e.strerror}") from None
    except OSError as e:
        raise UnknownError(None, None, f"{path}; {e.strerror}") from None


class FileStatistics(NamedTuple):
    """What `Stat` tells about a file."""

    length: int
    mtime_nsec: int
    is_directory: bool


class GFile:
    """An open file. Text unless the mode has a `b`; it is opened when it is first read or written.

    >>> with tf.gfile.Open("a.txt", "w") as f: n = f.write("hello")
    >>> tf.gfile.Open("a.txt").read()
    'hello'
    """

    def __init__(self, name: Any, mode: str = "r") -> None:
        self._binary = "b" in mode
        self._mode = mode.replace("b", "")
        if self._mode not in _MODES:
            raise InvalidArgumentError(None, None, "mode is not 'r' or 'w' or 'a' or 'r+' or 'w+' or 'a+'")
        self._name, self._file = name, None

    @property
    def name(self) -> Any:
        return self._name

    @property
    def mode(self) -> str:
        return self._mode

    def _opened(self, verb: str) -> Any:
        plus = "+" in self._mode
        if not (plus or (self._mode == "r") == (verb == "reading")):
            raise PermissionDeniedError(None, None, f"File isn't open for {verb}")
        if self._file is None:
            path = _path(self._name)
            with as_tensorflow(path):
                self._file = open(path, self._mode[0] + "b" + self._mode[1:])  # noqa: SIM115 - closed by `close`
        return self._file

    def _given(self, data: bytes) -> Any:
        return data if self._binary else data.decode("utf-8")

    def read(self, n: int = -1) -> Any:
        """The next `n` bytes, or all that are left."""
        with as_tensorflow(_path(self._name)):
            return self._given(self._opened("reading").read(n))

    def readline(self) -> Any:
        return self._given(self._opened("reading").readline())

    def readlines(self) -> list[Any]:
        return [self._given(line) for line in self._opened("reading").readlines()]

    def write(self, file_content: Any) -> None:
        self._opened("writing").write(as_bytes(file_content))

    def seek(self, offset: int | None = None, whence: int = 0, position: int | None = None) -> None:
        self._opened("reading").seek(offset if position is None else position, whence)

    def tell(self) -> int:
        return int(self._opened("reading" if self._mode == "r" else "writing").tell())

    def size(self) -> int:
        """How many bytes the file has."""
        self.flush()
        return Stat(self._name).length

    def flush(self) -> None:
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        if self._file is None and self._mode == "w":
            self._opened("writing")  # writing nothing makes an empty file
        if self._file is not None:
            self._file.close()
        self._file = None

    def __enter__(self) -> GFile:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    next = __next__


FastGFile = Open = GFile


def Exists(filename: Any) -> bool:
    """Whether there is a file or folder of this name.

    >>> tf.gfile.Exists("nowhere")
    False
    """
    return os.path.exists(_path(filename))


def IsDirectory(dirname: Any) -> bool:
    """Whether this is a folder.

    >>> tf.gfile.IsDirectory(".")
    True
    """
    return os.path.isdir(_path(dirname))


def ListDirectory(dirname: Any) -> list[str]:
    """The names in a folder, without `.` and `..`. Raises NotFoundError where there is no folder.

    >>> tf.gfile.MakeDirs("d/e")
    >>> tf.gfile.ListDirectory("d")
    ['e']
    """
    if not IsDirectory(dirname):
        raise NotFoundError(None, None, f"Could not find directory {_path(dirname)}")
    return sorted(os.listdir(_path(dirname)))


def Glob(filename: Any) -> list[str]:
    """The files that a pattern, or any of a list of patterns, matches; sorted.

    >>> tf.gfile.Glob("nowhere*")
    []
    """
    patterns = filename if isinstance(filename, (list, tuple)) else [filename]
    return [found for p in patterns for found in sorted(glob.glob(_path(p)))]


def MakeDirs(dirname: Any) -> None:
    """Makes a folder and those above it; nothing where it is there already.

    >>> tf.gfile.MakeDirs("a/b")
    >>> tf.gfile.IsDirectory("a/b")
    True
    """
    with as_tensorflow(_path(dirname)):
        os.makedirs(_path(dirname), exist_ok=True)


def MkDir(dirname: Any) -> None:
    """Makes a folder in one that is there.

    >>> tf.gfile.MkDir("c")
    >>> tf.gfile.IsDirectory("c")
    True
    """
    if not IsDirectory(dirname):
        with as_tensorflow(_path(dirname)):
            os.mkdir(_path(dirname))


def Remove(filename: Any) -> None:
    """Deletes a file.

    >>> tf.write_file("b.txt", "x").run()
    >>> tf.gfile.Remove("b.txt")
    >>> tf.gfile.Exists("b.txt")
    False
    """
    with as_tensorflow(_path(filename)):
        os.remove(_path(filename))


def DeleteRecursively(dirname: Any) -> None:
    """Deletes a folder with all in it.

    >>> tf.gfile.MakeDirs("f/g")
    >>> tf.gfile.DeleteRecursively("f")
    >>> tf.gfile.Exists("f")
    False
    """
    path = _path(dirname)
    if not os.path.lexists(path):
        raise NotFoundError(None, None, f"{path} not found")
    with as_tensorflow(path):
        shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.remove(path)


def Copy(oldpath: Any, newpath: Any, overwrite: bool = False) -> None:
    """Copies a file. Raises AlreadyExistsError for one that is there, unless it may be overwritten.

    >>> tf.write_file("b.txt", "x").run()
    >>> tf.gfile.Copy("b.txt", "e.txt", overwrite=True)
    >>> tf.gfile.Exists("e.txt")
    True
    """
    _new(newpath, overwrite)
    with as_tensorflow(_path(oldpath)):
        shutil.copyfile(_path(oldpath), _path(newpath))


def Rename(oldname: Any, newname: Any, overwrite: bool = False) -> None:
    """Moves a file or folder. Raises AlreadyExistsError for one that is there, unless it may be overwritten.

    >>> tf.write_file("b.txt", "x").run()
    >>> tf.gfile.Rename("b.txt", "c.txt")
    >>> tf.gfile.Exists("c.txt")
    True
    """
    _new(newname, overwrite)
    with as_tensorflow(_path(oldname)):
        os.replace(_path(oldname), _path(newname))


def _new(path: Any, overwrite: bool) -> None:
    if not overwrite and Exists(path):
        raise AlreadyExistsError(None, None, "file already exists")


def Stat(filename: Any) -> FileStatistics:
    """Length, time of change and kind of a file.

    >>> with open("a.txt", "w") as file:
    ...     _ = file.write("four")
    >>> print(tf.gfile.Stat("a.txt").length)
    4
    """
    with as_tensorflow(_path(filename)):
        found = os.stat(_path(filename))
    return FileStatistics(found.st_size, found.st_mtime_ns, os.path.isdir(_path(filename)))


def Walk(top: Any, in_order: bool = True) -> Iterator[tuple[str, list[str], list[str]]]:
    """Folder, its folders and its files, for `top` and all below it.

    >>> tf.gfile.MakeDirs("a/b")
    >>> print([folder for folder, _, _ in tf.gfile.Walk("a")])
    ['a', 'a/b']
    """
    for folder, folders, files in os.walk(_path(top), topdown=in_order):
        folders.sort()
        yield folder, list(folders), sorted(files)
