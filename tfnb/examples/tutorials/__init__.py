"""tensorflow.examples: data sets that tutorials use."""
