"""data-designer: one LLM text column over a seed data frame of topics, through ``create``."""

import contextlib
import logging
import sys

import contract
import data_designer.config as dd
import pandas as pd
from data_designer.interface import DataDesigner


def write_rows(job: contract.Job) -> list[str]:
    logging.disable(logging.INFO)
    provider = dd.ModelProvider(name="stub", endpoint=job.url, api_key="x")
    sampling = dd.ChatCompletionInferenceParams(
        max_parallel_requests=job.in_flight, max_tokens=256, temperature=0.9
    )
    model = dd.ModelConfig(
        alias="stub", model=contract.MODEL, provider="stub", inference_parameters=sampling
    )
    plan = dd.DataDesignerConfigBuilder(model_configs=[model])
    plan.with_seed_dataset(dd.DataFrameSeedSource(df=pd.DataFrame({"topic": job.topics})))
    prompt = contract.PROMPT.format(topic="{{ topic }}")
    plan.add_column(dd.LLMTextColumnConfig(name="text", prompt=prompt, model_alias="stub"))
    with contextlib.redirect_stdout(sys.stderr):
        designer = DataDesigner(artifact_path=job.scratch, model_providers=[provider])
        designer.set_run_config(dd.RunConfig(otel_metrics_port=None))
        made = designer.create(plan, num_records=job.rows).load_dataset()
    return list(made["text"])


contract.run(write_rows)
