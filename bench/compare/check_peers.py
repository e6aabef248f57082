"""Are the peers handicapped by this harness? Its numbers against plain loops over the peers' own APIs, on
texts of one length, one thread, the same core; taken in turn, harness, loop, harness."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from compare.client import PeerError, Threads, last_line, thread_environment
from compare.engines.catalog import EngineSpec
from compare.plain_loops import text_of
from compare.session import Session, say

CASES = ((16, 32), (128, 16))  # tokens a text, texts a batch
BATCHES = 4  # of texts that the harness is given
ALLOWED = 0.9


def plain_rate(session: Session, spec: EngineSpec, length: int, batch: int) -> float:
    command: list[Any] = ["taskset", "-c", str(session.one_core()[0]), sys.executable, "-P", "-m"]
    command += ["compare.plain_loops", spec.name, session.model.hf, session.model.exports]
    command += [str(length), str(batch), str(session.plan.check_seconds)]
    environment = {"PATH": "/usr/bin:/bin"} | thread_environment(Threads()) | spec.environment
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise PeerError(last_line(done.stderr))
    return float(done.stdout.split()[-1])


def check_peers(session: Session) -> None:
    for name in list(session.workers):
        worker = session.workers[name]
        if worker.spec.is_linnet or worker.spec.name.startswith("st-gpu"):
            continue
        say(f"{session.model.name}: {name} against a plain loop")
        for length, batch in CASES:
            count = batch * BATCHES // worker.spec.share
            try:
                session.give_texts(worker, f"alike.{length}", [text_of(length)] * count)
                rates = []
                for turn in range(2):
                    answer = worker.ask("time", batch=batch, seconds=session.plan.check_seconds / 2)
                    rates.append(answer["texts"] / answer["seconds"])
                    if turn == 0:
                        plain = plain_rate(session, worker.spec, length, batch)
            except PeerError as error:
                session.note(f"{worker.spec.label}, plain loop: {error}")
                break
            key = session.key(f"{length} tokens", name)
            setting = f"batch {batch}"
            session.results.add(key, "harness_texts_per_second", "texts/s", rates, setting)
            session.results.add(key, "plain_texts_per_second", "texts/s", plain, setting)
            if sum(rates) / len(rates) < ALLOWED * plain:
                share = sum(rates) / len(rates) / plain
                session.warnings.append(
                    f"{worker.spec.label} gave {share:.0%} of its plain loop at {length} tokens"
                )
