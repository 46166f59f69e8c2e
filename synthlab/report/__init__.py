"""What a person reads: words, tables, figures and the live progress."""
