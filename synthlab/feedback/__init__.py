"""What is wrong with a set of synthetic rows, found with its model and the real dev rows."""
