"""The pydantic models of one YAML file; every field says in a line what it does.

Parameters of tasks, generators, curation steps and models are checked by the class that uses them
(its nested ``Params``) in ``workflow/compile.py``; here they are plain mappings.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from synthlab.config.balance import BalanceConfig
from synthlab.config.feedback import FeedbackConfig
from synthlab.config.promotion import PromotionConfig
from synthlab.config.quality import DEFAULT_QUALITY, QualityConfig
from synthlab.config.sensitive import SensitiveConfig, check_name
from synthlab.config.uses import RowsByLabel, Strict, Use, UseConfig, named


class DemoConfig(Strict):
    """A row that every prompt shows as an earlier answer."""

    label: str = Field(description="its class")
    text: str = Field(min_length=1, description="the row, as the LM is to write such rows")
    attributes: dict[str, str] = Field(
        default_factory=dict, description="what had been drawn for it; the rest is drawn again"
    )


class GeneratorConfig(UseConfig):
    """The DSPy program, and the prompts that replace those of its files."""

    use: str = Field("direct", description="a generator: name, import path or file path")
    name: str | None = Field(None, min_length=1, description="shown in the leaderboard")
    prompts: dict[str, str] = Field(
        default_factory=dict, description="prompt name: its text, or the path of a .txt file"
    )
    rows_per_request: int = Field(1, ge=1, le=100, description="rows asked for in one LM call")
    demos: tuple[DemoConfig, ...] = Field(
        (), description="rows that every prompt shows as earlier answers: DSPy's demos"
    )
    quotas: bool = Field(
        True,
        description="ask for the groups of task.sensitive in their shares; false: the LM writes "
        "what it writes, which is measured all the same",
    )


class SplitConfig(Strict):
    """How the real rows are split; a whole number counts rows, a fraction is a share."""

    dev: Annotated[float, Field(gt=0)] = Field(0.2, description="rows that steer the search")
    test: Annotated[float, Field(gt=0)] = Field(0.4, description="sealed rows, opened at the end")
    seed_per_class: RowsByLabel | None = Field(
        None,
        description="keep at most this many rows a class for prompts and baselines: one number, or "
        'a number by label, such as {tech: 10, "*": 100} for a rare class; "*" is each class that '
        "is not named, and without it those keep all their rows",
    )
    seed: int = Field(0, ge=0, description="seed of the split; not the seed of the generation")
    near_duplicate: float = Field(
        0.8, gt=0, le=1, description="Jaccard similarity from which rows stay on one side"
    )


class TaskConfig(UseConfig):
    """The real data and the words that describe it to an LM."""

    document: str = Field("text", min_length=1, description="what one row is: 'news article'")
    names: dict[str, str] = Field(
        default_factory=dict, description="words that stand for a label in prompts"
    )
    split: SplitConfig = Field(default_factory=SplitConfig, description="seed, dev and test")
    real_rows: Literal["train", "seed", "score"] = Field(
        "train",
        description="what may be trained on: train: seed and dev rows; seed: seed rows, dev may "
        "only score and steer; score: none, and prompts show none: real rows cannot leave their "
        "room, words that feedback.least dev rows share may; feedback: {parts: []} keeps these too",
    )
    sensitive: dict[Annotated[str, AfterValidator(check_name)], SensitiveConfig] = Field(
        default_factory=dict,
        description="attributes of people, such as gender, by name: their groups get quotas in "
        "each class; unless curation and quality.parts are given, the step group keeps them and "
        "the part fairness measures them",
    )


class PriceConfig(Strict):
    """USD per million tokens."""

    input: float = Field(ge=0, description="USD per million input tokens")
    output: float = Field(ge=0, description="USD per million output tokens")
    cached_input: float | None = Field(None, ge=0, description="input tokens that a cache served")
    cache_write: float | None = Field(None, ge=0, description="input tokens written to a cache")
    batch_input: float | None = Field(None, ge=0, description="input tokens through a batch API")
    batch_output: float | None = Field(None, ge=0, description="output tokens through a batch API")


class LMConfig(Strict):
    """The LM that writes the rows."""

    model: str = Field(description="engine/model, such as embedded/smollm2-135m-instruct")
    base_url: str | None = Field(None, description="address of an OpenAI-compatible server")
    api_key_env: str | None = Field(
        None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="environment variable with the key; without it base_url gets no key",
    )
    temperature: float | None = Field(0.9, ge=0, le=2, description="null leaves it to the model")
    top_p: float | None = Field(None, gt=0, le=1, description="nucleus sampling")
    max_tokens: int = Field(256, ge=1, description="longest answer, in tokens")
    concurrency: int = Field(8, ge=1, le=1024, description="calls in flight at the same time")
    context: int = Field(1024, ge=128, description="tokens a call may use (embedded engine)")
    mode: Literal["live", "batch"] = Field(
        "live", description="batch: the provider's batch API, at its lower price"
    )
    timeout_s: float = Field(60, gt=0, description="seconds until one attempt is given up")
    deadline_s: float = Field(
        600, gt=0, description="seconds until a call is given up, attempts and waits included"
    )
    retries: int = Field(5, ge=1, description="attempts in all, of a call that may be retried")
    adapter: Literal["auto", "plain", "json"] = Field(
        "auto", description="plain text for tiny models, JSON schema for able ones"
    )
    price: PriceConfig | None = Field(None, description="overrides the price table")
    extra: dict[str, Any] = Field(
        default_factory=dict, description="sampling settings of this backend, sent as they are"
    )


class ScoringConfig(UseConfig):
    """The classifier, and the real rows that it is compared with."""

    use: str = Field("tfidf-logreg", description="a scikit-learn model: name or import path")
    also: tuple[Use, ...] | None = Field(
        None,
        description="other families that judge the finals, so that a win is not an artefact of "
        "one; null: lsa-logreg, or tfidf-logreg beside an LSA; [] switches off",
    )
    real_sizes: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (1, 2, 5, 10, 20, 40), description="real rows a class that baselines are trained on"
    )
    draws: int = Field(5, ge=1, description="draws of those rows; the mean is reported")
    augment: int = Field(5, ge=0, description="real rows a class that candidates are added to")


CAPS = ("usd", "tokens", "calls", "minutes")
"""Keys of ``budget`` that hold for the whole run, not for one candidate."""

_CAP = "cap of the whole run: no request is sent that could pass it"


class BudgetConfig(Strict):
    """How much each candidate may make, and what the whole run may take."""

    rows_per_class: int = Field(40, ge=1, description="kept rows a class; equal for candidates")
    tries: float = Field(3, ge=1, description="requests allowed per row that must be kept")
    usd: float | None = Field(None, gt=0, description=f"US dollars: {_CAP}")
    tokens: int | None = Field(None, gt=0, description=f"input and output tokens: {_CAP}")
    calls: int | None = Field(None, gt=0, description=f"LM calls, retries included: {_CAP}")
    minutes: float | None = Field(None, gt=0, description=f"wall time: {_CAP}")

    @property
    def caps(self) -> dict[str, float]:
        """The caps of the run that are set, by key."""
        return {key: value for key in CAPS if (value := getattr(self, key)) is not None}


class FinalsConfig(Strict):
    """How the best candidates are compared before one is named the winner."""

    shortlist: int = Field(3, ge=1, le=20, description="best candidates that are generated afresh")
    replicates: int = Field(
        5,
        ge=0,
        le=100,
        description="fresh generations of each; 0: the search's own rows, and intervals that "
        "leave the luck of a generation out",
    )
    mixture: bool = Field(
        True,
        description="after the search, also try a mixture of its candidates, if one does better on "
        "the half of dev that did not choose it; it writes the rows that its parts wrote",
    )
    rope: float = Field(
        0.01, ge=0, lt=1, description="macro-F1 by which two candidates may differ and be equal"
    )
    real_sizes: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (5, 10, 20, 50), description="real rows a class that synthetic rows are added to, on test"
    )
    weights: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(
        (1.0, 0.5, 0.25),
        min_length=1,
        description="weights of a synthetic row beside a real one; dev chooses",
    )
    pool: bool = Field(
        True, description="also judge sets chosen on dev from all rows of the search; no LM call"
    )


def _off(value: Any) -> Any:
    return "off" if value is False else value  # YAML reads off as false


class TrackingConfig(Strict):
    """Where runs and LM calls are kept."""

    uri: str | None = Field(None, description="an MLflow tracking URI; null: ./mlruns")
    artifacts: str | None = Field(
        None,
        description="where files go when uri is a database: a folder that all machines see, or "
        "s3://...; null: ./mlruns/artifacts; a server has its own place",
    )
    journal: str | None = Field(
        None,
        description="where LM calls are kept: a SQLAlchemy URL; null: calls.db in the store's "
        "folder; the environment variable SYNTHLAB_JOURNAL overrides it",
    )
    traces: Annotated[Literal["off", "sampled", "all"], BeforeValidator(_off)] = Field(
        "sampled",
        description="LM calls that become MLflow traces, with prompt, answer, tokens, cost and "
        "curation's verdict; sampled: 20 a candidate, spread over classes",
    )
    classifiers: Annotated[Literal["off", "winner", "all"], BeforeValidator(_off)] = Field(
        "winner",
        description="whose classifier is logged as a model (skops, no pickle): each candidate's, "
        "which takes half of all the time that logging takes, the winner's, or none; they are "
        "trained on synthetic rows alone; with balance, none is logged",
    )
    system_metrics: bool = Field(
        True, description="CPU, memory, disk and network of this machine, every 10 s of a run"
    )


DEFAULT_CURATION: tuple[UseConfig, ...] = tuple(
    UseConfig(use=name)
    for name in ("format", "refusals", "length", "duplicates", "near_duplicates", "overlap")
)


class ExperimentConfig(Strict):
    """One run."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$",
        description="of the experiment and of the promoted generator",
    )
    task: Annotated[TaskConfig, BeforeValidator(named)] = Field(description="the real data")
    lm: LMConfig = Field(description="the LM that writes the rows")
    reflection: LMConfig | None = Field(
        None, description="the LM that rewrites prompts; null: the one that writes the rows"
    )
    generator: Annotated[GeneratorConfig, BeforeValidator(named)] = Field(
        GeneratorConfig(), description="the DSPy program"
    )
    curation: tuple[Use, ...] = Field(DEFAULT_CURATION, description="steps, in this order")
    scoring: Annotated[ScoringConfig, BeforeValidator(named)] = Field(
        ScoringConfig(), description="the classifier that judges the rows"
    )
    feedback: FeedbackConfig = Field(FeedbackConfig(), description="what each candidate is told")
    quality: QualityConfig = Field(QualityConfig(), description="what is measured beside the score")
    search: Use = Field(UseConfig(use="grid"), description="how candidates are tried")
    budget: BudgetConfig = Field(BudgetConfig(), description="rows, tries and caps of the run")
    balance: BalanceConfig | None = Field(
        None,
        description="top up rare classes of imbalanced real rows; null: all classes get equal rows",
    )
    finals: FinalsConfig = Field(FinalsConfig(), description="fresh generations of the best, test")
    promotion: PromotionConfig = Field(PromotionConfig(), description="gates before an alias moves")
    seed: int = Field(0, ge=0, description="of everything that is drawn")
    tracking: TrackingConfig = Field(TrackingConfig(), description="where runs are kept")
    sweep: dict[str, list[Any]] = Field(
        default_factory=dict, description="dotted key: values to try, every combination"
    )

    @model_validator(mode="before")
    @classmethod
    def _looks_after_groups(cls, data: Any) -> Any:
        """Declared groups are checked and measured, unless the config says otherwise."""
        task = data.get("task") if isinstance(data, dict) else None
        if not isinstance(task, dict) or not task.get("sensitive"):
            return data
        steps = [*(step.use for step in DEFAULT_CURATION), "group"]
        parts = [*(part.use for part in DEFAULT_QUALITY), "fairness"]
        quality = data.get("quality") or {}
        if isinstance(quality, dict):
            data = {**data, "quality": {"parts": parts, **quality}}
        return {"curation": steps, **data}
