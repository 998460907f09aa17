"""Images: against numbers that TensorFlow 1.15.5 gave, gradients against differences, names, files."""

from __future__ import annotations

import numpy as np
import pytest

import tfnb as tf
from tests.ops.gradient_check import check

IMAGE = np.arange(12, dtype=np.float32).reshape(1, 3, 4, 1) ** 2


def run(build, *values):
    with tf.Graph().as_default(), tf.Session() as sess:
        return sess.run(build(*map(tf.constant, values)))


# tf.image.resize_*(IMAGE, [2, 3]) in TensorFlow 1.15.5, row by row
RESIZED = [
    ("resize_bilinear", {}, [0.0, 2.0, 7.333334, 40.0, 58.0, 79.333328]),
    ("resize_bilinear", {"align_corners": True}, [0.0, 2.5, 9.0, 64.0, 90.5, 121.0]),
    ("resize_bilinear", {"half_pixel_centers": True}, [4.5, 9.5, 17.833336, 54.5, 75.5, 99.833336]),
    ("resize_nearest_neighbor", {}, [0.0, 1.0, 4.0, 16.0, 25.0, 36.0]),
    ("resize_nearest_neighbor", {"align_corners": True}, [0.0, 4.0, 9.0, 64.0, 100.0, 121.0]),
    ("resize_nearest_neighbor", {"half_pixel_centers": True}, [0.0, 4.0, 9.0, 64.0, 100.0, 121.0]),
    ("resize_bicubic", {}, [0.0, 1.7771268, 7.5941124, 41.5, 60.745895, 84.042007]),
    ("resize_bicubic", {"align_corners": True}, [0.0, 2.125, 9.0, 64.0, 90.125, 121.0]),
    (
        "resize_bicubic",
        {"half_pixel_centers": True},
        [2.2049713, 6.25, 14.338787, 56.832859, 79.47628, 106.16345],
    ),
    ("resize_area", {}, [6.25, 11.833335, 20.416666, 51.583332, 70.5, 92.416664]),
]


@pytest.mark.parametrize(("name", "how", "want"), RESIZED)
def test_resizing(name: str, how: dict, want: list) -> None:
    got = run(lambda x: getattr(tf.image, name)(x, [2, 3], **how), IMAGE)
    np.testing.assert_allclose(got.ravel(), want, rtol=1e-5)


@pytest.mark.parametrize("name", ["resize_bilinear", "resize_nearest_neighbor", "resize_bicubic"])
@pytest.mark.parametrize("how", [{}, {"align_corners": True}, {"half_pixel_centers": True}])
@pytest.mark.parametrize("size", [(2, 9), (7, 3), (1, 1)])
def test_gradient_of_resizing_is_its_transpose(name: str, how: dict, size: tuple) -> None:
    random = np.random.default_rng(1)
    x, g = (random.normal(size=s).astype(np.float32) for s in ((2, 4, 5, 2), (2, *size, 2)))
    with tf.Graph().as_default(), tf.Session() as sess:
        t = tf.constant(x)
        y = getattr(tf.image, name)(t, size, **how)
        out, dx = sess.run([y, tf.gradients(y, t, tf.constant(g))[0]])
    assert y.shape.as_list() == list(out.shape)
    np.testing.assert_allclose((out * g).sum(), (x * dx).sum(), rtol=1e-4, atol=1e-4)


def test_resize_images_keeps_what_it_can() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.uint8, [5, 6, 3])
        assert tf.image.resize_images(x, [4, 4]).name == "resize/Squeeze:0"
        assert tf.image.resize_images(x, [4, 4], 1).dtype is tf.uint8
        assert tf.image.resize_images(x, [5, 6]).dtype is tf.uint8  # nothing to do
        assert tf.image.resize_images(x, [4, 4], preserve_aspect_ratio=True).shape.as_list() == [3, 4, 3]
        with pytest.raises(
            ValueError, match="'size' must be a 1-D Tensor of 2 elements: new_height, new_width"
        ):
            tf.image.resize_images(x, [4, 4, 3])


@pytest.mark.parametrize(
    "change",
    [
        lambda x: tf.image.flip_left_right(x),
        lambda x: tf.image.flip_up_down(x),
        lambda x: tf.image.transpose_image(x),
        lambda x: tf.image.central_crop(x, 0.5),
        lambda x: tf.image.crop_to_bounding_box(x, 1, 0, 2, 3),
        lambda x: tf.image.pad_to_bounding_box(x, 1, 0, 6, 8),
        lambda x: tf.image.resize_image_with_crop_or_pad(x, 3, 9),
        lambda x: tf.image.total_variation(x),
        lambda x: tf.image.rgb_to_yuv(x),
        lambda x: tf.image.rgb_to_hsv(x),
        lambda x: tf.image.grayscale_to_rgb(x[..., :1]),
    ],
)
@pytest.mark.parametrize("shape", [(4, 5, 3), (2, 4, 5, 3)])
def test_gradients(change, shape: tuple) -> None:
    check(change, shape, low=0.1, high=0.9)


def test_crops_are_checked_in_the_run_where_sizes_are_not_known() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, None, 3])
        y = tf.image.crop_to_bounding_box(x, 1, 2, 5, 4)
        with pytest.raises(tf.errors.InvalidArgumentError, match="height must be >= target"):
            sess.run(y, {x: np.zeros((5, 7, 3))})
        with pytest.raises(ValueError, match="width must be >= target"):
            tf.image.crop_to_bounding_box(tf.zeros([5, 7, 3]), 1, 2, 3, 6)


def test_dtypes_and_their_ranges() -> None:
    x = np.array([[[0, 51, 255]]], np.uint8)
    assert run(lambda x: tf.image.convert_image_dtype(x, tf.float32), x).ravel().tolist() == pytest.approx(
        [0, 0.2, 1]
    )
    assert run(lambda x: tf.image.convert_image_dtype(x, tf.uint8), x / np.float32(255)).ravel().tolist() == [
        0,
        51,
        255,
    ]
    assert run(lambda x: tf.image.adjust_brightness(x, 0.5), x).ravel().tolist() == [
        127,
        178,
        255,
    ]  # 255 stays
    assert run(lambda x: tf.image.adjust_saturation(x, 0.0), x).ravel().tolist() == [255, 255, 255]


def test_hue_goes_round_and_back() -> None:
    x = np.random.default_rng(2).uniform(size=(3, 4, 3)).astype(np.float32)
    back = run(lambda x: tf.image.adjust_hue(tf.image.adjust_hue(x, 0.4), 0.6), x)
    np.testing.assert_allclose(back, x, atol=1e-5)
    np.testing.assert_allclose(run(lambda x: tf.image.hsv_to_rgb(tf.image.rgb_to_hsv(x)), x), x, atol=1e-5)
    assert run(
        tf.image.adjust_hue, np.array([[[1.0, 0, 0]]], np.float32), np.float32(1 / 3)
    ).ravel().tolist() == pytest.approx([0, 1, 0])


def test_likeness() -> None:
    x = np.random.default_rng(3).uniform(size=(2, 16, 16, 3)).astype(np.float32)
    assert run(lambda x: tf.image.ssim(x, x, 1.0), x).tolist() == pytest.approx([1, 1])
    assert run(lambda x: tf.image.psnr(x, x + 0.1, 1.0), x).tolist() == pytest.approx([20, 20], abs=1e-3)


def test_boxes() -> None:
    boxes = np.array([[0, 0, 1, 1], [0, 0, 1, 0.9], [0, 0, 0.2, 0.2]], np.float32)
    assert run(
        lambda b, s: tf.image.non_max_suppression(b, s, 3), boxes, np.array([0.6, 0.9, 0.3], np.float32)
    ).tolist() == [1, 2]
    x = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
    cut = run(lambda x: tf.image.crop_and_resize(x, [[0, 0, 1 / 3, 1 / 3]], [0], [2, 2]), x)
    np.testing.assert_allclose(cut.ravel(), [0, 1, 4, 5], atol=1e-5)


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_files(kind: str) -> None:
    x = np.add.outer(np.arange(20), np.arange(16))[..., None].repeat(3, -1).astype(np.uint8) * 6
    with tf.Graph().as_default(), tf.Session() as sess:
        data = getattr(tf.image, f"encode_{kind}")(x)
        back, whole, gray = sess.run(
            [
                getattr(tf.image, f"decode_{kind}")(data),
                tf.image.decode_image(data),
                tf.image.decode_png(data, 1),
            ]
        )
    assert gray.shape == (20, 16, 1) and back.dtype == np.uint8
    assert np.abs(back.astype(int) - x).max() <= (0 if kind == "png" else 6)
    np.testing.assert_array_equal(whole, back)


def test_a_file_that_is_none() -> None:
    with (
        tf.Graph().as_default(),
        tf.Session() as sess,
        pytest.raises(tf.errors.InvalidArgumentError, match="got unknown format starting with 'no picture'"),
    ):
        sess.run(tf.image.decode_png(b"no picture"))


def test_a_sampled_box_lies_in_the_image() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        begin, size, box = tf.image.sample_distorted_bounding_box(
            [40, 30, 3], [[[0.2, 0.2, 0.9, 0.8]]], seed=1
        )
        for _ in range(5):
            at, extent, part = sess.run([begin, size, box])
            assert (at >= 0).all() and (at[:2] + extent[:2] <= [40, 30]).all()
            np.testing.assert_allclose(part.ravel()[:2] * [40, 30], at[:2], atol=1e-4)
