"""Are the peers handicapped by this harness? Its numbers against plain loops over the peers' own APIs, on
texts of one length, one thread, the same core; taken in turn, harness, loop, harness."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from compare.client import PeerError, Threads, Worker, last_line, thread_environment
from compare.engines.catalog import EngineSpec
from compare.plain_loops import text_of
from compare.session import Session, say
from compare.speed import wake

CASES = ((16, 32), (128, 16))  # tokens a text, texts a batch
BATCHES = 4  # of texts that the harness is given
ALLOWED = 0.9


def plain_rates(session: Session, spec: EngineSpec) -> list[float]:
    command: list[Any] = ["taskset", "-c", str(session.one_core()[0]), sys.executable, "-P", "-m"]
    command += ["compare.plain_loops", spec.name, session.model.hf, session.model.exports]
    command += [str(session.plan.check_seconds), *(f"{length}x{batch}" for length, batch in CASES)]
    environment = {"PATH": "/usr/bin:/bin"} | thread_environment(Threads()) | spec.environment
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise PeerError(last_line(done.stderr))
    return [float(line) for line in done.stdout.splitlines()[-len(CASES) :]]


def harness_rate(session: Session, worker: Worker, length: int, batch: int) -> float:
    count = batch * BATCHES // worker.spec.share
    session.give_texts(worker, f"alike.{length}", [text_of(length)] * count)
    wake(worker)
    answer = worker.ask("time", batch=batch, seconds=session.plan.check_seconds)
    return answer["texts"] / answer["seconds"]


def check_peer(session: Session, worker: Worker) -> None:
    before = [harness_rate(session, worker, *case) for case in CASES]
    plain = plain_rates(session, worker.spec)
    after = [harness_rate(session, worker, *case) for case in CASES]
    for (length, batch), loop, *rates in zip(CASES, plain, before, after, strict=True):
        key = session.key(f"{length} tokens", worker.spec.name)
        setting = f"batch {batch}"
        session.results.add(key, "harness_texts_per_second", "texts/s", rates, setting)
        session.results.add(key, "plain_texts_per_second", "texts/s", loop, setting)
        share = sum(rates) / len(rates) / loop
        if share < ALLOWED:
            session.warnings.append(
                f"{worker.spec.label} gave {share:.0%} of its plain loop at {length} tokens"
            )


def check_peers(session: Session) -> None:
    for name, worker in session.workers.items():
        if worker.spec.is_linnet or name.startswith("st-gpu"):
            continue
        say(f"{session.model.name}: {name} against a plain loop")
        try:
            check_peer(session, worker)
        except (PeerError, ValueError) as error:
            session.note(f"{worker.spec.label}, plain loop: {error}")
