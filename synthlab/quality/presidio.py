"""``presidio``: names of persons and other identifiers, by Microsoft Presidio and a spaCy model.

For ``pip install 'synthlab-framework[presidio]'`` and a spaCy model, which PyPI does not have
(``python -m spacy download en_core_web_sm``, or the path of one). It reads a text in some
milliseconds, and a model takes many a word for a name: figures are beside those of real rows. No
text leaves the machine; Presidio itself fetches the list of public domain suffixes, if it can.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from synthlab.errors import ConfigError
from synthlab.measures import Verdict
from synthlab.quality.base import Subject
from synthlab.quality.identifiers import Identifier
from synthlab.quality.lengths import cut
from synthlab.quality.pii import Pii, having
from synthlab.quality.rates import judged

INSTALL = "pip install 'synthlab-framework[presidio]'"


class Presidio(Pii):
    """``ner_pii`` and ``ner_pii_real``: rows per 1,000, with the kinds in their details."""

    COST: ClassVar[Literal["fast", "slow"]] = "slow"
    PART: ClassVar[str] = "presidio"
    NAMES: ClassVar[tuple[str, str]] = ("ner_pii", "ner_pii_real")

    class Params(BaseModel):
        """The model, and what is looked for."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        model: str = Field("en_core_web_sm", description="a spaCy model's name, or its folder")
        language: str = Field("en", description="language of the texts, two letters")
        entities: tuple[str, ...] = Field(
            ("PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "US_SSN"),
            description="Presidio's names of what is looked for",
        )
        score: float = Field(0.5, ge=0, le=1, description="how sure Presidio must be")

    def __init__(self, params: Any) -> None:
        """Load the model.

        Raises:
            ConfigError: Presidio or the model is not installed, or does not know an entity.
        """
        super().__init__(params)
        self._engine = _engine(params.model, params.language)
        known = set(self._engine.get_supported_entities(params.language))
        if unknown := sorted(set(params.entities) - known):
            raise ConfigError(
                f"Presidio knows no entity '{unknown[0]}'", f"it knows: {', '.join(sorted(known))}"
            )

    def find(self, texts: Sequence[str]) -> list[set[Identifier]]:
        """What each text holds: Presidio's kinds, and the words without case and extra spaces."""
        asked = self.params
        return [
            {
                Identifier(hit.entity_type, " ".join(text[hit.start : hit.end].casefold().split()))
                for hit in self._engine.analyze(
                    text,
                    language=asked.language,
                    entities=list(asked.entities),
                    score_threshold=asked.score,
                )
            }
            for text in texts
        ]

    def known(self, subject: Subject) -> set[Identifier]:
        """Those of seed rows: names that many people write about stand in other real rows too."""
        return self.all_of(subject.texts((*subject.source, *subject.shown)))

    def leaks(self, count: int, rows: int, known: set[Identifier], subject: Subject) -> Verdict:
        """What held-out real rows share with seed rows too is no leak: a president's name."""
        held = self.find(cut(subject.texts(subject.held), subject.texts(subject.kept)))
        null = (having([items & known for items in held]), len(held)) if held else None
        return judged(count, rows, null)


def _engine(model: str, language: str) -> Any:
    try:
        import spacy
        from presidio_analyzer import AnalyzerEngine
        from presidio_analyzer.nlp_engine import NlpEngineProvider
    except ImportError as exc:
        raise ConfigError("the part 'presidio' needs presidio-analyzer", INSTALL) from exc
    try:
        spacy.load(model)  # Presidio itself would try to download one that is missing
    except (OSError, ValueError) as exc:
        raise ConfigError(
            f"there is no spaCy model '{model}'", f"python -m spacy download {model}, or its path"
        ) from exc
    models = [{"lang_code": language, "model_name": model}]
    made = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models})
    return AnalyzerEngine(nlp_engine=made.create_engine(), supported_languages=[language])
