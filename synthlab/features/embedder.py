"""A GGUF embedding model in this process, and texts as its vectors.

llama.cpp runs through xllamacpp. What is known of a text is kept in ``vectors.py``; scikit-learn's
side is ``embeddings.py``.
"""

from __future__ import annotations

import functools
import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthlab.errors import EngineError
from synthlab.features.cache import cache_folder
from synthlab.features.vectors import VectorStore

FILE_NAME = "embeddings.db"
SILENT = -1  # errors come back as exceptions
KEPT_AT_ONCE = 64  # texts between two writes: a stopped process loses no more than these
CHARS_A_TOKEN = 8  # no language's texts are longer, but for long rows of one letter
SHORTER = 0.9


class Embedder:
    """Texts -> unit vectors, each text worked out once per model.

    Args:
        path: a GGUF file.
        max_tokens: tokens of a text that are read; the rest of it is cut off.

    Raises:
        EngineError: there is no such file, or it is no GGUF file.
    """

    def __init__(self, path: Path, max_tokens: int) -> None:
        self.path = path
        self.max_tokens = max_tokens
        weights = _digest(path)
        # "mean" and "unit": what else is done to the model's numbers.
        self.store = VectorStore(
            cache_folder() / FILE_NAME, f"{weights} mean unit {max_tokens} tokens"
        )

    def embed(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Vectors of length 1, shape ``(texts, dimensions)``.

        Raises:
            EngineError: the model cannot be loaded or cannot embed a text.
            StorageError: the store cannot be read or written.
        """
        known = self.store.get(texts)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            with _server(self.path, self.max_tokens) as server:
                for start in range(0, len(missing), KEPT_AT_ONCE):
                    part = missing[start : start + KEPT_AT_ONCE]
                    made = {text: self._one(server, text) for text in part}
                    self.store.put(made)
                    known |= made
        return np.array([known[text] for text in texts], dtype=np.float64)

    def _one(self, server: Any, text: str) -> NDArray[np.float32]:
        """One text a request: in a batch its numbers would depend on the texts beside it."""
        # llama.cpp refuses text that is too long; it is cut by steps that depend on nothing else.
        text = text.encode("utf-8", "replace").decode()[: self.max_tokens * CHARS_A_TOKEN]
        while True:
            found = server.handle_embeddings({"input": [text]})
            if "data" in found:
                return _unit(found["data"][0]["embedding"])
            problem = found.get("error", {})
            if "too large" not in str(problem.get("message")) and (
                problem.get("type") != "exceed_context_size_error"
            ):
                raise EngineError(f"{self.path.name} cannot embed a text: {problem.get('message')}")
            if len(text) < 2:
                raise EngineError(
                    f"{self.path.name}: max_tokens {self.max_tokens} holds no text", "raise it"
                )
            text = text[: int(len(text) * SHORTER)]


def _unit(numbers: Sequence[float]) -> NDArray[np.float32]:
    vector = np.array(numbers, dtype=np.float64)
    size = np.linalg.norm(vector)
    return (vector / size if size else vector).astype(np.float32)


@contextmanager
def _server(path: Path, max_tokens: int) -> Iterator[Any]:
    """llama.cpp with the model; memory and port are given back at the end."""
    # Idle OpenMP threads that spin take the cores from everything else on a busy machine. It is
    # read when the library is loaded, hence before the import.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.embedding = True
    params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    params.n_parallel = 1
    # A text is read in one step: with attention to both sides it cannot be cut into several.
    params.n_ctx = params.n_batch = params.n_ubatch = max_tokens
    params.cache_ram_mib = 0  # no text comes twice; by default prompts may fill 8 GiB
    params.verbosity = SILENT
    # It always opens a port on loopback; a key nobody knows keeps other users of the machine out.
    params.api_keys = [secrets.token_hex(16)]
    try:
        server = xllamacpp.Server(params)
    except RuntimeError as exc:
        raise EngineError(
            f"llama.cpp cannot load the embedding model {path}",
            "the file may be damaged, or of a kind that has no embeddings",
        ) from exc
    try:
        yield server
    finally:
        del server  # the only reference: llama.cpp stops here


def _digest(path: Path) -> str:
    try:
        stat = path.stat()
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as exc:
        raise EngineError(
            f"embedding weights: {path} cannot be read: {exc.strerror}", "check the path"
        ) from exc
    if magic != b"GGUF":
        raise EngineError(f"embedding weights: {path} is not a GGUF file", "name another file")
    return _sha256(str(path.resolve()), stat.st_size, stat.st_mtime_ns)


@functools.lru_cache(maxsize=16)
def _sha256(path: str, size: int, mtime_ns: int) -> str:
    """Hex digest; size and time are there to tell a changed file from the one hashed before."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
