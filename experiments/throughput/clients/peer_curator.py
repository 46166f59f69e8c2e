"""bespokelabs-curator: ``curator.LLM`` on its own openai backend, limits out of the way."""

import contextlib
import sys

import contract
from bespokelabs import curator


def write_rows(job: contract.Job) -> list[str]:
    limits = {
        "base_url": job.url,
        "api_key": "x",
        "max_concurrent_requests": job.in_flight,
        "max_requests_per_minute": 10**8,
        "max_tokens_per_minute": 10**11,
    }
    with contextlib.redirect_stdout(sys.stderr):
        llm = curator.LLM(
            contract.MODEL,
            backend="openai",
            backend_params=limits,
            generation_params={"max_tokens": 256, "temperature": 0.9},
        )
        made = llm(job.prompts, working_dir=str(job.scratch))
    return list(made.dataset["response"])


contract.run(write_rows)
