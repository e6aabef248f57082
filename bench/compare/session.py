"""What the measurements share: the engines at work, their texts, the results, and what went wrong."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from compare.client import PeerError, Threads, Worker
from compare.engines.catalog import EngineSpec
from compare.engines.engine import Vectors
from compare.machine import usable_cores
from compare.model import Model
from compare.plan import Plan
from compare.results import Results
from compare.texts import Corpus, Workload

START = time.monotonic()


def elapsed() -> float:
    return time.monotonic() - START


def say(text: str) -> None:
    print(f"{elapsed():7.1f} s  {text}", flush=True)


@dataclass
class Session:
    plan: Plan
    model: Model
    corpus: Corpus
    results: Results
    scratch: Path
    cores: list[int] = field(default_factory=usable_cores)
    workers: dict[str, Worker] = field(default_factory=dict)
    batch: dict[tuple[str, str], int] = field(default_factory=dict)  # (engine, workload): the best
    missing: dict[str, str] = field(default_factory=dict)  # engine: why
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what could not be measured, and why

    def one_core(self) -> list[int]:
        """The last core: the first serves the system and this harness."""
        return self.cores[-1:]

    def start(
        self,
        specs: Iterable[EngineSpec],
        threads: Threads,
        cores: Sequence[int],
        environment: Callable[[EngineSpec], dict[str, str]] | None = None,
    ) -> dict[str, Worker]:
        """Loads a worker a core at a time; those of one thread on any core, to be pinned then. Who fails
        as it is used most, with one thread, is missing; who fails otherwise has a note."""

        def load(spec: EngineSpec) -> Worker | None:
            try:
                variables = environment(spec) if environment else {}
                alone = threads.count == 1  # else its threads may be bound already
                worker = Worker(spec, self.model, threads, self.cores if alone else cores, variables)
                if alone:
                    worker.pin(cores)
            except (PeerError, OSError) as error:
                if threads == Threads() and environment is None:
                    self.drop(spec.name, error)
                else:
                    how = ", ".join(f"{k}={v}" for k, v in variables.items())
                    self.note(f"{spec.label}, threads {threads.label} {how}: {error}")
                return None
            return worker

        with ThreadPoolExecutor(len(self.cores)) as pool:
            loaded = list(pool.map(load, specs))
        return {worker.spec.name: worker for worker in loaded if worker}

    def drop(self, name: str, error: Exception) -> None:
        """The engine gives no more numbers in this run, and the report says why."""
        say(f"{self.model.name}: {name} is missing: {error}")  # and the others go on
        self.missing.setdefault(name, str(error))
        worker = self.workers.pop(name, None)
        if worker:
            worker.close()

    def note(self, text: str) -> None:
        say(f"{self.model.name}: {text}")
        self.notes.append(text)

    def give_texts(self, worker: Worker, name: str, texts: Sequence[str]) -> None:
        path = self.scratch / f"{name}.{len(texts)}.txt"
        if not path.exists():  # there whole or not at all: another thread may give them to another worker now
            unfinished = path.with_suffix(f".{worker.spec.name}")
            unfinished.write_text("".join(text + "\n" for text in texts), "utf-8")
            unfinished.replace(path)
        worker.ask("texts", path=str(path))

    def give(self, worker: Worker, workload: Workload) -> None:
        """As many texts for each thread, so that each has as many batches as one thread alone."""
        texts = workload.for_engine(worker.spec) * worker.threads.count
        self.give_texts(worker, f"{self.model.name}.{workload.name}", texts)

    def vectors(self, worker: Worker, name: str, texts: Sequence[str], batch: int) -> Vectors:
        self.give_texts(worker, name, texts)
        with tempfile.NamedTemporaryFile(dir=self.scratch) as file:
            answer = worker.ask("embed", timeout=1200, batch=batch, out=file.name)
            return np.fromfile(file.name, "<f4").reshape(-1, answer["dimension"])

    def key(self, workload: str, engine: str, threads: Threads | None = None) -> tuple[str, str, str, str]:
        return (self.model.name, workload, engine, (threads or Threads()).label)

    def close(self) -> None:
        for worker in self.workers.values():
            worker.close()
        self.workers.clear()
