"""tf.contrib.summary in a graph: which events are in the file, at which steps."""

import glob

import numpy as np

from tests.tf1.alike import ramp


def told(tf, v):
    """Some of a summary's value, by its kind."""
    kind = v.WhichOneof("value")
    if kind == "simple_value":
        return kind, v.simple_value
    if kind == "tensor":
        return kind, tf.make_ndarray(v.tensor).tolist()
    if kind == "histo":
        return kind, [v.histo.min, v.histo.max, v.histo.num, v.histo.sum, v.histo.sum_squares]
    if kind == "image":
        return kind, [v.image.height, v.image.width, v.image.colorspace]
    return kind, [v.audio.sample_rate, v.audio.num_channels, v.audio.length_frames, list(v.audio.encoded_audio_string)]


def events_in(tf, folder):
    """(step, tag, kind, some of the value) of each event, in an order of their own: a run writes them in any."""
    found = [event for file in glob.glob(folder + "/*") for event in tf.train.summary_iterator(file)]
    return sorted(([e.step, v.tag, *told(tf, v)] for e in found for v in e.summary.value), key=str)


def case_every_kind(tf):
    C = tf.contrib.summary
    step = tf.train.get_or_create_global_step()
    writer = C.create_file_writer("./logs")
    kinds = []
    with writer.as_default(), C.always_record_summaries():
        with tf.name_scope("scope"):
            kinds += [C.scalar("loss", 1.5), C.scalar("loss", 2.5, step=7)]
        kinds += [C.scalar("l", tf.constant(3), family="fam"), C.histogram("h", tf.constant([1.0, 2.0, 3.0])), C.image("im", tf.constant(ramp([2, 4, 4, 3]))),
                  C.generic("g", tf.constant([1, 2])), C.audio("au", tf.constant(ramp([1, 9, 1])), 8000, 1)]  # fmt: skip
        with C.record_summaries_every_n_global_steps(2):
            kinds.append(C.scalar("every", 1.0))
        with C.never_record_summaries():
            kinds.append(C.scalar("never", 1.0))
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            C.initialize(session=sess)
            found = [sess.run(C.all_summary_ops())]
            sess.run(step.assign_add(1))
            found.append(sess.run(C.all_summary_ops()))
            sess.run(writer.flush())
    return [np.array(f).tolist() for f in found], len(kinds), events_in(tf, "./logs"), C.scalar("none", 1.0).type


def case_classic_kinds(tf):
    tensor = tf.summary.tensor_summary("t", tf.constant([[1.0, 2.0]]))
    audio = tf.summary.audio("a", tf.constant(ramp([2, 9])), 8000.0)
    with tf.Session() as sess:
        found = [tf.Summary.FromString(s) for s in sess.run([tensor, audio])]
    return [(v.tag, str(v.tensor) if v.HasField("tensor") else list(v.audio.encoded_audio_string)) for s in found for v in s.value]
