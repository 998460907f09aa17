"""Files, records, flags and log lines; texts and bytes recorded from TensorFlow 1.15.5."""

import gzip
import zlib

import pytest

import tfnb as tf


def test_files_read_and_write_text_or_bytes(tmp_path):
    name = str(tmp_path / "a.txt")
    with tf.gfile.GFile(name, "w") as f:
        f.write("ab\ncd\n")
    f = tf.gfile.GFile(name)
    assert (f.readline(), f.tell(), f.readlines(), f.size(), f.mode) == ("ab\n", 3, ["cd\n"], 6, "r")
    assert tf.gfile.FastGFile(name, "rb").read() == b"ab\ncd\n"
    assert list(tf.io.gfile.GFile(name)) == ["ab\n", "cd\n"]
    with pytest.raises(tf.errors.PermissionDeniedError, match="File isn't open for writing"):
        f.write("x")
    with pytest.raises(tf.errors.InvalidArgumentError, match="mode is not 'r' or 'w' or 'a'"):
        tf.gfile.GFile(name, "x")


def test_folders(tmp_path):
    top = str(tmp_path / "top")
    tf.gfile.MakeDirs(top + "/a/b")
    tf.gfile.Open(top + "/f", "w").close()
    assert list(tf.gfile.Walk(top)) == [(top, ["a"], ["f"]), (top + "/a", ["b"], []), (top + "/a/b", [], [])]
    assert sorted(tf.gfile.Glob(top + "/*")) == [top + "/a", top + "/f"]
    tf.gfile.Copy(top + "/f", top + "/g")
    with pytest.raises(tf.errors.AlreadyExistsError, match="file already exists"):
        tf.gfile.Rename(top + "/f", top + "/g")
    tf.gfile.DeleteRecursively(top)
    assert not tf.gfile.Exists(top)
    assert not tf.gfile.IsDirectory(top)


@pytest.mark.parametrize("call, text", [
    (lambda: tf.gfile.ListDirectory("/nope"), "Could not find directory /nope"),
    (lambda: tf.gfile.GFile("/nope").read(), "/nope; No such file or directory"),
    (lambda: tf.gfile.Stat("/nope"), "/nope; No such file or directory"),
    (lambda: tf.gfile.DeleteRecursively("/nope"), "/nope not found"),
    (lambda: next(tf.python_io.tf_record_iterator("/nope")), "/nope; No such file or directory"),
])  # fmt: skip
def test_what_is_not_there(call, text):
    with pytest.raises(tf.errors.NotFoundError) as e:
        call()
    assert e.value.message == text


GZIPPED = "1f8b0800000000000003636680800d333df9129392f3c23f2a020032a97b3913000000"
ZLIBBED = "789c636680800d333df9129392f3c23f2a02001c7904a1"


@pytest.mark.parametrize("kind, unpack, recorded", [("GZIP", gzip.decompress, GZIPPED), ("ZLIB", zlib.decompress, ZLIBBED)])
def test_records_are_tensorflows(tmp_path, kind, unpack, recorded):
    plain, packed = str(tmp_path / "plain"), str(tmp_path / "packed")
    for path, options in ((plain, None), (packed, tf.python_io.TFRecordOptions(getattr(tf.python_io.TFRecordCompressionType, kind)))):
        with tf.python_io.TFRecordWriter(path, options=options) as w:
            w.write(b"abc")
        assert list(tf.python_io.tf_record_iterator(path, options)) == [b"abc"]
    with open(plain, "rb") as f, open(packed, "rb") as g:
        assert f.read() == unpack(bytes.fromhex(recorded)) == unpack(g.read())
    with pytest.raises(tf.errors.DataLossError, match="corrupted record at 0"):
        next(tf.python_io.tf_record_iterator(packed))


def test_example_has_tensorflows_bytes():
    f = tf.train.Feature
    example = tf.train.Example(features=tf.train.Features(feature={
        "a": f(int64_list=tf.train.Int64List(value=[1, 2])), "b": f(bytes_list=tf.train.BytesList(value=[b"x"])),
        "c": f(float_list=tf.train.FloatList(value=[0.5]))}))  # fmt: skip
    data = example.SerializeToString(deterministic=True)
    assert data.hex() == "0a280a0b0a016112061a040a0201020a0a0a016212050a030a01780a0d0a0163120812060a040000003f"
    assert list(tf.train.Example.FromString(data).features.feature["a"].int64_list.value) == [1, 2]


def test_flags():
    values = tf.flags.FlagValues()
    tf.flags.DEFINE_integer("n", 3, "how many", flag_values=values)
    tf.flags.DEFINE_boolean("b", False, "whether", flag_values=values)
    tf.flags.DEFINE_string("s", "a", "which", flag_values=values)
    tf.flags.DEFINE_list("l", "a,b", "some", flag_values=values)
    assert values(["x", "--n=7", "--bogus=1", "-b", "rest", "--s", "q"], known_only=True) == ["x", "--bogus=1", "rest"]
    assert (values.n, values.b, values.s, values.l) == (7, True, "q", ["a", "b"])
    values(["x", "--nob"])
    assert values.b is False
    with pytest.raises(tf.flags.UnrecognizedFlagError, match="Unknown command line flag 'bogus'"):
        values(["x", "--bogus=1"])
    with pytest.raises(tf.flags.IllegalFlagValueError, match=r"flag --n=abc: invalid literal for int\(\) with base 10: 'abc'"):
        values(["x", "--n=abc"])
    with pytest.raises(tf.flags.DuplicateFlagError, match="The flag 'n' is defined twice"):
        tf.flags.DEFINE_integer("n", 4, "again", flag_values=values)
    with pytest.raises(AttributeError):
        _ = values.zz


def test_log_lines(caplog):
    before = tf.logging.get_verbosity()
    tf.logging.set_verbosity(tf.logging.INFO)
    tf.logging.info("loss %d", 3)
    tf.logging.debug("not shown")
    tf.logging.set_verbosity(before)
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [("INFO", "loss 3")]
    with pytest.raises(ValueError, match="Unknown level: 'X'"):
        tf.logging.set_verbosity("X")


def test_texts():
    assert (tf.compat.as_bytes("é"), tf.compat.as_str(b"a"), tf.compat.as_str_any(3)) == ("é".encode(), "a", "3")
    with pytest.raises(TypeError, match="Expected binary or unicode string, got 3"):
        tf.compat.as_text(3)
    import tfnb.compat.v1 as tf1

    assert tf1 is tf is tf.compat.v1


class TestTestCase(tf.test.TestCase):
    def testComparisons(self):
        with self.test_session():
            self.assertAllClose(tf.square([2.0, 3.0]), [4.0, 9.0])
            self.assertAllEqual(tf.constant([1, 2]).eval(), [1, 2])
        with self.assertRaises(AssertionError):
            self.assertAllClose([1.0], [1.1])
        self.assertAllClose({"a": [1.0, 2.0]}, {"a": [1.0, 2.0 + 1e-8]})

    def testGradient(self):
        with self.test_session():
            x = tf.constant([1.0, 2.0])
            self.assertLess(tf.test.compute_gradient_error(x, [2], tf.tanh(x), [2], delta=1e-2), 1e-3)
