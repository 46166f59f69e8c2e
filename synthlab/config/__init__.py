"""What users write: YAML in, checked and frozen models out."""
