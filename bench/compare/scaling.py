"""How Linnet grows: with threads against the multiply-add loop, and with the number of texts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from compare.client import PeerError, Threads, Worker
from compare.engines.catalog import BY_NAME, PROGRAM
from compare.session import Session, say

WORK = (1_000, 10_000, 100_000, 1_000_000)


def thread_counts(cores: int) -> list[int]:
    """2, 4, 8, ... and all of them."""
    counts = [1 << n for n in range(1, cores.bit_length()) if 1 << n < cores]
    return [*counts, cores] if cores > 1 else []


def measure_peak_scaling(session: Session, counts: list[int]) -> None:
    """The register-only multiply-add loop on several cores at once: what the machine itself gives."""
    spec = BY_NAME["linnet-fp32"]
    workers: list[Worker] = []
    try:
        for core in session.cores:
            workers.append(Worker(spec, session.model, Threads(), [core]))
        for count in [1, *counts]:
            chosen = workers[-count:]
            with ThreadPoolExecutor(count) as pool:
                totals = [
                    sum(pool.map(lambda worker: worker.ask("peak")["flops"], chosen)) / 1e9
                    for _ in range(5)
                ]
            key = session.key("scaling", "machine", Threads(count))
            session.results.add(key, "fma_peak", "GFLOP/s", totals)
    except PeerError as error:
        session.warnings.append(f"no multiply-add loop on several cores: {error}")
    for worker in workers:
        worker.close()


def measure_work(session: Session, engine: str) -> None:
    """1,000 to 1,000,000 queries, the shorter half of them, through the program with all cores: seconds
    and peak memory. Stops before a size that would take longer than the plan allows."""
    spec = BY_NAME[engine]
    by_length = sorted(session.corpus.workload("queries").texts, key=len)
    longest = len(by_length[len(by_length) // 2])
    queries = [text for text in session.corpus.workload("queries").texts if len(text) <= longest]
    source, target = session.scratch / "work.txt", session.scratch / "work.npy"
    command = ["taskset", "-c", ",".join(map(str, session.cores)), PROGRAM, "embed", "-q"]
    command += ["-m", session.model.exports / spec.linnet_file, "-t", str(len(session.cores))]
    command += [source, "-o", target]
    seconds = 0.0
    for count in WORK:
        if 10 * seconds > session.plan.work_seconds:
            session.note(f"{spec.label}: {count:,} texts left out, for the time they would take")
            break
        say(f"{session.model.name}: {count:,} texts through {engine}")
        with source.open("w", encoding="utf-8") as file:
            for start in range(0, count, len(queries)):
                file.writelines(text + "\n" for text in queries[: count - start])
        measured = run_measured(command)
        if measured["status"] != 0:
            session.warnings.append(f"{spec.label}: {count:,} texts: exit status {measured['status']}")
            break
        seconds = measured["seconds"]
        key = session.key(f"{count} queries", engine, Threads(len(session.cores)))
        session.results.add(key, "seconds", "s", seconds)
        session.results.add(key, "peak_memory", "MiB", measured["kib"] / 1024)
        target.unlink()
    source.unlink(missing_ok=True)


def run_measured(command: Sequence[str | Path]) -> dict[str, Any]:
    """See measured.py."""
    script = Path(__file__).with_name("measured.py")
    done = subprocess.run(
        [sys.executable, "-I", "-S", script, *command], stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])
