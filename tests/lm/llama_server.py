"""llama.cpp's own HTTP server on a free loopback port, as a process of its own.

Run as ``python llama_server.py CONTEXT SLOTS``. It prints its address and ends when its standard
input is closed, hence with the test run at the latest.
"""

import os
import sys

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import xllamacpp

from synthlab.lm.weights import find_weights


def main(context: int, slots: int) -> None:
    params = xllamacpp.CommonParams()
    params.model.path = str(find_weights("smollm2-135m-instruct"))
    params.model_alias = {"smol"}
    params.n_parallel = slots
    params.n_ctx = context * slots
    params.cache_ram_mib = 0
    params.verbosity = -1
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
