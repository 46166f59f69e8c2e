"""Just enough of the GGUF format to tell a whole file from a wrong or truncated one.

Reads the header only. The values of the metadata are skipped.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

MAGIC = b"GGUF"
# Bytes of each metadata type by its number; 8 is a string, 9 an array.
WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
STRING, ARRAY = 8, 9
ALIGNMENT = 32
# No real header has more; a corrupt count would otherwise be read for hours.
MOST_ITEMS = 1_000_000


def tensor_data_start(path: Path) -> int:
    """Where the last tensor's data begins, in bytes: a whole file is longer than that.

    Raises:
        ValueError: not GGUF, a version that is not known, or a header cut short.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        if file.read(4) != MAGIC:
            raise ValueError("it does not begin with 'GGUF'")
        version = _int(file, "<I")
        if version not in (2, 3):
            raise ValueError(f"GGUF version {version} is not supported")
        tensors, pairs = _count(file), _count(file)
        for _ in range(pairs):
            _skip_string(file)
            _skip_value(file, _int(file, "<I"))
        last = max((_tensor_offset(file) for _ in range(tensors)), default=0)
        header = file.tell()
    return header + -header % ALIGNMENT + last


def _tensor_offset(file: BinaryIO) -> int:
    _skip_string(file)
    dimensions = _int(file, "<I")
    _skip(file, 8 * dimensions + 4)
    return _int(file, "<Q")


def _skip_value(file: BinaryIO, kind: int) -> None:
    if kind == STRING:
        _skip_string(file)
    elif kind == ARRAY:
        inner, count = _int(file, "<I"), _count(file)
        if inner in WIDTHS:
            _skip(file, WIDTHS[inner] * count)
        else:
            for _ in range(count):
                _skip_value(file, inner)
    elif kind in WIDTHS:
        _skip(file, WIDTHS[kind])
    else:
        raise ValueError("its header is corrupt")


def _skip_string(file: BinaryIO) -> None:
    _skip(file, _int(file, "<Q"))


def _skip(file: BinaryIO, count: int) -> None:
    # Read, not seek: a seek past the end of a truncated file would not be noticed.
    if count > 2**31 or len(file.read(count)) < count:
        raise ValueError("its header is cut short")


def _count(file: BinaryIO) -> int:
    count = _int(file, "<Q")
    if count > MOST_ITEMS:
        raise ValueError("its header is corrupt")
    return count


def _int(file: BinaryIO, form: str) -> int:
    width = struct.calcsize(form)
    data = file.read(width)
    if len(data) < width:
        raise ValueError("its header is cut short")
    return int(struct.unpack(form, data)[0])
