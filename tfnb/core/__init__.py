"""Pure data: dtypes, shapes, errors, the graph and how one op is declared. No arrays are computed here."""

import os
import sys

# OpenBLAS reads it when NumPy is loaded: after a product its threads keep a core busy for 2**20 clock ticks in the hope of
# another one, not for 2**26 (25 ms), which what runs next would have to share the core with (docs/performance.md).
if "numpy" not in sys.modules:
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "20")
