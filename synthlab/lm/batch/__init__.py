"""``lm.mode: batch``: calls through a provider's batch API, at its lower price.

A call that the journal cannot answer ends its program with ``Deferred``; ``Session.flush`` submits
what was deferred, waits for it and keeps the answers in the journal; then the same programs run
again and find them there. A program of several steps takes as many rounds.
"""
