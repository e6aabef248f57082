"""CTranslate2's Encoder, which drops the padding itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from compare.engines.engine import Setup, TokenBatches, Vectors, unit


class CTranslate2Engine(TokenBatches):
    """intra: intra_threads. inter: inter_threads, fed by as many Python threads."""

    def __init__(self, setup: Setup, compute_type: str) -> None:
        import ctranslate2

        self._encoder = ctranslate2.Encoder(
            str(setup.exports / "ctranslate2"),
            device="cpu",
            compute_type=compute_type,
            inter_threads=setup.streams,
            intra_threads=setup.threads_per_stream,
        )
        self.version = f"ctranslate2 {ctranslate2.__version__}"
        self.detail = f"compute type {self._encoder.compute_type}"
        super().__init__(setup, self._run_batch)

    def _run_batch(self, rows: list[list[int]]) -> Vectors:
        states = np.array(self._encoder.forward_batch(rows).last_hidden_state)
        return unit(np.stack([states[i, : len(row)].mean(0) for i, row in enumerate(rows)]))

    def computed_tokens(self, texts: Sequence[str], batch: int) -> int:
        return sum(len(row) for row in self.ids(texts))
