"""The commands by what they are for: flags in, one call into the workflow, results out."""
