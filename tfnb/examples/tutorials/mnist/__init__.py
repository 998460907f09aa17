"""Handwritten digits as the tutorials read them."""

from tfnb.examples.tutorials.mnist import input_data

__all__ = ["input_data"]
