"""The journal of LM calls: cache, ledger and audit trail in one SQL table."""
