"""The openai SDK, one synchronous client and as many threads as requests in flight."""

from concurrent.futures import ThreadPoolExecutor

import contract
import openai


def write_rows(job: contract.Job) -> list[str]:
    client = openai.OpenAI(api_key="x", base_url=job.url, max_retries=0, timeout=60)

    def ask(prompt: str) -> str:
        said = [{"role": "user", "content": prompt}]
        found = client.chat.completions.create(
            model=contract.MODEL, messages=said, max_tokens=256, temperature=0.9
        )
        return found.choices[0].message.content or ""

    with ThreadPoolExecutor(job.in_flight) as pool:
        return list(pool.map(ask, job.prompts))


contract.run(write_rows)
