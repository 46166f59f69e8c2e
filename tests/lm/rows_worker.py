"""A process that makes rows: ``rows_worker.py ADDRESS JOURNAL FIRST LAST [CAP_USD]``.

It prints each text as a JSON line once it is there, and what stopped it.
"""

import json
import sys

import dspy

from synthlab.errors import BudgetError
from synthlab.lm.base import LMSettings, Price
from synthlab.lm.journal.book import Journal
from synthlab.lm.journal.caps import Caps
from synthlab.lm.session import Session
from synthlab.workflow.spread import spread

WORKERS = 16


def main(address, url, first, last, cap=""):
    settings = LMSettings(
        "openai/stub",
        base_url=address,
        adapter="plain",
        max_tokens=60,
        concurrency=WORKERS,
        price=Price(input=1.0, output=2.0),
    )
    program = dspy.Predict(dspy.Signature("number -> text", "Write row {number}."))

    def write(number):
        with session.scope(seed=number):
            return program(number=str(number)).text

    def told(text):
        print(json.dumps(text), flush=True)

    journal = Journal(url, "rows", Caps(usd=float(cap) if cap else None))
    with Session(settings, journal=journal) as session:
        print(json.dumps("ready"), flush=True)
        try:
            spread(write, range(int(first), int(last)), WORKERS, told)
        except BudgetError as exc:
            print(json.dumps(exc.what), flush=True)
    journal.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
