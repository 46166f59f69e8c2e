"""A scikit-learn model trained on some rows and judged on real ones."""
