"""The ops, one concept a file; each file reads top to bottom like a chapter. See tfnb.core.op for the form."""
