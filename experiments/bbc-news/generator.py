"""A generator of one's own: write a headline first, then the story under it.

Two calls a row. `configs/bbc-news-headline.yaml` runs it beside the direct prompt.
"""

from __future__ import annotations

from collections.abc import Sequence

import dspy
from pydantic import BaseModel, ConfigDict, Field

from synthlab.generators.base import Generator
from synthlab.records import Request, Row


class HeadlineFirst(Generator):
    """A headline about a drawn subject, then a story under that headline."""

    class Params(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)

        subjects: dict[str, list[str]] = Field(description="subjects by class")

    prompts = {
        "headline": "Write one headline of a {document} about {subject} ({label}).",
        "story": "Write the first paragraph of the {document} with this headline: {headline}",
    }

    def prepare(self, shots: Sequence[Row]) -> None:
        about = self.signature("headline", ["document", "subject", "label"], output="headline")
        self.headline = dspy.Predict(about)
        self.story = dspy.Predict(self.signature("story", ["document", "headline"]))

    def request(self, label: str, index: int) -> Request:
        subjects = self.params.subjects[label]
        plain = super().request(label, index)
        return Request(label, index, plain.seed, {"subject": subjects[index % len(subjects)]})

    def forward(self, request: Request) -> dspy.Prediction:
        document, label = self.brief.document, self.words(request.label)
        subject = request.attributes["subject"]
        headline = self.headline(document=document, subject=subject, label=label).headline
        return self.story(document=document, headline=headline)
