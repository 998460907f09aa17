# ruff: noqa: B007, B905 - as teaching code of its time is written, and run by Python 3.7 too
import numpy as np
import tensorflow as tf

vocabulary, size, batch = 20, 6, 8
graph = tf.Graph()
with graph.as_default():
    inputs = tf.placeholder(tf.int32, shape=[batch])
    labels = tf.placeholder(tf.int32, shape=[batch, 1])
    with tf.name_scope("embeddings"):
        embeddings = tf.Variable(tf.random_uniform([vocabulary, size], -1.0, 1.0))
        embed = tf.nn.embedding_lookup(embeddings, inputs)
    nce_weights = tf.Variable(tf.truncated_normal([vocabulary, size], stddev=1.0 / size**0.5))
    nce_biases = tf.Variable(tf.zeros([vocabulary]))
    loss = tf.reduce_mean(tf.nn.nce_loss(weights=nce_weights, biases=nce_biases, labels=labels, inputs=embed, num_sampled=5,
                                         num_classes=vocabulary))  # fmt: skip
    optimizer = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    norm = tf.sqrt(tf.reduce_sum(tf.square(embeddings), 1, keep_dims=True))
    similarity = tf.matmul(embeddings / norm, embeddings / norm, transpose_b=True)
    merged = tf.summary.merge([tf.summary.scalar("loss", loss), tf.summary.histogram("embeddings", embeddings)])
    init = tf.global_variables_initializer()

with tf.Session(graph=graph) as session:
    init.run()
    for step in range(20):
        words = np.random.randint(0, vocabulary - 1, batch)
        _, text, value = session.run([optimizer, merged, loss], {inputs: words, labels: words[:, None] + 1})
    print(similarity.eval()[0, :3])
