# ruff: noqa: B007, B905 - as teaching code of its time is written, and run by Python 3.7 too
import numpy as np
import tensorflow as tf

slim = tf.contrib.slim
X = tf.placeholder(tf.float32, [None, 6, 6, 1], name="X")
with slim.arg_scope([slim.conv2d, slim.conv2d_transpose], weights_regularizer=slim.l2_regularizer(0.001), stride=2):
    code = slim.conv2d(X, 4, [3, 3], scope="conv")
    mean, deviation = tf.split(slim.fully_connected(slim.flatten(code), 4, activation_fn=None, scope="code"), 2, axis=1)
    z = mean + tf.exp(deviation / 2) * tf.random_normal(tf.shape(mean), seed=3)
    h = tf.reshape(slim.fully_connected(z, 36, scope="decode"), [-1, 3, 3, 4])
    out = slim.conv2d_transpose(h, 1, [3, 3], activation_fn=None, scope="deconv")
likelihood = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(labels=X, logits=out), [1, 2, 3])
divergence = -0.5 * tf.reduce_sum(1 + deviation - tf.square(mean) - tf.exp(deviation), 1)
tf.losses.add_loss(tf.reduce_mean(likelihood + divergence))
loss = tf.losses.get_total_loss()
train = tf.train.MomentumOptimizer(0.01, 0.9, use_nesterov=True).minimize(loss, name="train")

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(20):
        _, value = sess.run([train, loss], feed_dict={X: np.round(np.random.rand(4, 6, 6, 1), 2)})
    print(value)
