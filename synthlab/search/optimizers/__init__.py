"""DSPy's own optimizers as searches: their examples are whole sets of rows, not single answers."""
