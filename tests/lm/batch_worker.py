"""A process that makes rows by batch: ``batch_worker.py MODEL ADDRESS JOURNAL ROWS [WAIT]``.

It prints each text as a JSON line once it is there. WAIT is the time between two looks at a batch.
"""

import json
import sys
import time

import dspy

from synthlab.lm.base import LMSettings, Price
from synthlab.lm.journal.book import Journal
from synthlab.lm.session import Session
from synthlab.workflow.gather import gather

PRICE = Price(
    input=1.0,
    output=2.0,
    cached_input=0.5,
    batch_input=0.5,
    batch_output=1.0,
    batch_cached_input=0.25,
)


def settings_for(model, address, **changes):
    url = f"{address}/v1" if model.startswith("openai") else address
    usual = {"adapter": "plain", "max_tokens": 60, "price": PRICE, "mode": "batch"}
    return LMSettings(model, **{"base_url": url, **usual, **changes})


class TwoSteps(dspy.Module):
    """Writes a draft, then a text from it."""

    def __init__(self):
        super().__init__()
        self.draft = dspy.Predict(dspy.Signature("number -> text", "Draft row {number}."))
        self.final = dspy.Predict(dspy.Signature("draft -> text", "Rewrite: {draft}"))

    def forward(self, number):
        return self.final(draft=self.draft(number=number).text)


def writer_of(session, program):
    def write(number):
        with session.scope(seed=number):
            return program(number=str(number)).text

    return write


def say(text):
    print(json.dumps(text), flush=True)


def main(model, address, url, rows, wait=""):
    sleep = (lambda seconds: time.sleep(float(wait))) if wait else None
    journal = Journal(url, "rows")
    with Session(settings_for(model, address), journal=journal, sleep=sleep) as session:
        try:
            write = writer_of(session, TwoSteps())
            gather(session, write, range(int(rows)), 4, say, lambda text: say({"told": text}))
        except KeyboardInterrupt:
            say({"told": "interrupted"})
    journal.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
