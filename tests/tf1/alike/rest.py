"""Names that few programs use: operators of matrices, spectra of speech, and the rest of tf.linalg."""

import numpy as np

from tests.tf1.alike.edges import failed
from tests.tf1.alike.ops import refused, said

A = np.array([[2.0, 1.0], [0.5, 3.0]], "f")
B = np.array([[1.0, -1.0], [0.5, 2.0]], "f")


def case_functions_of_matrices(tf):
    a, b = tf.constant(A), tf.constant(B)
    three = tf.constant([[1.0, 0.5, 0.0], [4.0, 5.0, 6.0], [0.0, 1.0, 2.0]])
    x, y = tf.linalg.tridiagonal_solve(three, tf.constant([1.0, 2.0, 3.0])), tf.linalg.tridiagonal_matmul(three, tf.constant([[1.0], [2.0], [3.0]]))
    root = tf.linalg.sqrtm(a)
    found = said(tf, root, tf.identity(tf.gradients(root, a, b)[0])) + said(tf, x, tf.identity(tf.gradients(x, three)[0])) + said(tf, y)[0][:1]
    return found + said(tf, *tf.linalg.lu(tf.constant([[1.0, 2.0], [3.0, 4.0]]))) + [failed(tf, lambda: tf.linalg.lu(a * 0.0))]


def operators(tf):
    op = tf.linalg
    full, diag = op.LinearOperatorFullMatrix(A), op.LinearOperatorDiag([2.0, 3.0])
    return [full, diag, op.LinearOperatorLowerTriangular(A), op.LinearOperatorIdentity(2), op.LinearOperatorScaledIdentity(2, 3.0), full.H,
            op.LinearOperatorComposition([full, diag]), op.LinearOperatorBlockDiag([full, diag]), op.LinearOperatorKronecker([diag, full]),
            op.LinearOperatorLowRankUpdate(diag, [[1.0], [2.0]], [0.5]), op.LinearOperatorHouseholder([1.0, 2.0]),
            op.LinearOperatorToeplitz([1.0, 2.0], [1.0, 5.0])]  # fmt: skip


def case_operators(tf):
    found = []
    for o in operators(tf):
        n = o.shape.as_list()[-1]
        x = tf.constant(np.arange(1.0, n + 1), tf.float32)
        values = [o.to_dense(), o.matvec(x), o.matvec(x, adjoint=True), o.solvevec(x), o.determinant(), o.log_abs_determinant(), o.trace(),
                  o.add_to_tensor(tf.ones([n, n]))]  # fmt: skip
        with tf.Session() as sess:
            found.append([o.name, str(o.shape), o.is_square, o.is_self_adjoint, o.is_non_singular, sess.run(values)])
    return found


def case_names_and_words_of_operators(tf):
    full, wide = tf.linalg.LinearOperatorFullMatrix(A), tf.linalg.LinearOperatorFullMatrix([[1.0, 2.0]])
    diag = tf.linalg.LinearOperatorDiag(tf.constant([2.0, 3.0]))
    made = [full.matmul(B), full.matmul(B), full.determinant(), diag.solve(B), diag.to_dense(), diag.determinant(), full.solvevec([1.0, 2.0])]
    singular = tf.linalg.LinearOperatorFullMatrix(A, is_non_singular=False)
    return [[t.name, t.op.type, str(t.shape)] for t in made] + [
        refused(wide.determinant), refused(lambda: wide.solve([[1.0]])), refused(lambda: singular.solve(B)), refused(lambda: full.cholesky()),
        refused(lambda: tf.linalg.LinearOperatorZeros(2, 3)),
    ]  # fmt: skip


def case_spectra_of_speech(tf):
    x = tf.constant(np.sin(np.arange(40.0)).astype("f"))
    waves = tf.signal.stft(x, 8, 4)
    back = tf.signal.inverse_stft(waves, 8, 4, window_fn=tf.signal.inverse_stft_window_fn(4))
    mel = tf.signal.linear_to_mel_weight_matrix(4, 9)
    mfcc = tf.signal.mfccs_from_log_mel_spectrograms(tf.constant(B))
    shifted = [tf.signal.fftshift(tf.constant([0, 1, 2, 3, 4])), tf.signal.ifftshift(tf.constant(A), axes=[1]), mel]
    with tf.Session() as sess:
        values = sess.run([back[4:36], tf.convert_to_tensor(tf.gradients(back, x)[0]), mfcc])
    return [values, said(tf, *shifted), refused(lambda: tf.signal.linear_to_mel_weight_matrix(4, 9, 16000, upper_edge_hertz=9000.0))]


def case_sparse_parts_and_sums(tf):
    a = tf.SparseTensor([[0, 0], [0, 2], [1, 1]], tf.constant([1, 2, 3], tf.int64), [2, 3])
    ids = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], tf.constant([7, 3, 1], tf.int64), [2, 2])
    values = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [0.5, 0.25, 1.0], [2, 2])
    made = tf.sparse_split(sp_input=a, num_split=2, axis=1) + [
        tf.sparse_merge(ids, values, 9), tf.sparse_merge([ids, ids], values, [9, 8]), tf.sparse.expand_dims(ids, -1), tf.sparse.expand_dims(ids, 0),
        tf.sparse_reduce_sum_sparse(a, 1), tf.sparse_reduce_sum_sparse(a, [0], keepdims=True), tf.sparse_reduce_max_sparse(a, -1),
    ]  # fmt: skip
    with tf.Session() as sess:
        found = [list(v) for v in sess.run(made)]
    return found + said(tf, tf.sparse_to_indicator(ids, 9)) + [[t.values.op.type, t.values.name] for t in made]


def case_texts(tf):
    s = tf.strings
    return said(
        tf, s.format("a {} b {}", (tf.constant([1, 2, 3, 4, 5, 6, 7, 8]), tf.constant([[1.5, 2.0]]))), s.format("<>", tf.constant(3), placeholder="<>"),
        s.unsorted_segment_join(["a", "b", "c"], [1, 0, 1], 3, separator="-"),
    ) + [refused(lambda: s.format("{} {}", tf.constant(1)))]  # fmt: skip


def case_rounded_to_few_values(tf):
    x, low, high = tf.constant([[0.1, 7.0], [-8.0, 2.2]]), tf.constant([-1.0, 0.0]), tf.constant([6.0, 3.0])
    y = tf.fake_quant_with_min_max_vars_per_channel(x, low, high, num_bits=4)
    ones = tf.ones([2, 2])
    return said(tf, y, *tf.gradients(y, [x, low, high])) + said(
        tf, tf.fake_quant_with_min_max_args_gradient(ones, x, 0.0, 6.0), *tf.fake_quant_with_min_max_vars_gradient(ones, x, 0.0, 6.0)
    ) + said(tf, *tf.fake_quant_with_min_max_vars_per_channel_gradient(ones, x, low, high))


def case_tensors_of_ones_own_types(tf):
    class Degrees:
        value = 20.0

    tf.register_tensor_conversion_function(Degrees, lambda v, dtype=None, name=None, as_ref=False: tf.constant(v.value, dtype, name=name))
    found = [tf.constant(1.0) + Degrees(), tf.convert_to_tensor(Degrees(), name="d"), tf.square(Degrees())]
    return said(tf, *found) + [
        refused(lambda: tf.register_tensor_conversion_function(3, None)), refused(lambda: tf.register_tensor_conversion_function(Degrees, 3)),
        refused(lambda: tf.image.grayscale_to_rgb(tf.ones([2, 2, 3]))),
        refused(lambda: tf.image.random_jpeg_quality(tf.ones([2, 2, 3], tf.uint8), 5, 3)),
    ]  # fmt: skip
