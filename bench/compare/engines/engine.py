"""What an engine is to the worker: texts in, unit vectors out, in the order of the texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Setup:
    """One model, prepared for every peer, and how many threads to use in which way."""

    hf: Path  # Hugging Face folder
    exports: Path  # what models.py made of it
    threads: int
    inter: bool  # several batches at a time, one thread each; else all threads in one batch
    max_length: int

    @property
    def streams(self) -> int:
        return self.threads if self.inter else 1

    @property
    def threads_per_stream(self) -> int:
        return 1 if self.inter else self.threads


class Engine(Protocol):
    version: str
    detail: str

    def embed(self, texts: Sequence[str], batch: int) -> Vectors:
        """[n, dimension], row i for text i, each of length 1."""

    def computed_tokens(self, texts: Sequence[str], batch: int) -> int:
        """Tokens the engine works on, padding included."""


def batches(order: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(order), size):
        yield order[start : start + size]


def longest_first(lengths: Sequence[int]) -> list[int]:
    return sorted(range(len(lengths)), key=lambda i: -lengths[i])


def padded_tokens(lengths: Sequence[int], order: Sequence[int], batch: int) -> int:
    return sum(len(part) * max(lengths[i] for i in part) for part in batches(order, batch))


class TokenBatches:
    """Hugging Face's fast tokenizer, then batches of texts of like length: what every engine that
    takes token ids is given. `run` gets the ids of one batch, longest first, and gives its vectors."""

    def __init__(self, setup: Setup, run: Callable[[list[list[int]]], Vectors]) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(setup.hf / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(setup.max_length)
        self._run = run
        self._pool = ThreadPoolExecutor(setup.streams) if setup.streams > 1 else None

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(texts))]

    def embed(self, texts: Sequence[str], batch: int) -> Vectors:
        ids = self.ids(texts)
        order = longest_first([len(row) for row in ids])
        parts = [[ids[i] for i in part] for part in batches(order, batch)]
        found = list(self._pool.map(self._run, parts)) if self._pool else [*map(self._run, parts)]
        vectors = np.empty((len(ids), found[0].shape[1]), np.float32)
        vectors[order] = np.concatenate(found)
        return vectors

    def computed_tokens(self, texts: Sequence[str], batch: int) -> int:
        lengths = [len(row) for row in self.ids(texts)]
        return padded_tokens(lengths, longest_first(lengths), batch)


def pad(rows: list[list[int]]) -> dict[str, Ids]:
    """The three inputs of an exported BERT."""
    ids = np.zeros((len(rows), max(map(len, rows))), np.int64)
    mask = np.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
        mask[i, : len(row)] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}


def unit(vectors: Vectors) -> Vectors:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
