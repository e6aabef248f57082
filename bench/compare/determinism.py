"""Whether a text's vector has the same bits alone and in a batch, with more threads, on AVX2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from compare.client import PeerError, Threads, Worker
from compare.engines.engine import Vectors
from compare.machine import cpu_flags
from compare.session import Session, say

TEXTS = 48
BATCH = 32


def _record(session: Session, name: str, what: str, a: Vectors, b: Vectors) -> None:
    key = session.key("determinism", name)
    difference = float(np.abs(a - b).max())
    same = a.tobytes() == b.tobytes()
    session.results.add(key, f"same_bits_{what}", "yes=1", float(same))
    session.results.add(key, f"largest_difference_{what}", "", difference)


@dataclass
class Baseline:
    """The vectors of one thread and one batch size, which the others are held against."""

    session: Session
    texts: list[str]
    vectors: dict[str, Vectors]  # by engine

    @property
    def label(self) -> str:
        return f"{self.session.model.name}.determinism"

    def compare(self, what: str, workers: dict[str, Worker]) -> None:
        for name, worker in workers.items():
            if name not in self.vectors:
                continue
            try:
                found = self.session.vectors(worker, self.label, self.texts, BATCH)
            except PeerError as error:
                self.session.note(f"{name}: {what}: {error}")
                continue
            _record(self.session, name, what, self.vectors[name], found)


def measure_determinism(session: Session) -> Baseline:
    """Batches and instruction sets; the caller has workers of more threads, and compares them."""
    say(f"{session.model.name}: the same bits?")
    texts = list(dict.fromkeys(session.corpus.workload("mixed").texts))[:TEXTS]
    baseline = Baseline(session, texts, {})
    for name in list(session.workers):
        if name == "pipeline-1" or name.endswith("-program"):
            continue
        worker = session.workers[name]
        try:
            baseline.vectors[name] = session.vectors(worker, baseline.label, texts, BATCH)
            alone = session.vectors(worker, baseline.label, texts, 1)
        except PeerError as error:
            session.drop(name, error)
            continue
        if name != "pipeline-32":
            _record(session, name, "batch", alone, baseline.vectors[name])
    if "avx512f" in cpu_flags():
        switchable = [worker.spec for worker in session.workers.values() if worker.spec.avx2]
        chosen = [spec for spec in switchable if spec.name in baseline.vectors]
        workers = session.start(chosen, Threads(), session.one_core(), lambda spec: spec.avx2)
        baseline.compare("avx2", workers)
        for worker in workers.values():
            worker.close()
    return baseline
