"""DSPy alone: ``dspy.Predict`` under ``dspy.Parallel``, on its own HTTP engine, cache off."""

import os

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "true")

import contract
import dspy


def write_rows(job: contract.Job) -> list[str]:
    lm = dspy.LM(
        f"openai/{contract.MODEL}",
        api_base=job.url,
        api_key="x",
        engine="lm15",
        cache=False,
        max_tokens=256,
        temperature=0.9,
    )
    dspy.configure(lm=lm)
    instructions = contract.PROMPT.format(topic="the topic")
    program = dspy.Predict(dspy.Signature("topic -> text", instructions))
    # Ten errors end a run and 120 s make a straggler by default.
    parallel = dspy.Parallel(
        num_threads=job.in_flight, max_errors=10**9, timeout=0, disable_progress_bar=True
    )
    pairs = [(program, dspy.Example(topic=topic).with_inputs("topic")) for topic in job.topics]
    return [made.text for made in parallel(pairs)]


contract.run(write_rows)
