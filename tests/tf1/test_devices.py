"""tf.device as TensorFlow 1.15.5 merges and places; all texts were recorded from it."""

import pytest

import tfnb as tf

HERE = "/job:localhost/replica:0/task:0/device:CPU:0, /job:localhost/replica:0/task:0/device:XLA_CPU:0"


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def merged(*requests):
    if not requests:
        return tf.no_op().device
    with tf.device(requests[0]):
        return merged(*requests[1:])


@pytest.mark.parametrize(
    "requests, device",
    [
        (("/job:worker", "/gpu:2"), "/job:worker/device:GPU:2"),
        (("/job:worker/task:1", "/job:ps"), "/job:ps/task:1"),
        (("/cpu:0", None), ""),
        (("/cpu:0", ""), "/device:CPU:0"),
        (("/gpu:0", "/cpu:1"), "/device:CPU:1"),
        (("/job:a/replica:0/task:2/device:GPU:1", "/task:5"), "/job:a/replica:0/task:5/device:GPU:1"),
        (("/job:a", "/replica:3", "/cpu:0"), "/job:a/replica:3/device:CPU:0"),
        (("/device:GPU:*", "/gpu:1"), "/device:GPU:1"),
        (("/gpu:1", "/device:GPU:*"), "/device:GPU:1"),
        (("/cpu",), "/device:CPU:*"),
        (("gpu",), "/device:GPU:*"),
        (("cpu:0",), "/device:CPU:0"),
        (("/Gpu:0",), "/device:GPU:0"),
        (("/device:cpu:0",), "/device:CPU:0"),
        (("/device:foo:1",), "/device:foo:1"),
        ((lambda op: "/cpu:0", "/gpu:1"), "/cpu:0"),
        (("/gpu:1", lambda op: "/cpu:0"), "/device:CPU:0"),
        (("/gpu:1", lambda op: "/job:x"), "/job:x/device:GPU:1"),
        (("/job:worker", tf.DeviceSpec(device_type="GPU", device_index=2)), "/job:worker/device:GPU:2"),
    ],
)
def test_nested_requests(requests, device):
    assert merged(*requests) == device


@pytest.mark.parametrize(
    "request_, kind, message",
    [
        ("/foo:0", ValueError, "Unknown attribute: 'foo' in '/foo:0'"),
        ("foo", ValueError, "Unknown attribute: 'foo' in 'foo'"),
        ("/job:a/cpu:0/gpu:0", ValueError, "Cannot specify multiple device types: /job:a/cpu:0/gpu:0"),
        ("/task:x", ValueError, "invalid literal for int() with base 10: 'x'"),
        (3, AttributeError, "'int' object has no attribute 'split'"),
        (lambda op: None, TypeError, "Expected binary or unicode string, got None"),
    ],
)
def test_what_is_no_device(request_, kind, message):
    with pytest.raises(kind) as e:
        merged(request_)
    assert str(e.value).split("\n")[0] == message


def test_a_function_sees_the_operation():
    seen = []

    def by_type(op):
        seen.append((op.name, op.type, op.device))
        return "/cpu:0" if op.type == "Const" else "/gpu:0"

    with tf.device(by_type):
        a = tf.constant(1.0)
        b = a + a
    assert (a.device, b.device) == ("/cpu:0", "/gpu:0") and seen == [("Const", "Const", ""), ("add", "AddV2", "")]


@pytest.mark.parametrize(
    "device, fits, fits_softly",
    [("/cpu:0", True, True), ("/gpu:7", False, True), ("/cpu:3", False, True), ("/device:CPU:*", True, True), ("/job:worker", False, False),
     ("/job:localhost/task:0", True, True), ("/task:1", False, False), ("/device:XLA_CPU:0", True, True), ("/device:foo:1", False, True)],
)  # fmt: skip
def test_placement(device, fits, fits_softly):
    with tf.device(device):
        a = tf.constant(1.0, name="a")
    for soft, well in ((False, fits), (True, fits_softly)):
        sess = tf.Session(config=tf.ConfigProto(allow_soft_placement=soft))
        if well:
            assert sess.run(a) == 1.0
        else:
            with pytest.raises(tf.errors.InvalidArgumentError) as e:
                sess.run(a)
            assert e.value.message.startswith("Cannot assign a device for operation a: node a (defined at ")
            asked = a.device
            rest = f" was explicitly assigned to {asked} but available devices are [ {HERE} ]. Make sure the device specification refers to a valid device."
            assert rest in e.value.message
            assert ("CUDA is not enabled" in e.value.message) == ("GPU" in asked)


def test_operations_that_are_not_needed_are_placed_too():
    with tf.device("/gpu:0"):
        tf.constant(1.0, name="unused")
    with pytest.raises(tf.errors.InvalidArgumentError, match="Cannot assign a device for operation unused"):
        tf.Session().run(tf.constant(1.0))


def test_sources_are_placed_last():
    with tf.device("/gpu:7"):
        a = tf.constant(1.0, name="a")
        tf.add(a, 1.0, name="b")
        v = tf.Variable(1.0, name="v")
    with pytest.raises(tf.errors.InvalidArgumentError, match="for operation b: "):
        tf.Session().run(v.initializer)


def test_device_spec():
    spec = tf.DeviceSpec.from_string("/job:a/task:1")
    spec.merge_from(tf.DeviceSpec.from_string("/gpu:0"))
    assert (spec.to_string(), spec.task, spec.job, spec.device_index) == ("/job:a/task:1/device:GPU:0", 1, "a", 0)
    assert tf.DeviceSpec(job="w", device_type="GPU", device_index=1).to_string() == "/job:w/device:GPU:1"


def test_colocation():
    v = tf.Variable([1.0], name="v")
    with tf.device("/gpu:0"), tf.colocate_with(v):
        a = tf.identity([1.0])
    assert a.op.colocation_groups() == [b"loc:@v"] and a.device == ""
    assert v.initializer.colocation_groups() == [b"loc:@v"] and v.value().op.colocation_groups() == [b"loc:@v"]


def test_error_codes():
    assert [tf.errors.exception_type_from_error_code(k).__name__ for k in (1, 3, 5, 11, 16)] == [
        "CancelledError", "InvalidArgumentError", "NotFoundError", "OutOfRangeError", "UnauthenticatedError",
    ]  # fmt: skip
    assert tf.errors.error_code_from_exception_type(tf.errors.NotFoundError) == 5


def test_a_run_time_error_holds_its_node():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    with pytest.raises(tf.errors.InvalidArgumentError) as e:
        tf.Session().run(x * 2.0)
    assert e.value.op is x.op and e.value.node_def.name == "x" and e.value.error_code == 3
    assert "Original stack trace for 'x':" in str(e.value)


def test_log_device_placement(capsys):
    a = tf.placeholder(tf.float32, name="a")
    tf.Session(config=tf.ConfigProto(log_device_placement=True)).run(tf.add(a, a, name="b"), {a: 1.0})
    assert "b: (Add): /job:localhost/replica:0/task:0/device:CPU:0" in capsys.readouterr().out.splitlines()
