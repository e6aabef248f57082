"""What the vectors are worth: distance from torch's fp32, agreement with people, finding documents."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.stats import spearmanr

from compare.client import PeerError, Worker
from compare.engines.catalog import REFERENCE
from compare.engines.engine import Vectors
from compare.session import Session, say
from compare.texts import Tasks

CHECK = "quality"


def cosines(a: Vectors, b: Vectors) -> Vectors:
    a64, b64 = a.astype(np.float64), b.astype(np.float64)
    return (a64 * b64).sum(1) / (np.linalg.norm(a64, axis=1) * np.linalg.norm(b64, axis=1))


def stsb_spearman(vectors: dict[str, Vectors], tasks: Tasks) -> float:
    found = [float(cosines(vectors[a][None], vectors[b][None])[0]) for a, b, _ in tasks.pairs]
    return 100 * float(spearmanr(found, [score for _, _, score in tasks.pairs]).statistic)


def ndcg_at_10(documents: Vectors, numbers: list[str], question: Vectors, grades: dict[str, int]) -> float:
    order = np.argsort(-(documents @ question), kind="stable")[:10]
    gains = [grades.get(numbers[i], 0) for i in order]
    ideal = sorted(grades.values(), reverse=True)[:10]
    return _discounted(gains) / _discounted(ideal)


def _discounted(gains: list[int]) -> float:
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains))


def measure_quality(session: Session, tasks: Tasks) -> None:
    """Not timed, so as many engines at a time as there are cores."""
    say(f"{session.model.name}: quality")
    workload_texts = [text for w in session.corpus.workloads for text in w.texts]
    pair_texts = [text for a, b, _ in tasks.pairs for text in (a, b)]
    questions = [number for number in tasks.questions if number in tasks.relevant]
    texts = workload_texts + pair_texts + list(tasks.documents.values())
    texts += [tasks.questions[number] for number in questions]
    texts = list(dict.fromkeys(text.replace("\n", " ") for text in texts))
    reference: Vectors | None = None

    def of(worker: Worker) -> tuple[str, Vectors | None]:
        batch = session.batch[worker.spec.name, "mixed"]
        try:
            return worker.spec.name, session.vectors(worker, f"{session.model.name}.{CHECK}", texts, batch)
        except PeerError as error:
            session.drop(worker.spec.name, error)
            return worker.spec.name, None

    # The pipelines run the reference's own model, and slowly; the program is the library.
    chosen = [
        worker
        for name, worker in session.workers.items()
        if not name.startswith("pipeline") and not name.endswith("-program")
    ]
    for place, worker in enumerate(chosen):
        worker.pin([session.cores[place % len(session.cores)]])
    with ThreadPoolExecutor(len(session.cores)) as pool:
        found = dict(pool.map(of, chosen))
    for worker in session.workers.values():
        worker.pin(session.one_core())
    reference = found.get(REFERENCE)
    for name, vectors in found.items():
        if vectors is None:
            continue
        key = session.key(CHECK, name)
        by_text = dict(zip(texts, vectors, strict=True))
        if reference is not None:
            cosine = cosines(reference, vectors)
            setting = f"{len(texts)} texts"
            session.results.add(key, "cosine_mean", "", float(cosine.mean()), setting)
            session.results.add(key, "cosine_min", "", float(cosine.min()), setting)
        if tasks.pairs:
            score = stsb_spearman(by_text, tasks)
            session.results.add(key, "stsb_spearman", "x100", score, f"{len(tasks.pairs)} pairs")
        if tasks.documents:
            numbers = list(tasks.documents)
            matrix = np.stack([by_text[tasks.documents[number]] for number in numbers])
            scores = [
                ndcg_at_10(matrix, numbers, by_text[tasks.questions[q]], tasks.relevant[q])
                for q in questions
            ]
            session.results.add(
                key, "cranfield_ndcg10", "x100", 100 * float(np.mean(scores)), f"{len(questions)} questions"
            )
