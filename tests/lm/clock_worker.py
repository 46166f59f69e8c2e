"""A process that works: ``clock_worker.py JOURNAL BUDGET MINUTES``.

It asks for calls until its time is over, then prints how many seconds it was at work, and why it
stopped.
"""

import json
import sys
import time

from synthlab.errors import BudgetError
from synthlab.lm.journal.book import Journal
from synthlab.lm.journal.caps import Caps
from synthlab.lm.journal.entries import Asked, Kept
from synthlab.records import Usage


def main(url, budget, minutes):
    journal = Journal(url, budget, Caps(minutes=float(minutes)))
    began = time.monotonic()
    print(json.dumps("ready"), flush=True)
    number = 0
    try:
        while True:
            number += 1
            key = f"{journal._owner.id}-{number}"
            asked = Asked(key, "openai/m", "openai m", "generate", "prompt", 100, 0.01)
            assert journal.reserve(asked) is None
            time.sleep(0.01)
            journal.settle(asked, Kept("words", "stop", Usage(1, 10, 10, 0.002, 0.01)))
    except BudgetError as exc:
        print(json.dumps([time.monotonic() - began, exc.what]), flush=True)
    journal.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
