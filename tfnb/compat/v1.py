"""`import tfnb.compat.v1 as tf` is `import tfnb as tf`: version 1 is the language here."""

import sys

import tfnb

sys.modules[__name__] = tfnb
