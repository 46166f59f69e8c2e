"""synthlab over many rows, in rounds whose rows are written away: what it keeps itself.

``synthlab generate`` writes its rows in rounds too. What is left of a row here is the hash by which
the different ones are counted, some 100 bytes.
"""

import contract
import synthlab_rows

from synthlab.lm.journal.book import Journal
from synthlab.lm.session import Session

ROUND = 1000


def write_rows(job: contract.Job) -> list[int]:
    hashes: list[int] = []
    journal = Journal(f"sqlite:///{job.scratch / 'calls.db'}")
    with (
        Session(synthlab_rows.settings(job), journal=journal) as session,
        (job.scratch / "rows.txt").open("w") as out,
    ):
        for start in range(0, job.rows, ROUND):
            seeds = range(start, min(start + ROUND, job.rows))
            texts = synthlab_rows.texts(job, session, seeds)
            out.writelines(f"{text}\n" for text in texts)
            hashes += map(hash, texts)
    journal.close()
    return hashes


contract.run(write_rows)
