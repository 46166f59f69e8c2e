"""DSPy programs that turn a request into a row, with their prompts in files beside them."""
