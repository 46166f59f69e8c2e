"""synthlab as it runs for its users: every call is reserved and kept in a SQLite journal."""

import contract
import synthlab_rows

from synthlab.lm.journal.book import Journal
from synthlab.lm.session import Session


def write_rows(job: contract.Job) -> list[str]:
    journal = Journal(f"sqlite:///{job.scratch / 'calls.db'}")
    try:
        with Session(synthlab_rows.settings(job), journal=journal) as session:
            return synthlab_rows.texts(job, session, range(job.rows))
    finally:
        journal.close()


contract.run(write_rows)
