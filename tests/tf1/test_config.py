"""tf.config as TensorFlow 1.15.5 answers it on a machine with a CPU alone; texts were recorded from it."""

import pytest

import tfnb as tf
from tfnb import config as module
from tfnb.engine import placement

e = tf.config.experimental
CPU, XLA = (f"PhysicalDevice(name='/physical_device:{k}:0', device_type='{k}')" for k in ("CPU", "XLA_CPU"))


@pytest.fixture(autouse=True)
def settings(monkeypatch):
    monkeypatch.setattr(placement, "virtual_cpus", 1)
    for kept in ("_kept", "_virtual", "_hidden"):
        monkeypatch.setattr(module, kept, type(getattr(module, kept))(getattr(module, kept)))
    return e.list_physical_devices("CPU")[0]


def test_what_there_is():
    assert repr([d for d in e.list_physical_devices() if d.device_type != "GPU"]) == f"[{CPU}, {XLA}]"
    assert repr(e.list_logical_devices("CPU")) == "[LogicalDevice(name='/job:localhost/replica:0/task:0/device:CPU:0', device_type='CPU')]"
    assert tf.config.experimental_list_devices()[:2] == [f"/job:localhost/replica:0/task:0/device:{k}:0" for k in ("CPU", "XLA_CPU")]


def test_virtual_cpus_are_there_for_every_session(settings):
    assert e.get_virtual_device_configuration(settings) is None
    e.set_virtual_device_configuration(settings, [e.VirtualDeviceConfiguration()] * 2)
    assert repr(e.get_virtual_device_configuration(settings)) == f"[{', '.join(['VirtualDeviceConfiguration(memory_limit=None)'] * 2)}]"
    assert [d.name[-5:] for d in e.list_logical_devices("CPU")] == ["CPU:0", "CPU:1"]
    with tf.Graph().as_default():
        with tf.device("/cpu:1"):
            a = tf.constant(1.0) + 1.0
        assert tf.Session().run(a) == 2.0
        with pytest.raises(tf.errors.InvalidArgumentError):
            tf.Session(config=tf.ConfigProto(device_count={"CPU": 1})).run(a)


def test_visible_devices():
    e.set_visible_devices([], "XLA_CPU")
    assert repr([d for d in e.get_visible_devices() if d.device_type != "GPU"]) == f"[{CPU}]"


def test_settings_begin_as_tensorflows():
    assert (tf.config.get_soft_device_placement(), tf.config.threading.get_inter_op_parallelism_threads(), tf.config.optimizer.get_jit()) == (False, 0, False)
    assert tf.config.optimizer.get_experimental_options() == {"disable_model_pruning": False, "disable_meta_optimizer": False}
    assert (e.get_device_policy(), e.get_synchronous_execution()) == ("silent", True)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda cpu: e.set_memory_growth(cpu, True), "Cannot set memory growth on non-GPU devices"),
        (lambda cpu: e.set_virtual_device_configuration(cpu, [e.VirtualDeviceConfiguration(memory_limit=5)]),
         "Setting memory limit on CPU virtual devices is currently not supported"),
        (lambda cpu: e.set_virtual_device_configuration("x", []), "Unrecognized device: 'x'"),
        (lambda cpu: e.set_visible_devices(["q"]), "Unrecognized device: 'q'"),
        (lambda cpu: e.set_device_policy("q"), "Not a valid device policy: 'q'"),
    ],
)  # fmt: skip
def test_what_is_refused(settings, call, message):
    with pytest.raises(ValueError) as error:
        call(settings)
    assert str(error.value) == message
    with pytest.raises(KeyError):
        e.get_memory_growth(settings)
