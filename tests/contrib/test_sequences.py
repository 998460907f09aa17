"""Stacked and legacy sequence models: variables and losses as TensorFlow 1.15.5 gives them."""

import pytest

import tfnb as tf

legacy = tf.contrib.legacy_seq2seq


def test_an_embedding_encoder_and_decoder():
    with tf.Graph().as_default(), tf.Session() as sess:
        words = [tf.constant([1, 2])] * 3
        outputs, _ = legacy.embedding_rnn_seq2seq(words, words, tf.nn.rnn_cell.BasicLSTMCell(4), 5, 6, 3, feed_previous=True)
        loss = legacy.sequence_loss(outputs, words, [tf.ones([2])] * 3)
        decoder = "embedding_rnn_seq2seq/embedding_rnn_decoder/rnn_decoder/output_projection_wrapper"
        assert [v.op.name for v in tf.global_variables()] == [
            "embedding_rnn_seq2seq/rnn/embedding_wrapper/embedding",
            "embedding_rnn_seq2seq/rnn/embedding_wrapper/basic_lstm_cell/kernel",
            "embedding_rnn_seq2seq/rnn/embedding_wrapper/basic_lstm_cell/bias",
            "embedding_rnn_seq2seq/embedding_rnn_decoder/embedding",
            f"{decoder}/basic_lstm_cell/kernel", f"{decoder}/basic_lstm_cell/bias", f"{decoder}/kernel", f"{decoder}/bias",
        ]  # fmt: skip
        for v in tf.global_variables():
            numbers = tf.cast(tf.reshape(tf.range(v.shape.num_elements()), v.shape), tf.float32)
            sess.run(tf.assign(v, numbers * 0.01 - 0.1))
        assert sess.run(loss) == pytest.approx(1.79803, abs=1e-5)


def test_lists_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="must be the same 1, 0, 0"):
        legacy.sequence_loss_by_example([tf.zeros([1, 2])], [], [])


def test_stacked_bidirectional_layers():
    with tf.Graph().as_default():
        cells = [[tf.nn.rnn_cell.GRUCell(n) for n in (2, 3)] for _ in range(2)]
        y, fw, bw = tf.contrib.rnn.stack_bidirectional_dynamic_rnn(*cells, tf.zeros([4, 5, 6]), dtype=tf.float32)
        assert y.shape.as_list() == [4, 5, 6]
        assert [s.shape.as_list() for s in (*fw, *bw)] == [[4, 2], [4, 3], [4, 2], [4, 3]]
        assert "stack_bidirectional_rnn/cell_1/bidirectional_rnn/bw/gru_cell/gates/kernel" in [v.op.name for v in tf.global_variables()]


def test_hyperparameters_keep_their_types():
    hparams = tf.contrib.training.HParams(rate=0.1, layers=[8], name="a", deep=True)
    assert hparams.parse("rate=1,layers=[1,2],name=b,deep=false").values() == {"rate": 1.0, "layers": [1, 2], "name": "b", "deep": False}
    with pytest.raises(ValueError, match="Unknown hyperparameter type for depth"):
        hparams.parse("depth=3")
    with pytest.raises(ValueError, match="Must pass a list"):
        hparams.set_hparam("layers", 3)


def test_the_projector_writes_its_settings(tmp_path):
    projector = tf.contrib.tensorboard.plugins.projector
    config = projector.ProjectorConfig()
    embedding = config.embeddings.add()
    embedding.tensor_name, embedding.metadata_path = "words:0", 'a"b.tsv'
    embedding.sprite.single_image_dim.extend([28, 28])
    projector.visualize_embeddings(tf.summary.FileWriter(str(tmp_path)), config)
    assert (tmp_path / "projector_config.pbtxt").read_text() == (
        'embeddings {\n  tensor_name: "words:0"\n  metadata_path: "a\\"b.tsv"\n  sprite {\n'
        "    single_image_dim: 28\n    single_image_dim: 28\n  }\n}\n"
    )
