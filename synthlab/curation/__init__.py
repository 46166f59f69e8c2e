"""Which synthetic rows are kept, and why the others are not."""
