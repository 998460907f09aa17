# ruff: noqa: B007, B905 - as teaching code of its time is written, and run by Python 3.7 too
import numpy as np
import tensorflow as tf

tf.set_random_seed(777)
X = tf.placeholder(tf.float32, [None, 64])
Y = tf.placeholder(tf.float32, [None, 4])
keep_prob = tf.placeholder(tf.float32)

X_img = tf.reshape(X, [-1, 8, 8, 1])
W1 = tf.Variable(tf.random_normal([3, 3, 1, 4], stddev=0.1))
L1 = tf.nn.relu(tf.nn.conv2d(X_img, W1, strides=[1, 1, 1, 1], padding="SAME"))
L1 = tf.nn.max_pool(L1, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")
L1 = tf.nn.dropout(L1, keep_prob=keep_prob)
flat = tf.reshape(L1, [-1, 4 * 4 * 4])
W2 = tf.get_variable("W2", shape=[64, 4], initializer=tf.contrib.layers.xavier_initializer())
b = tf.Variable(tf.random_normal([4]))
logits = tf.matmul(flat, W2) + b
cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=Y))
optimizer = tf.train.AdamOptimizer(learning_rate=0.01).minimize(cost)
accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), tf.argmax(Y, 1)), tf.float32))

sess = tf.Session()
sess.run(tf.global_variables_initializer())
for step in range(20):
    labels = np.random.randint(0, 4, 6)
    images = np.round(np.random.rand(6, 64) * 0.1 + labels[:, None] / 4.0, 2)
    c, _ = sess.run([cost, optimizer], feed_dict={X: images, Y: np.eye(4)[labels], keep_prob: 0.7})
    if step % 5 == 0:
        print(step, c, sess.run(accuracy, feed_dict={X: images, Y: np.eye(4)[labels], keep_prob: 1.0}))
