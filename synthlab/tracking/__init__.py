"""Runs, registry and artifacts in MLflow; the only room that imports it."""
