"""The embedded engine: llama.cpp in this process, many requests batched together.

The weights are found and checked in ``weights.py``. The chat template is the model's own.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
from typing import Any, ClassVar

from dspy.lm15 import Request, Response

from synthlab.errors import ContextError, EngineError
from synthlab.lm.answers import answer, chat_messages, response_format
from synthlab.lm.base import LMSettings
from synthlab.lm.weights import find_weights, identity

# Below llama.cpp's quietest level: not even errors are printed; they come back as exceptions.
SILENT = -1
PROMPT_CACHE_MIB = 256


class EmbeddedEngine:
    """A GGUF model on this machine's cores; the same seed gives the same text."""

    adapter: ClassVar[str] = "plain"
    local: ClassVar[bool] = True
    seeded: ClassVar[bool] = True

    def __init__(self, settings: LMSettings) -> None:
        self.settings = settings
        self._server: Any = _load(settings)

    @classmethod
    def check(cls, settings: LMSettings) -> str:
        """File name and SHA-256 prefix of the weights.

        Raises:
            EngineError: runtime or weights are missing, or the file is not a whole GGUF file.
        """
        if importlib.util.find_spec("xllamacpp") is None:
            raise EngineError(
                "the runtime of the embedded engine is not installed", "pip install xllamacpp"
            )
        return identity(find_weights(settings.name))

    def complete(self, request: Request) -> Response:
        """One answer; blocks while the model writes.

        Raises:
            ContextError: the prompt does not fit ``settings.context``.
            EngineError: llama.cpp refuses the request.
        """
        server = self._server
        if server is None:
            raise EngineError(f"{self.settings.model}: the session was closed")
        try:
            found = server.handle_chat_completions(self._body(request))
        except (ValueError, RuntimeError) as exc:
            raise EngineError(f"{self.settings.model}: {exc}", "check lm.extra") from exc
        if "error" in found:
            raise self._error(found["error"])
        choice, usage = found["choices"][0], found.get("usage", {})
        finish = "length" if choice.get("finish_reason") == "length" else "stop"
        return answer(
            self.settings.model,
            choice["message"].get("content") or "",
            finish,
            usage.get("prompt_tokens"),
            usage.get("completion_tokens"),
            usage.get("prompt_tokens_details", {}).get("cached_tokens"),
        )

    def close(self) -> None:
        """Free the model, once the requests under way have ended."""
        self._server = None

    def _body(self, request: Request) -> dict[str, Any]:
        c = request.config
        body = {
            "messages": chat_messages(request),
            "max_tokens": c.max_tokens,
            "temperature": c.temperature,
            "top_p": c.top_p,
            "top_k": c.top_k,
            "seed": c.seed,
            "stop": list(c.stop) or None,
            "frequency_penalty": c.frequency_penalty,
            "presence_penalty": c.presence_penalty,
            "response_format": response_format(request),
        }
        return {k: v for k, v in body.items() if v is not None} | dict(self.settings.extra)

    def _error(self, error: dict[str, Any]) -> EngineError:
        if error.get("type") == "exceed_context_size_error":
            return ContextError(
                f"{self.settings.model}: the prompt has {error.get('n_prompt_tokens')} tokens, "
                f"the context holds {error.get('n_ctx')}",
                f"raise lm.context (now {self.settings.context}), or shorten the prompt",
            )
        return EngineError(f"{self.settings.model}: {error.get('message')}", "check lm.extra")


def _load(settings: LMSettings) -> Any:
    # Idle OpenMP threads that spin take the cores from everything else on a busy machine. It is
    # read when the library is loaded, hence before the import.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    import xllamacpp

    path = find_weights(settings.name)
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_parallel = settings.concurrency
    params.n_ctx = settings.concurrency * settings.context
    # llama.cpp's CPU attention sums in another order for 64 and more tokens a step, and for a slot
    # that is alone with over 256 tokens, but both only where keys and values are of one float type
    # (ggml-cpu/ops.cpp). With two types a text does not depend on what else is in flight, nor on
    # how much of its prompt a slot remembers from an earlier request.
    params.cache_type_k = xllamacpp.ggml_type.GGML_TYPE_F16
    params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_BF16
    # Old prompts, from which any slot takes up a common start; by default they may fill 8 GiB.
    params.cache_ram_mib = PROMPT_CACHE_MIB
    params.verbosity = SILENT
    # It always opens a port on loopback; a key nobody knows keeps other users of the machine out.
    params.api_keys = [secrets.token_hex(16)]
    try:
        return xllamacpp.Server(params)
    except RuntimeError as exc:
        raise EngineError(
            f"{settings.model}: llama.cpp cannot load {path}",
            "the file may be damaged or of an unknown kind, or memory too small for "
            f"{settings.concurrency} slots of {settings.context} tokens: lower lm.concurrency",
        ) from exc
