"""Random faults and random caps: nothing passes a cap, nothing is lost, nothing hangs."""

import random
import threading

import pytest
from sqlalchemy import create_engine, text

from synthlab import registry
from synthlab.curation.base import Known
from synthlab.curation.curator import Curator
from synthlab.errors import SynthlabError
from synthlab.generators.direct import Direct
from synthlab.lm.base import LMSettings, Price
from synthlab.lm.journal.book import Journal
from synthlab.lm.journal.caps import Caps
from synthlab.lm.session import Session
from synthlab.records import Brief
from synthlab.registry import resolve
from synthlab.workflow.rows import Collector, Judged, Writer
from tests.workflow.chaos import ChaosEngine, schedule

BRIEF = Brief("note", ("a", "b"), {"a": "apples and pears", "b": "boats on rivers"})
PRICE = Price(input=1.0, output=2.0)
PATIENCE_S = 60


@pytest.fixture(autouse=True)
def chaos(monkeypatch):
    engine = "tests.workflow.chaos:ChaosEngine"
    monkeypatch.setitem(registry.TABLE["engine"], "chaos", engine)


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/calls.db"


def caps(draw):
    return Caps(
        usd=draw.choice([None, 0.001, 0.004]),
        tokens=draw.choice([None, 1000, 4000]),
        calls=draw.choice([None, 5, 40]),
    )


def curator():
    steps = [resolve("curation", name) for name in ("format", "refusals", "duplicates")]
    return Curator([step(step.Params(), Known()) for step in steps], "text")


class Case:
    """One random schedule, one random budget, a set of rows to make."""

    def __init__(self, number, url):
        draw = random.Random(number)
        self.caps = caps(draw)
        self.settings = LMSettings(
            "chaos/m",
            max_tokens=20,
            concurrency=draw.randint(1, 8),
            retries=draw.randint(1, 4),
            price=PRICE,
            extra={"plan": schedule(draw), "seed": number},
        )
        self.budget = f"case {number}"
        self.journal = Journal(url, self.budget, self.caps, run=self.budget)
        self.judged, self.paid, self.error = Judged(), [], None
        generator = Direct(Direct.Params(), BRIEF, (), seed=number)
        with Session(self.settings, sleep=lambda s: None, journal=self.journal) as session:
            writer = Writer(generator, session, "c")
            self.maker = Collector(
                writer, curator(), 3, self.settings.concurrency, self.judged, self.paid.append
            )
            try:
                self.maker.fill({"a": 4, "b": 4})
            except SynthlabError as exc:
                self.error = exc
        self.engine = ChaosEngine.latest
        self.journal.close()

    def check(self, url):
        with create_engine(url).connect() as connection:
            calls = connection.execute(
                text("SELECT key, state, error, attempts FROM synthlab_calls WHERE run = :run"),
                {"run": self.budget},
            ).all()
            asked = "SELECT calls, tokens, usd, held_tokens, held_usd FROM synthlab_budgets"
            budget = connection.execute(
                text(f"{asked} WHERE id = :id"), {"id": self.budget}
            ).one_or_none()
        self.check_caps(budget)
        self.check_rows({call.key: call for call in calls})

    def check_caps(self, budget):
        bill = (self.engine.tokens_in * PRICE.input + self.engine.tokens_out * PRICE.output) / 1e6
        used = self.engine.tokens_in + self.engine.tokens_out
        if budget is None:
            assert self.engine.sent == 0
            return
        assert (budget.held_tokens, budget.held_usd) == (0, pytest.approx(0, abs=1e-12))
        assert bill <= budget.usd + 1e-12
        assert used <= budget.tokens
        assert self.engine.sent <= budget.calls
        assert self.caps.usd is None or budget.usd <= self.caps.usd * (1 + 1e-9)
        assert self.caps.tokens is None or budget.tokens <= self.caps.tokens
        assert self.caps.calls is None or budget.calls <= self.caps.calls

    def check_rows(self, calls):
        judged = {row.id for row in self.judged.curated.rows}
        assert judged <= {row.id for row in self.paid} | judged
        for row in self.judged.kept:
            assert calls[row.lineage.call].state == "done"
        for item in self.judged.dropped:
            assert item.reason
        assert {call.state for call in calls.values()} <= {"done", "failed"}
        assert all(call.error for call in calls.values() if call.state == "failed")
        if self.error is None:
            asked = sum(self.maker.used.values())
            assert len(self.judged.kept) + len(self.judged.dropped) == asked == len(self.paid)


def run_case(number, url):
    """The case, on a thread of its own: a hang is a failure, not a wait."""
    found = []
    thread = threading.Thread(target=lambda: found.append(Case(number, url)), daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    assert found, f"schedule {number} hangs or broke"
    found[0].check(url)
    return found[0]


def test_forty_random_fault_schedules(url):
    cases = [run_case(number, url) for number in range(40)]
    assert any(case.error for case in cases)
    assert any(case.error is None for case in cases)


@pytest.mark.slow
def test_a_thousand_random_fault_schedules(url):
    for number in range(1000, 2000):
        run_case(number, url)
