"""Checkpoints that TensorFlow 1.15.5 wrote (tests/tf1/data/ckpt): V2, V1, and variables in parts."""

import os
from pathlib import Path

import numpy as np
import pytest

import tfnb as tf
from tfnb.core.checksum import crc32c, masked, unmasked
from tfnb.train.bundle import open_checkpoint, write_bundle
from tfnb.train.table import read_table, write_table

CKPT = Path(__file__).parent / "data" / "ckpt"


@pytest.mark.parametrize("name", ["v2", "v1", "sharded"])
def test_values(name):
    c = open_checkpoint(str(CKPT / name))
    assert len(c) == 52
    np.testing.assert_array_equal(c["dense/kernel"], np.random.RandomState(0).randn(3, 4).astype(np.float32))
    assert c["parted"].tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]
    assert c["words"].tolist() == [[b"a", b"bcd"], [b"", b"\xc3\xa9"]] and c["text"] == b"hello"
    assert c["flags"].tolist() == [True, False] and c["half"].dtype == np.float16 and c["half"].tolist() == [1.5, 2.5]
    assert c["z"] == 1 + 2j and c["empty"].shape == (0, 3) and c["double"] == 3.25 and c["bytes"].tolist() == [1, 2, 255]
    assert c["global_step"] == 7 and c["global_step"].dtype == np.int64 and c["many/number_39"] == 39


def test_the_table_is_written_as_tensorflow_writes_it():
    data = (CKPT / "v2.index").read_bytes()
    assert write_table(read_table(data).items()) == data


def test_large_tables_come_back():
    entries = [(f"layer_{i:06d}/kernel".encode(), os.urandom(i % 50)) for i in range(20000)]
    assert list(read_table(write_table(entries)).items()) == entries


def test_bundles_are_written_as_tensorflow_writes_them(tmp_path):
    c = open_checkpoint(str(CKPT / "v2"))
    values = {k: c[k] for k in c if k != "parted"}
    write_bundle(str(tmp_path / "m"), values, lambda path, data: Path(path).write_bytes(data))
    ours, theirs = read_table((tmp_path / "m.index").read_bytes()), read_table((CKPT / "v2.index").read_bytes())
    from tfnb.core.protos import BundleEntryProto

    for name in values:  # the same checksums, too
        a, b = BundleEntryProto.FromString(ours[name.encode()]), BundleEntryProto.FromString(theirs[name.encode()])
        assert (a.dtype, a.shape, a.size, a.crc32c) == (b.dtype, b.shape, b.size, b.crc32c), name


def test_damage_is_noticed(tmp_path):
    for suffix in (".index", ".data-00000-of-00001"):
        (tmp_path / ("m" + suffix)).write_bytes((CKPT / ("v2" + suffix)).read_bytes())
    data = tmp_path / "m.data-00000-of-00001"
    raw = bytearray(data.read_bytes())
    raw[20] ^= 1
    data.write_bytes(raw)
    with pytest.raises(tf.errors.DataLossError, match="Checksum does not match: dense/kernel"):
        open_checkpoint(str(tmp_path / "m"))["dense/kernel"]
    (tmp_path / "m.index").write_bytes(b"nothing" * 20)
    with pytest.raises(tf.errors.DataLossError, match="bad magic number"):
        open_checkpoint(str(tmp_path / "m"))


def test_checksums_of_long_data():
    data = os.urandom(200_003)
    bit_by_bit = 0xFFFFFFFF
    for byte in data:
        bit_by_bit ^= byte
        for _ in range(8):
            bit_by_bit = bit_by_bit >> 1 ^ (0x82F63B78 if bit_by_bit & 1 else 0)
    assert crc32c(data) == bit_by_bit ^ 0xFFFFFFFF == crc32c(data[5:], crc32c(data[:5]))
    assert crc32c(b"123456789") == 0xE3069283 and unmasked(masked(12345)) == 12345
