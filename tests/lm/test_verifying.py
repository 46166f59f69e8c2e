"""A real server over loopback is asked for classes: the answers are short, kept, and the same."""

from __future__ import annotations

from synthlab.curation.base import Known
from synthlab.curation.verify import Verify
from synthlab.lm.base import LMSettings
from synthlab.lm.journal.book import Journal
from synthlab.lm.session import Session
from synthlab.workflow.verifying import VERIFY, Beside, Verifier
from tests.conftest import WORDS, table_rows

REAL = Known((), tuple(table_rows(6)), tuple(WORDS), document="support message")
TEXTS = ["my parcel is late", "please refund my money", "my password is wrong"]


def test_a_server_answers_each_question_and_the_journal_has_it(llama_url, tmp_path):
    settings = LMSettings(
        "openai/smol", base_url=f"{llama_url}/v1", adapter="plain", max_tokens=60, concurrency=2
    )
    step = Verify(Verify.Params(least=0.999, tokens=6), REAL)
    prompts = [step.question(text, "refund") for text in TEXTS]
    journal = Journal(f"sqlite:///{tmp_path}/calls.db")
    found, paid = [], []
    for _ in range(2):
        with Session(settings, journal=journal) as session:
            ask = Verifier(lambda: session, Beside(Session), lambda text: None)
            found.append(ask(step, prompts))
            paid.append(session.ledger.paid(VERIFY).calls)
    journal.close()
    assert paid == [3, 0]
    assert found[0] == found[1]
    for answer in found[0]:
        assert answer.text
        assert answer.usage.calls == 1
        assert answer.usage.output_tokens <= 6
