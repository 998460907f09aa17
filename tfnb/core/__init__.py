"""Pure data: dtypes, shapes, errors, the graph and how one op is declared. No arrays are computed here."""
