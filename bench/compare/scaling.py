"""How Linnet grows: with threads against the multiply-add loop, and with the number of texts."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

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
    """1,000 to 1,000,000 queries through the program with all cores: seconds and peak memory. Stops
    before a size that would take longer than the plan allows."""
    spec = BY_NAME[engine]
    queries = session.corpus.workload("queries").texts
    source, target = session.scratch / "work.txt", session.scratch / "work.npy"
    command = ["taskset", "-c", ",".join(map(str, session.cores)), PROGRAM, "embed", "-q"]
    command += ["-m", session.model.exports / spec.linnet_file, "-t", str(len(session.cores))]
    command += [source, "-o", target]
    seconds = 0.0
    for count in WORK:
        if 10 * seconds > session.plan.work_seconds:
            session.note(f"{engine}: {count:,} texts left out, for the time they would take")
            break
        say(f"{session.model.name}: {count:,} texts through {engine}")
        with source.open("w", encoding="utf-8") as file:
            for start in range(0, count, len(queries)):
                file.writelines(text + "\n" for text in queries[: count - start])
        start_time = time.perf_counter()
        with subprocess.Popen(command) as process:
            _, status, usage = wait_for(process)
        seconds = time.perf_counter() - start_time
        if status != 0:
            session.warnings.append(f"{engine}: {count:,} texts: exit status {status}")
            break
        key = session.key(f"{count} queries", engine, Threads(len(session.cores)))
        session.results.add(key, "seconds", "s", seconds)
        session.results.add(key, "peak_memory", "MiB", usage.ru_maxrss / 1024)
        target.unlink()
    source.unlink(missing_ok=True)


def wait_for(process: subprocess.Popen[bytes]) -> tuple[int, int, resource.struct_rusage]:
    """Its own peak memory, not the largest child's."""
    pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return pid, process.returncode, usage
