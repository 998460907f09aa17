"""What things look like: DOT, SVG, HTML and text. Nothing here displays, and nothing here knows Jupyter."""
