"""How sure a score is: numpy and scipy only, no model, no row, no store."""
