"""`%tfnb_alias`: `import tensorflow` means tfnb in this notebook."""

from __future__ import annotations

from IPython.core.magic import line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from tfnb.alias import install_alias, remove_alias
from tfnb.jupyter.magics.base import TfMagics

__all__ = ["AliasMagics"]


@magics_class
class AliasMagics(TfMagics):
    """Names."""

    @magic_arguments()
    @argument("--off", action="store_true", help="Let `import tensorflow` mean TensorFlow again.")
    @line_magic
    def tfnb_alias(self, line: str) -> None:
        """Makes `import tensorflow as tf` mean tfnb, so that a TensorFlow 1 notebook runs as it is."""
        remove_alias() if parse_argstring(AliasMagics.tfnb_alias, line).off else install_alias()
