"""tf.data: datasets and the iterators that go through them."""

from __future__ import annotations

from typing import Any

from tfnb.core.dtypes import int64, string
from tfnb.core.op import convert_to_tensor
from tfnb.core.shapes import TensorShape
from tfnb.data import experimental, ops
from tfnb.data.dataset import Dataset
from tfnb.data.functions import described
from tfnb.data.iterators import Iterator
from tfnb.data.structures import Leaf

__all__ = [
    "Dataset", "FixedLengthRecordDataset", "Iterator", "Options", "TFRecordDataset", "TextLineDataset", "experimental",
    "get_output_classes", "get_output_shapes", "get_output_types", "make_initializable_iterator", "make_one_shot_iterator",
]  # fmt: skip

_TEXT = Leaf(string, TensorShape.of(()))


class Options:
    """How TensorFlow is to run a dataset. Any option is taken; none changes what the dataset gives.

    >>> options = tf.data.Options()
    >>> options.experimental_deterministic = False
    >>> print(options.experimental_deterministic)
    False
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = Options()
        object.__setattr__(self, name, value)
        return value


def _text(value: Any, name: str) -> Any:
    return convert_to_tensor("" if value is None else value, string, name)


def _size(value: Any, name: str, default: int = 0) -> Any:
    return convert_to_tensor(default if value is None else value, int64, name)


class _Files(Dataset):
    """A dataset of what is in files, one after the other."""

    def __init__(self, definition: Any, *inputs: Any) -> None:
        super().__init__(definition(*inputs, **described(_TEXT)), _TEXT)

    @staticmethod
    def _names(filenames: Any) -> Any:
        return filenames if isinstance(filenames, Dataset) else convert_to_tensor(filenames, string, "filenames")

    def __repr__(self) -> str:
        return f"<{type(self).__name__}V1 shapes: (), types: tf.string>"


class TextLineDataset(_Files):
    """The lines of text files, without their ends; `filenames` is a name, a list of names or a dataset of them.

    >>> tf.write_file("a.txt", "one\\ntwo").run()
    >>> print(tf.data.TextLineDataset("a.txt").make_one_shot_iterator().get_next().eval())
    b'one'
    """

    def __init__(self, filenames: Any, compression_type: Any = None, buffer_size: Any = None, num_parallel_reads: Any = None) -> None:
        self._open(ops.text_line_dataset, filenames, compression_type, buffer_size)

    def _open(self, definition: Any, filenames: Any, compression_type: Any, buffer_size: Any) -> None:
        def one(name: Any) -> Any:
            size = _size(buffer_size, "buffer_size", 256 * 1024)
            return definition(self._names(name), _text(compression_type, "compression_type"), size, **described(_TEXT))

        if isinstance(filenames, Dataset):
            inner = filenames.flat_map(lambda name: Dataset(one(name), _TEXT))
            Dataset.__init__(self, inner._variant_tensor, _TEXT)
        else:
            Dataset.__init__(self, one(filenames), _TEXT)


class TFRecordDataset(TextLineDataset):
    """The records of TFRecord files; `filenames` is a name, a list of names or a dataset of them.

    >>> with tf.io.TFRecordWriter("data.tfrecord") as writer:
    ...     writer.write(b"one")
    >>> record = tf.data.make_one_shot_iterator(tf.data.TFRecordDataset("data.tfrecord")).get_next()
    >>> print(record.eval())
    b'one'
    """

    def __init__(self, filenames: Any, compression_type: Any = None, buffer_size: Any = None, num_parallel_reads: Any = None) -> None:
        self._open(ops.tf_record_dataset, filenames, compression_type, buffer_size)


class FixedLengthRecordDataset(_Files):
    """Records of `record_bytes` bytes each, between a header and a footer.

    >>> with open("data.bin", "wb") as file:
    ...     _ = file.write(b"abcdef")
    >>> record = tf.data.make_one_shot_iterator(tf.data.FixedLengthRecordDataset("data.bin", 3)).get_next()
    >>> print(sess.run(record), sess.run(record))
    b'abc' b'def'
    """

    def __init__(self, filenames: Any, record_bytes: Any, header_bytes: Any = None, footer_bytes: Any = None, buffer_size: Any = None,
                 compression_type: Any = None, num_parallel_reads: Any = None) -> None:  # fmt: skip
        sizes = (_size(header_bytes, "header_bytes"), _size(record_bytes, "record_bytes"), _size(footer_bytes, "footer_bytes"))
        super().__init__(ops.fixed_length_record_dataset, self._names(filenames), *sizes, _size(buffer_size, "buffer_size", 256 * 1024))


def make_one_shot_iterator(dataset: Dataset) -> Iterator:
    """An iterator that needs no initialiser and goes through the elements once.

    >>> number = tf.data.make_one_shot_iterator(tf.data.Dataset.range(3)).get_next()
    >>> print(sess.run(number), sess.run(number))
    0 1
    """
    return dataset.make_one_shot_iterator()  # type: ignore[no-any-return]


def make_initializable_iterator(dataset: Dataset, shared_name: str | None = None) -> Iterator:
    """An iterator to be started by running its `initializer`.

    >>> iterator = tf.data.make_initializable_iterator(tf.data.Dataset.range(3))
    >>> sess.run(iterator.initializer)
    >>> print(sess.run(iterator.get_next()))
    0
    """
    return dataset.make_initializable_iterator(shared_name)  # type: ignore[no-any-return]


def get_output_types(dataset_or_iterator: Any) -> Any:
    """The dtypes of an element.

    >>> print(tf.data.get_output_types(tf.data.Dataset.range(6)))
    <dtype: 'int64'>
    """
    return dataset_or_iterator.output_types


def get_output_shapes(dataset_or_iterator: Any) -> Any:
    """The shapes of an element.

    >>> print(tf.data.get_output_shapes(tf.data.Dataset.range(6).batch(2)))
    (?,)
    """
    return dataset_or_iterator.output_shapes


def get_output_classes(dataset_or_iterator: Any) -> Any:
    """The classes of an element's parts.

    >>> print(tf.data.get_output_classes(tf.data.Dataset.range(3)).__name__)
    Tensor
    """
    return dataset_or_iterator.output_classes
