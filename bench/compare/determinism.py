"""Whether a text's vector has the same bits alone and in a batch, with more threads, on AVX2."""

from __future__ import annotations

import numpy as np

from compare.client import PeerError, Threads, Worker
from compare.engines.engine import Vectors
from compare.machine import cpu_flags
from compare.session import Session, say

TEXTS = 48


def _record(session: Session, name: str, what: str, a: Vectors, b: Vectors) -> None:
    key = session.key("determinism", name)
    difference = float(np.abs(a - b).max())
    same = a.tobytes() == b.tobytes()
    session.results.add(key, f"same_bits_{what}", "yes=1", float(same))
    session.results.add(key, f"largest_difference_{what}", "", difference)


def measure_determinism(session: Session) -> None:
    say(f"{session.model.name}: the same bits?")
    texts = list(dict.fromkeys(session.corpus.workload("mixed").texts))[:TEXTS]
    label = f"{session.model.name}.determinism"
    batch = 32
    inside: dict[str, Vectors] = {}
    for name in list(session.workers):
        if name.startswith("pipeline-1") or name.endswith("-program"):
            continue
        worker = session.workers[name]
        try:
            inside[name] = session.vectors(worker, label, texts, batch)
            alone = session.vectors(worker, label, texts, 1)
        except PeerError as error:
            session.drop(name, error)
            continue
        if name != "pipeline-32":
            _record(session, name, "batch", alone, inside[name])
    specs = [session.workers[name].spec for name in inside if name in session.workers]

    def compare(what: str, workers: dict[str, Worker]) -> None:
        for name, worker in workers.items():
            try:
                _record(session, name, what, inside[name], session.vectors(worker, label, texts, batch))
            except PeerError as error:
                session.note(f"{name}: {what}: {error}")
            worker.close()

    if len(session.cores) > 1:
        threads = Threads(len(session.cores))
        compare("threads", session.start(specs, threads, session.cores))
    if "avx512f" in cpu_flags():
        switchable = [spec for spec in specs if spec.avx2]
        compare("avx2", session.start(switchable, Threads(), session.one_core(), lambda s: s.avx2))
