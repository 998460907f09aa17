# ruff: noqa: B007, B905 - as teaching code of its time is written, and run by Python 3.7 too
import numpy as np
import tensorflow as tf

Z = tf.placeholder(tf.float32, [None, 4])
X = tf.placeholder(tf.float32, [None, 8])


def generator(z):
    with tf.variable_scope("G"):
        h = tf.layers.dense(z, 12, activation=tf.nn.leaky_relu)
        h = tf.layers.batch_normalization(h, training=True)
        return tf.layers.dense(h, 8, activation=tf.nn.sigmoid)


def discriminator(x, reuse=False):
    with tf.variable_scope("D", reuse=reuse):
        h = tf.layers.dense(x, 12, activation=tf.nn.relu, kernel_regularizer=tf.contrib.layers.l2_regularizer(0.01))
        return tf.layers.dense(h, 1)


fake = generator(Z)
real_logits, fake_logits = discriminator(X), discriminator(fake, reuse=True)
D_loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(logits=real_logits, labels=tf.ones_like(real_logits)))
D_loss += tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(logits=fake_logits, labels=tf.zeros_like(fake_logits)))
D_loss += tf.losses.get_regularization_loss()
G_loss = -tf.reduce_mean(tf.log_sigmoid(fake_logits))
t_vars = tf.trainable_variables()
D_solver = tf.train.AdamOptimizer(0.01, beta1=0.5).minimize(D_loss, var_list=[v for v in t_vars if v.name.startswith("D")])
with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
    G_solver = tf.train.AdamOptimizer(0.01, beta1=0.5).minimize(G_loss, var_list=[v for v in t_vars if v.name.startswith("G")])

sess = tf.Session()
sess.run(tf.global_variables_initializer())
for it in range(10):
    x, z = np.round(np.random.rand(5, 8), 2), np.round(np.random.uniform(-1, 1, (5, 4)), 2)
    _, d = sess.run([D_solver, D_loss], {X: x, Z: z})
    _, g = sess.run([G_solver, G_loss], {Z: z})
    print(it, d, g)
