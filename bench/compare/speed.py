"""Texts a second, one thread: batch sizes swept, then interleaved rounds of every engine and workload."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from compare.client import PeerError, Threads, Worker
from compare.machine import Busy
from compare.session import Session, say
from compare.texts import Workload

LIKE_WHEN_QUICK = {"sentences": "queries"}  # not swept, for the time
WORSE = 0.9  # of the best batch size so far: those beyond are worse still
FINALISTS = 3  # batch sizes that are tried once more
NOISY_PEAK = 0.05  # the multiply-add peak moved by more between rounds
NOISY_OTHERS = 0.03  # others took more of the core


def wake(worker: Worker, most: int = 3) -> None:
    """Some texts that do not count: others have had the core and its caches."""
    worker.ask("latency", seconds=0.0, most=most)


def sweep(session: Session) -> None:
    """The batch size that each engine is fastest with, by workload."""
    say(f"{session.model.name}: the best batch sizes")
    for name in list(session.workers):
        worker = session.workers[name]
        try:
            for workload in session.corpus.workloads:
                session.batch[name, workload.name] = _best_batch(session, worker, workload)
        except PeerError as error:
            session.drop(name, error)


def _best_batch(session: Session, worker: Worker, workload: Workload) -> int:
    candidates = worker.spec.batches
    if len(candidates) == 1:
        return candidates[0]
    if not session.plan.sweep_all:
        if workload.name in LIKE_WHEN_QUICK:
            return session.batch[worker.spec.name, LIKE_WHEN_QUICK[workload.name]]
        candidates = candidates[1::2]
    texts = len(workload.for_engine(worker.spec))
    candidates = tuple(batch for batch in candidates if batch <= texts) or candidates[:1]
    session.give(worker, workload)
    wake(worker)
    speeds: dict[int, float] = {}  # the best of the times each was tried

    def measure(batch: int) -> None:
        answer = worker.ask("time", batch=batch, seconds=session.plan.sweep_seconds)
        speeds[batch] = max(speeds.get(batch, 0.0), answer["texts"] / answer["seconds"])

    def is_worse(batch: int) -> bool:
        return speeds[batch] < WORSE * max(speeds.values())

    start = len(candidates) // 4
    for way in (candidates[start:], candidates[:start][::-1]):  # larger ones, then smaller ones
        for batch in way:
            measure(batch)
            if is_worse(batch):
                measure(batch)  # somebody else may have had the core
            if is_worse(batch):
                break
    for batch in sorted(speeds, key=speeds.__getitem__)[-FINALISTS:]:
        measure(batch)
    return max(speeds, key=speeds.__getitem__)


def measure_peak(session: Session) -> float | None:
    """Multiply-adds a second of the measured core, by Linnet's register-only loop."""
    worker = next((w for w in session.workers.values() if w.spec.make is None), None)
    return worker.ask("peak")["flops"] if worker else None


def measure_speed(session: Session) -> None:
    rates: dict[tuple[str, str], list[float]] = defaultdict(list)
    core_seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
    peaks: list[float] = []
    stolen: list[float] = []
    for round_number in range(session.plan.rounds):
        say(f"{session.model.name}: speed, round {round_number + 1} of {session.plan.rounds}")
        peak = measure_peak(session)
        if peak:
            peaks.append(peak)
        for workload in session.corpus.workloads:
            names = list(session.workers)
            shift = round_number * 3 % max(1, len(names))  # nobody always follows the same one
            for name in names[shift:] + names[:shift]:
                try:
                    answer = _timed(session, session.workers[name], workload, stolen)
                except PeerError as error:
                    session.drop(name, error)
                    continue
                rates[name, workload.name].append(answer["texts"] / answer["seconds"])
                core_seconds[name, workload.name].append(answer["cpu_seconds"] / answer["texts"])
    for (name, workload_name), values in rates.items():
        if name in session.workers:
            _record(session, name, workload_name, values, core_seconds[name, workload_name])
    _record_noise(session, peaks, stolen)


def _timed(session: Session, worker: Worker, workload: Workload, stolen: list[float]) -> dict:
    batch = session.batch[worker.spec.name, workload.name]
    session.give(worker, workload)
    wake(worker)
    busy = Busy(session.one_core())
    answer = worker.ask("time", batch=batch, seconds=session.plan.seconds)
    others = busy.busy_seconds() - answer["cpu_seconds"]
    stolen.append(max(0.0, others / answer["seconds"]))
    return answer


def _record(
    session: Session, name: str, workload: str, rates: list[float], core_seconds: list[float]
) -> None:
    worker = session.workers[name]
    key = session.key(workload, name)
    batch = session.batch[name, workload]
    setting = f"batch {batch}" if batch else ""
    add = session.results.add
    add(key, "texts_per_second", "texts/s", rates, setting)
    add(key, "core_seconds_per_million", "s", [1e6 * s for s in core_seconds], setting)
    session.give(worker, session.corpus.workload(workload))
    work = worker.ask("work", batch=batch)
    if work["tokens"]:
        add(key, "padding", "share", 1 - work["tokens"] / work["computed"], setting)
        tokens = work["tokens"] / len(session.corpus.workload(workload).for_engine(worker.spec))
        add(key, "tokens_per_second", "tokens/s", [rate * tokens for rate in rates], setting)


def _record_noise(session: Session, peaks: list[float], stolen: list[float]) -> None:
    key = session.key("", "machine")
    if peaks:
        session.results.add(key, "fma_peak", "GFLOP/s", [peak / 1e9 for peak in peaks])
        moved = max(peaks) / min(peaks) - 1
        if moved > NOISY_PEAK:
            session.warnings.append(
                f"{session.model.name}: the multiply-add peak of the core moved by {moved:.0%} between "
                "rounds: the clock moved or others used the core"
            )
    taken = sorted(stolen)[len(stolen) // 2] if stolen else 0.0
    session.results.add(key, "core_used_by_others", "share", stolen or [0.0])
    if taken > NOISY_OTHERS:
        session.warnings.append(
            f"{session.model.name}: others used {taken:.0%} of the measured core (median of the runs)"
        )


def measure_memory(session: Session) -> None:
    for name in list(session.workers):
        worker = session.workers[name]
        try:
            kib = worker.ask("memory")["peak"]
        except PeerError as error:
            session.drop(name, error)
            continue
        session.results.add(session.key("", name), "peak_memory", "MiB", kib / 1024)
        session.results.add(session.key("", name), "load", "s", worker.hello["load_seconds"])


def measure_latency(session: Session) -> dict[str, list[float]]:
    """One query at a time. All milliseconds, by engine; rounds interleaved."""
    say(f"{session.model.name}: one text at a time")
    samples: dict[str, list[float]] = defaultdict(list)
    queries = session.corpus.workload("queries")
    names = [name for name, worker in session.workers.items() if not name.endswith("-program")]
    for round_number in range(session.plan.rounds):
        for name in names:
            if name not in session.workers:
                continue
            worker = session.workers[name]
            try:
                if round_number == 0:
                    session.give(worker, queries)
                    wake(worker, most=20)
                seconds = session.plan.latency_seconds
                samples[name] += worker.ask("latency", seconds=seconds, most=4000)["milliseconds"]
            except PeerError as error:
                session.drop(name, error)
    for name, milliseconds in samples.items():
        ordered = sorted(milliseconds)
        for metric, share in (("latency_p50", 0.5), ("latency_p99", 0.99)):
            place = min(len(ordered) - 1, int(share * len(ordered)))
            session.results.add(
                session.key("one query", name), metric, "ms", ordered[place], f"{len(ordered)} texts"
            )
    return dict(samples)


def measure_threads(
    session: Session,
    counts: list[int],
    workloads: tuple[str, ...],
    also: Callable[[Threads, dict[str, Worker]], None],
) -> None:
    """More threads: all of them in one batch (intra) and a batch each (inter), both measured. `also` may
    ask the workers more."""
    specs = [worker.spec for worker in session.workers.values()]
    for count in counts:
        for inter in (False, True):
            threads = Threads(count, inter)
            cores = session.cores[-count:]
            chosen = [spec for spec in specs if spec.inter or not inter]
            say(f"{session.model.name}: {threads.label} threads")
            workers = session.start(chosen, threads, cores)
            _threads_rounds(session, workers, threads, workloads)
            also(threads, workers)
            for worker in workers.values():
                worker.close()


def _threads_rounds(
    session: Session, workers: dict[str, Worker], threads: Threads, workloads: tuple[str, ...]
) -> None:
    rates: dict[tuple[str, str], list[float]] = defaultdict(list)
    for _ in range(session.plan.thread_rounds):
        for workload_name in workloads:
            workload = session.corpus.workload(workload_name)
            for name, worker in list(workers.items()):
                batch = session.batch[name, workload_name]
                try:
                    session.give(worker, workload)
                    wake(worker)
                    answer = worker.ask("time", batch=batch, seconds=session.plan.seconds)
                except PeerError as error:
                    session.note(f"{name} with {threads.label} threads: {error}")
                    workers.pop(name).close()
                    continue
                rates[name, workload_name].append(answer["texts"] / answer["seconds"])
    for (name, workload_name), values in rates.items():
        batch = session.batch[name, workload_name]
        session.results.add(
            session.key(workload_name, name, threads),
            "texts_per_second",
            "texts/s",
            values,
            f"batch {batch}" if batch else "",
        )
