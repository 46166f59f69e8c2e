"""synthlab without a journal: calls are checked, counted and priced, and forgotten at the end."""

import contract
import synthlab_rows

from synthlab.lm.session import Session


def write_rows(job: contract.Job) -> list[str]:
    with Session(synthlab_rows.settings(job)) as session:
        return synthlab_rows.texts(job, session, range(job.rows))


contract.run(write_rows)
