"""The one place where an LM is built, asked, metered and paid."""
