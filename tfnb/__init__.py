"""tfnb: dataflow graphs the way TensorFlow 1 teaches them, in a notebook."""
