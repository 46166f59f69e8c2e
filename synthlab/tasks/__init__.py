"""Real data: loaders, splits and the seal on the test split."""
