"""Deliveries that are killed: ``volume_worker.py PLAN``, a JSON file.

One process imports everything, then forks: each child makes or goes on with a delivery, and may be
told to kill itself before its n-th write to the disk, or be killed after some seconds.
"""

import json
import os
import signal
import sys
import time
from contextlib import closing
from pathlib import Path

from synthlab.lm.journal.book import Journal
from synthlab.workflow import bulk, shards

DISK = ["fsync", "truncate"]
PATHS = ["replace", "unlink", "write_text", "mkdir"]


def armed(before: int) -> None:
    """Kill this process just before its ``before``-th write."""
    count = 0

    def watched(real):
        def call(*args, **kwargs):
            nonlocal count
            count += 1
            if count == before:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        return call

    for name in DISK:
        setattr(os, name, watched(getattr(os, name)))
    for name in PATHS:
        setattr(Path, name, watched(getattr(Path, name)))


def child(plan, kill):
    """Never returns."""
    if kill.get("before"):
        armed(kill["before"])
    try:
        with closing(Journal(plan["journal"], "volume", run="volume")) as journal:
            out = Path(plan["out"])
            bulk.generate(plan["program"], plan["count"], out, plan["form"], journal=journal)
    except BaseException as exc:
        print(repr(exc), file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def run(plan, kill):
    """The child's exit status: 0, or minus the signal that ended it."""
    pid = os.fork()
    if not pid:
        child(plan, kill)
    if kill.get("after"):
        time.sleep(kill["after"])
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main(path):
    plan = json.loads(Path(path).read_text("utf-8"))
    bulk.ROUND, shards.SIZE = plan["round"], plan["size"]
    ends = []
    for kill in plan["kills"]:
        ends.append(run(plan, kill))
        if ends[-1] == 0:
            break
    else:
        ends.append(run(plan, {}))
    print(json.dumps(ends))


if __name__ == "__main__":
    main(sys.argv[1])
