"""A run as one HTML page: ``material`` is what goes in, ``render.page`` makes the text."""
