"""tf.io: files, records and examples under their later names."""

from __future__ import annotations

from typing import Any

from tfnb import gfile as _files
from tfnb.lazy import Part

__all__ = ["gfile"]

gfile = Part(
    "tf.io.gfile",
    GFile=_files.GFile, copy=_files.Copy, exists=_files.Exists, glob=_files.Glob, isdir=_files.IsDirectory,
    listdir=_files.ListDirectory, makedirs=_files.MakeDirs, mkdir=_files.MkDir, remove=_files.Remove,
    rename=_files.Rename, rmtree=_files.DeleteRecursively, stat=_files.Stat, walk=_files.Walk,
)  # fmt: skip

_RECORDS = ("TFRecordCompressionType", "TFRecordOptions", "TFRecordWriter", "tf_record_iterator")
_NAMES = (
    "FixedLenFeature", "FixedLenSequenceFeature", "PaddingFIFOQueue", "PriorityQueue", "QueueBase", "RandomShuffleQueue",
    "SparseFeature", "VarLenFeature", "decode_base64", "decode_csv", "decode_raw", "encode_base64", "matching_files",
    "parse_example", "parse_sequence_example", "parse_single_example", "parse_single_sequence_example", "read_file",
    "write_file", "parse_tensor", "serialize_tensor", "decode_json_example", "decode_compressed",
)  # fmt: skip
_IMAGES = ("decode_bmp", "decode_gif", "decode_image", "decode_jpeg", "decode_png", "encode_jpeg", "encode_png", "is_jpeg",
           "decode_and_crop_jpeg", "extract_jpeg_shape")  # fmt: skip
_TRAIN = ("match_filenames_once", "write_graph")


def __getattr__(name: str) -> Any:
    import tfnb

    for names, place in ((_RECORDS, "python_io"), (_IMAGES, "image"), (_TRAIN, "train")):
        if name in names:
            return getattr(getattr(tfnb, place), name)
    if name in _NAMES:
        return getattr(tfnb, name)
    from tfnb.coverage import absent

    raise absent("tf.io", name)


def __dir__() -> list[str]:
    return sorted(("gfile", *_RECORDS, *_NAMES, *_IMAGES, *_TRAIN))
