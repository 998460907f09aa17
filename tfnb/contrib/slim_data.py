"""slim's data sets: files of examples, how to read them and how to decode what is in them.

    decoder = TFExampleDecoder({"image/class/label": tf.FixedLenFeature([], tf.int64)}, {"label": Tensor("image/class/label")})
    data = Dataset("train-*.tfrecord", tf.TFRecordReader, decoder, num_samples=100, items_to_descriptions={})
    (label,) = DatasetDataProvider(data).get(["label"])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tfnb as tf

__all__ = [
    "BackupHandler", "BoundingBox", "DataDecoder", "Dataset", "DatasetDataProvider", "Image", "ItemHandler", "ItemHandlerCallback", "SparseTensor",
    "TFExampleDecoder", "Tensor", "get_data_files", "parallel_read",
]  # fmt: skip


class Dataset:
    """What is known of a data set: its files, its reader's class, its decoder, its size; whatever else is given is kept by name.

    >>> data = tf.contrib.slim.dataset.Dataset("*.tfrecord", tf.TFRecordReader, None, 100, {}, num_classes=10)
    >>> print(data.num_samples, data.num_classes)
    100 10
    """

    def __init__(self, data_sources: Any, reader: Any, decoder: Any, num_samples: int | None, items_to_descriptions: Any, **kwargs: Any) -> None:
        self.__dict__.update(kwargs, data_sources=data_sources, reader=reader, decoder=decoder, num_samples=num_samples,
                             items_to_descriptions=items_to_descriptions)  # fmt: skip


# -- decoding ----------------------------------------------------------------------------------------------------
class DataDecoder:
    """The base of decoders: `decode(data, items)` gives tensors, `list_items()` their names.

    >>> decoder = tf.contrib.slim.data_decoder.DataDecoder()
    """

    def decode(self, data: Any, items: list[str]) -> list[Any]:
        raise NotImplementedError

    def list_items(self) -> list[str]:
        raise NotImplementedError


class ItemHandler:
    """The base of what makes an item of an example's features, whose `keys` it names.

    >>> print(tf.contrib.slim.tfexample_decoder.ItemHandler("a").keys)
    ['a']
    """

    def __init__(self, keys: Any) -> None:
        self._keys = list(keys) if isinstance(keys, (list, tuple)) else [keys]

    @property
    def keys(self) -> list[str]:
        return self._keys

    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        raise NotImplementedError


class ItemHandlerCallback(ItemHandler):
    """An item made by a function of the features by key.

    >>> handler = tf.contrib.slim.tfexample_decoder.ItemHandlerCallback(["a"], lambda found: found["a"] + 1)
    >>> print(handler.tensors_to_item({"a": 1}))
    2
    """

    def __init__(self, keys: Any, func: Callable[[dict[str, Any]], Any]) -> None:
        super().__init__(keys)
        self._function = func

    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        return self._function(keys_to_tensors)


class Tensor(ItemHandler):
    """A feature as it is, in a `shape` (given, or in the features `shape_keys`) where asked for.

    >>> handler = tf.contrib.slim.tfexample_decoder.Tensor("a", shape=[2, 2])
    >>> print(handler.tensors_to_item({"a": tf.range(4)}).eval())
    [[0 1]
     [2 3]]
    """

    def __init__(self, tensor_key: str, shape_keys: Any = None, shape: Any = None, default_value: Any = 0) -> None:
        if shape_keys and shape is not None:
            raise ValueError("Cannot specify both shape_keys and shape parameters.")
        shape_keys = [shape_keys] if shape_keys and not isinstance(shape_keys, (list, tuple)) else list(shape_keys or [])
        super().__init__([tensor_key, *shape_keys])
        self._key, self._shape_keys, self._shape, self._default = tensor_key, shape_keys, shape, default_value

    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        x, shape = keys_to_tensors[self._key], self._shape
        if self._shape_keys:
            sizes = [_dense(keys_to_tensors[k]) for k in self._shape_keys]
            shape = tf.concat([tf.cast(tf.reshape(s, [-1]), tf.int32) for s in sizes], 0)
        if isinstance(x, tf.SparseTensor):
            if shape is not None:
                x = tf.sparse_reshape(x, shape)
            return tf.sparse_tensor_to_dense(x, self._default)
        return x if shape is None else tf.reshape(x, shape)


def _dense(x: Any) -> Any:
    return tf.sparse_tensor_to_dense(x) if isinstance(x, tf.SparseTensor) else x


class SparseTensor(ItemHandler):
    """A sparse tensor of a feature of indices and one of values.

    >>> print(tf.contrib.slim.tfexample_decoder.SparseTensor().keys)
    ['indices', 'values']
    """

    def __init__(self, indices_key: str | None = None, values_key: str | None = None, shape_key: str | None = None, shape: Any = None,
                 densify: bool = False, default_value: Any = 0) -> None:  # fmt: skip
        self._indices, self._values, self._shape_key = indices_key or "indices", values_key or "values", shape_key
        self._shape, self._densify, self._default = shape, densify, default_value
        super().__init__([self._indices, self._values, *([shape_key] if shape_key else [])])

    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        indices, values = _dense(keys_to_tensors[self._indices]), _dense(keys_to_tensors[self._values])
        shape = _dense(keys_to_tensors[self._shape_key]) if self._shape_key else self._shape
        rows = tf.reshape(tf.cast(indices, tf.int64), [-1, 1])
        made = tf.SparseTensor(rows, tf.reshape(values, [-1]), tf.cast(shape, tf.int64))
        return tf.sparse_tensor_to_dense(made, self._default) if self._densify else made


class Image(ItemHandler):
    """A picture from its bytes and the name of their format ('jpeg', 'png', 'raw' ...): [height, width, channels].

    >>> handler = tf.contrib.slim.tfexample_decoder.Image(channels=1)
    >>> png = tf.image.encode_png(tf.zeros([2, 3, 1], tf.uint8))
    >>> print(handler.tensors_to_item({"image/encoded": png, "image/format": tf.constant("png")}).eval().shape)
    (2, 3, 1)
    """

    def __init__(self, image_key: str | None = None, format_key: str | None = None, shape: Any = None, channels: int = 3, dtype: Any = tf.uint8,
                 repeated: bool = False, dct_method: str = "") -> None:  # fmt: skip
        self._image, self._format = image_key or "image/encoded", format_key or "image/format"
        super().__init__([self._image, self._format])
        self._shape, self._channels, self._dtype, self._repeated = shape, channels, dtype, repeated

    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        data, form = keys_to_tensors[self._image], keys_to_tensors[self._format]
        if self._repeated:
            return tf.map_fn(lambda x: self._decoded(x, form), data, dtype=self._dtype)
        return self._decoded(data, form)

    def _decoded(self, data: Any, form: Any) -> Any:
        def encoded() -> Any:
            return tf.cast(tf.image.decode_image(data, channels=self._channels), self._dtype)

        is_raw = tf.logical_or(tf.equal(form, "raw"), tf.equal(form, "RAW"))
        if self._shape is None:
            picture = encoded()  # raw bytes have no size of their own
            picture.set_shape([None, None, self._channels])
            return picture
        picture = tf.cond(is_raw, lambda: tf.decode_raw(data, self._dtype), lambda: tf.reshape(encoded(), [-1]))
        return tf.reshape(picture, self._shape)


class BoundingBox(ItemHandler):
    """Boxes [boxes, 4] of the features of their four sides, ymin, xmin, ymax and xmax.

    >>> handler = tf.contrib.slim.tfexample_decoder.BoundingBox(prefix="box/")
    >>> print(handler.tensors_to_item({f"box/{k}": tf.constant([0.5]) for k in ("ymin", "xmin", "ymax", "xmax")}).eval())
    [[0.5 0.5 0.5 0.5]]
    """

    def __init__(self, keys: Any = None, prefix: str = "") -> None:
        names = list(keys or ["ymin", "xmin", "ymax", "xmax"])
        if len(names) != 4:
            raise ValueError("BoundingBox expects 4 keys but got {}".format(len(names)))  # noqa: UP032
        super().__init__([prefix + k for k in names])

    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        return tf.stack([tf.reshape(_dense(keys_to_tensors[k]), [-1]) for k in self.keys], axis=1)


class BackupHandler(ItemHandler):
    """The item of a handler, or that of another where the first has no elements.

    >>> T = tf.contrib.slim.tfexample_decoder.Tensor
    >>> handler = tf.contrib.slim.tfexample_decoder.BackupHandler(T("a"), T("b"))
    >>> print(handler.tensors_to_item({"a": tf.zeros([0]), "b": tf.ones([1])}).eval())
    [1.]
    """

    def __init__(self, handler: Any, backup: Any) -> None:
        super().__init__([*handler.keys, *backup.keys])
        self._handler, self._backup = handler, backup

    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        item, backup = self._handler.tensors_to_item(keys_to_tensors), self._backup.tensors_to_item(keys_to_tensors)
        return tf.cond(tf.equal(tf.reduce_prod(tf.shape(item)), 0), lambda: tf.identity(backup), lambda: tf.identity(item))


class TFExampleDecoder(DataDecoder):
    """Decodes a serialized tf.train.Example: its features by `keys_to_features`, items of them by `items_to_handlers`.

    >>> D = tf.contrib.slim.tfexample_decoder
    >>> decoder = D.TFExampleDecoder({"n": tf.FixedLenFeature([], tf.int64)}, {"number": D.Tensor("n")})
    >>> data = tf.train.Example(features=tf.train.Features(feature={"n": tf.train.Feature(int64_list=tf.train.Int64List(value=[7]))}))
    >>> print(decoder.list_items(), decoder.decode(tf.constant(data.SerializeToString()))[0].eval())
    ['number'] 7
    """

    def __init__(self, keys_to_features: dict[str, Any], items_to_handlers: dict[str, Any]) -> None:
        self._features, self._handlers = keys_to_features, items_to_handlers

    def list_items(self) -> list[str]:
        return list(self._handlers)

    def decode(self, serialized_example: Any, items: Any = None) -> list[Any]:
        found = tf.parse_single_example(serialized_example, self._features)
        return [self._handlers[i].tensors_to_item({k: found[k] for k in self._handlers[i].keys}) for i in items or self._handlers]  # noqa: SIM118


# -- reading -----------------------------------------------------------------------------------------------------
def get_data_files(data_sources: Any) -> list[str]:
    """The files of paths and patterns. Raises ValueError where there are none.

    >>> open("a.txt", "w").close()
    >>> print(len(tf.contrib.slim.parallel_reader.get_data_files("*.txt")))
    1
    """
    sources = data_sources if isinstance(data_sources, (list, tuple)) else [data_sources]
    files = [f for s in sources for f in ([s] if not any(c in s for c in "*?[") else sorted(tf.gfile.Glob(s)))]
    if not files:
        raise ValueError(f"No data files found in {data_sources}")
    return files


def parallel_read(data_sources: Any, reader_class: Any, num_epochs: int | None = None, num_readers: int = 4, reader_kwargs: Any = None,
                  shuffle: bool = True, dtypes: Any = None, capacity: int = 256, min_after_dequeue: int = 128, seed: int | None = None,
                  scope: str | None = None) -> Any:  # fmt: skip
    """(key, value) of a record, from a queue that several readers fill."""
    with tf.name_scope(scope, "parallel_read"):
        names = tf.train.string_input_producer(get_data_files(data_sources), num_epochs, shuffle, seed, name="filenames")
        types = dtypes or [tf.string, tf.string]
        queue = tf.RandomShuffleQueue(capacity, min_after_dequeue, types, seed=seed, name="common_queue") if shuffle else tf.FIFOQueue(
            capacity, types, name="common_queue")  # fmt: skip
        records = [reader_class(**(reader_kwargs or {})).read(names) for _ in range(num_readers)]
        tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue(list(r)) for r in records]))
        return queue.dequeue()


class DatasetDataProvider:
    """The items of a `Dataset`, an example at each run; its queues must be started.

    >>> T = tf.contrib.slim.tfexample_decoder
    >>> feature = tf.train.Feature(int64_list=tf.train.Int64List(value=[7]))
    >>> with tf.python_io.TFRecordWriter("one.tfrecord") as file:
    ...     file.write(tf.train.Example(features=tf.train.Features(feature={"n": feature})).SerializeToString())
    >>> decoder = T.TFExampleDecoder({"n": tf.FixedLenFeature([], tf.int64)}, {"number": T.Tensor("n")})
    >>> data = tf.contrib.slim.dataset.Dataset("one.tfrecord", tf.TFRecordReader, decoder, 1, {})
    >>> (number,) = tf.contrib.slim.dataset_data_provider.DatasetDataProvider(data, shuffle=False).get(["number"])
    >>> threads = tf.train.start_queue_runners(sess)
    >>> print(number.eval())
    7
    """

    def __init__(self, dataset: Any, num_readers: int = 1, reader_kwargs: Any = None, shuffle: bool = True, num_epochs: int | None = None,
                 common_queue_capacity: int = 256, common_queue_min: int = 128, record_key: str = "record_key", seed: int | None = None,
                 scope: str | None = None) -> None:  # fmt: skip
        key, data = parallel_read(dataset.data_sources, dataset.reader, num_epochs, num_readers, reader_kwargs, shuffle, None,
                                  common_queue_capacity, common_queue_min, seed, scope)  # fmt: skip
        items = dataset.decoder.list_items()
        if record_key in items:
            raise ValueError(f"The item name used for `record_key` cannot also be used for a dataset item: {record_key}")
        self._items = {**dict(zip(items, dataset.decoder.decode(data, items), strict=True)), record_key: key}
        self._num_samples = dataset.num_samples

    def get(self, items: list[str]) -> list[Any]:
        """The tensors of these items. Raises ValueError for one that the data set has not."""
        unknown = [i for i in items if i not in self._items]
        if unknown:
            raise ValueError(f"Item {unknown[0]} is not in the list of items: {self.list_items()}")
        return [self._items[i] for i in items]

    def list_items(self) -> list[str]:
        return list(self._items)

    def num_samples(self) -> int | None:
        return self._num_samples  # type: ignore[no-any-return]
