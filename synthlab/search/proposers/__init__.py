"""Who writes the next candidate, from one that was scored and its feedback."""
