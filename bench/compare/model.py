"""A model of the comparison, and where its exports are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Model:
    name: str
    hf: Path  # Hugging Face folder
    exports: Path  # everything export.py makes of it
    trained: bool = True  # random weights: speed alone

    @property
    def max_length(self) -> int:
        settings = self.hf / "sentence_bert_config.json"
        return json.loads(settings.read_text("utf-8"))["max_seq_length"]

    @property
    def config(self) -> dict:
        return json.loads((self.hf / "config.json").read_text("utf-8"))
