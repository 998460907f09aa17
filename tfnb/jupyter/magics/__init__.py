"""The magics, one module for each thing they act on."""
