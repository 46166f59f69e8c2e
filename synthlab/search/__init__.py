"""Which candidates are tried, in which order, within a budget."""
