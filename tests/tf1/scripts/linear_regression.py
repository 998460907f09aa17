# ruff: noqa: B007, B905 - as teaching code of its time is written, and run by Python 3.7 too
import numpy as np
import tensorflow as tf

rng = np.random
train_X = np.linspace(0, 10, 17)
train_Y = 0.3 * train_X + 1 + rng.randn(17) * 0.1

X = tf.placeholder("float")
Y = tf.placeholder("float")
W = tf.Variable(rng.randn(), name="weight")
b = tf.Variable(rng.randn(), name="bias")
pred = tf.add(tf.multiply(X, W), b)
cost = tf.reduce_sum(tf.pow(pred - Y, 2)) / (2 * 17)
optimizer = tf.train.GradientDescentOptimizer(0.01).minimize(cost)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for epoch in range(2):
        for x, y in zip(train_X, train_Y):
            sess.run(optimizer, feed_dict={X: x, Y: y})
    print(sess.run([cost, W, b], feed_dict={X: train_X, Y: train_Y}))
