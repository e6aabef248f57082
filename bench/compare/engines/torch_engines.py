"""sentence-transformers and transformers' pipeline, on torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from compare.engines.engine import Setup, Vectors, longest_first, padded_tokens, unit


def _use_threads(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)


class SentenceTransformersEngine:
    """SentenceTransformer.encode, which sorts by length itself. With inter, its own pool of
    processes, one thread each."""

    def __init__(self, setup: Setup, dtype: str, device: str = "cpu") -> None:
        import sentence_transformers
        import torch

        _use_threads(setup.threads_per_stream)
        self._model = sentence_transformers.SentenceTransformer(
            str(setup.hf), device=device, model_kwargs={"dtype": getattr(torch, dtype)}
        )
        self._model.max_seq_length = setup.max_length
        self._pool: Any = None
        if setup.streams > 1:
            self._pool = self._model.start_multi_process_pool([device] * setup.streams)
        self.version = (
            f"sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__}"
        )
        self.detail = f"{dtype} on {device}, {torch.backends.cpu.get_cpu_capability()}"

    def embed(self, texts: Sequence[str], batch: int) -> Vectors:
        vectors = self._model.encode(
            list(texts),
            batch_size=batch,
            show_progress_bar=False,
            normalize_embeddings=True,
            **({"pool": self._pool} if self._pool else {}),
        )
        return np.asarray(vectors, np.float32)

    def computed_tokens(self, texts: Sequence[str], batch: int) -> int:
        lengths = [min(len(ids), self._model.max_seq_length) for ids in self._ids(texts)]
        return padded_tokens(lengths, longest_first([len(text) for text in texts]), batch)

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        return self._model.tokenizer(list(texts), truncation=False)["input_ids"]


class PipelineEngine:
    """transformers.pipeline("feature-extraction"), and the mean over each text's own tokens. It takes
    no advice on batches: `batch` is fixed by the row (one text a call, or 32)."""

    def __init__(self, setup: Setup, batch: int) -> None:
        import torch
        import transformers

        _use_threads(setup.threads)
        self._batch = batch
        self._max_length = setup.max_length
        self._pipeline = transformers.pipeline(
            "feature-extraction", model=str(setup.hf), device="cpu", dtype=torch.float32
        )
        self.version = f"transformers {transformers.__version__}, torch {torch.__version__}"
        self.detail = f"float32, {torch.backends.cpu.get_cpu_capability()}"

    def _lengths(self, texts: Sequence[str]) -> list[int]:
        ids = self._pipeline.tokenizer(list(texts), truncation=True, max_length=self._max_length)
        return [len(row) for row in ids["input_ids"]]

    def embed(self, texts: Sequence[str], batch: int) -> Vectors:
        options = {"truncation": True, "max_length": self._max_length}
        if self._batch == 1:
            outputs = [
                self._pipeline(text, return_tensors=True, tokenize_kwargs=options)[0].mean(0)
                for text in texts
            ]
            return unit(np.stack([output.numpy() for output in outputs]))
        lengths = self._lengths(texts)
        order = longest_first(lengths)
        outputs = self._pipeline(
            [texts[i] for i in order],
            batch_size=self._batch,
            return_tensors=True,
            tokenize_kwargs=options,
        )
        vectors = np.empty((len(texts), outputs[0].shape[-1]), np.float32)
        for i, output in zip(order, outputs, strict=True):
            vectors[i] = output[0, : lengths[i]].mean(0).numpy()
        return unit(vectors)

    def computed_tokens(self, texts: Sequence[str], batch: int) -> int:
        lengths = self._lengths(texts)
        return padded_tokens(lengths, longest_first(lengths), batch)
