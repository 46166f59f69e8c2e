"""The openai SDK, its asynchronous client under a semaphore."""

import asyncio

import contract
import openai


async def ask_all(job: contract.Job) -> list[str]:
    client = openai.AsyncOpenAI(api_key="x", base_url=job.url, max_retries=0, timeout=60)
    slots = asyncio.Semaphore(job.in_flight)

    async def ask(prompt: str) -> str:
        said = [{"role": "user", "content": prompt}]
        async with slots:
            found = await client.chat.completions.create(
                model=contract.MODEL, messages=said, max_tokens=256, temperature=0.9
            )
        return found.choices[0].message.content or ""

    return await asyncio.gather(*map(ask, job.prompts))


def write_rows(job: contract.Job) -> list[str]:
    return asyncio.run(ask_all(job))


contract.run(write_rows)
