"""Counts up a tag that nothing protects but a turn; arguments: folder, URI, name, times."""

import sys
import time
from pathlib import Path

from synthlab.tracking.store import Store
from synthlab.tracking.turns import turn


def count(folder: str, uri: str, name: str, times: int) -> None:
    store = Store.open(Path(folder), uri)
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(times):
        with turn(store, name):
            before = int(store.client.get_registered_model(name).tags.get("count", 0))
            time.sleep(0.05)
            store.client.set_registered_model_tag(name, "count", str(before + 1))


if __name__ == "__main__":
    count(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
