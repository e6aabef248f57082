"""One engine in one process: loads once, then answers requests, a line of JSON each.

    python -m compare.worker --engine NAME --hf DIR --exports DIR --threads N [--inter]

linnet_worker.cc speaks the same protocol; README.md lists the requests."""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from compare.engines.catalog import BY_NAME
from compare.engines.engine import Engine, Setup
from compare.engines.linnet_program import LinnetProgram

Answer = dict[str, Any]


def cpu_seconds() -> float:
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


class Worker:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._texts: list[str] = []

    def answer(self, request: Answer) -> Answer:
        operations = {
            "texts": self._read_texts,
            "work": self._work,
            "embed": self._embed,
            "time": self._time,
            "latency": self._latency,
            "memory": self._memory,
        }
        return operations[request["op"]](request)

    def _read_texts(self, request: Answer) -> Answer:
        self._texts = Path(request["path"]).read_text("utf-8").split("\n")[:-1]
        return {"texts": len(self._texts)}

    def _work(self, request: Answer) -> Answer:
        return {
            "tokens": self._engine.computed_tokens(self._texts, 1),
            "computed": self._engine.computed_tokens(self._texts, request["batch"]),
        }

    def _embed(self, request: Answer) -> Answer:
        if request["batch"] == 1:
            vectors = np.concatenate([self._engine.embed([text], 1) for text in self._texts])
        else:
            vectors = self._engine.embed(self._texts, request["batch"])
        vectors.astype("<f4").tofile(request["out"])
        return {"dimension": vectors.shape[1]}

    def _time(self, request: Answer) -> Answer:
        passes = 0
        cpu = cpu_seconds()
        start = time.perf_counter()
        while passes == 0 or time.perf_counter() - start < request["seconds"]:
            self._engine.embed(self._texts, request["batch"])
            passes += 1
        took = time.perf_counter() - start
        return {
            "seconds": took,
            "cpu_seconds": cpu_seconds() - cpu,
            "texts": passes * len(self._texts),
        }

    def _latency(self, request: Answer) -> Answer:
        milliseconds: list[float] = []
        begin = time.perf_counter()
        while len(milliseconds) < request["most"]:
            if len(milliseconds) >= 20 and time.perf_counter() - begin >= request["seconds"]:
                break
            text = self._texts[len(milliseconds) % len(self._texts)]
            start = time.perf_counter()
            self._engine.embed([text], 1)
            milliseconds.append(1e3 * (time.perf_counter() - start))
        return {"milliseconds": milliseconds}

    def _memory(self, request: Answer) -> Answer:
        if isinstance(self._engine, LinnetProgram):  # its memory is what counts, not this process's
            return {"peak": self._engine.peak_kib(self._texts)}
        status = Path("/proc/self/status").read_text("ascii")
        fields = dict(line.split(":", 1) for line in status.splitlines())
        return {"peak": int(fields["VmHWM"].split()[0])}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", required=True, choices=sorted(BY_NAME))
    parser.add_argument("--hf", required=True, type=Path)
    parser.add_argument("--exports", required=True, type=Path)
    parser.add_argument("--threads", required=True, type=int)
    parser.add_argument("--max-length", required=True, type=int)
    parser.add_argument("--inter", action="store_true")
    return parser.parse_args()


def main() -> None:
    # Answers alone go to standard output; whatever a library prints goes to standard error.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(answer: Answer) -> None:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    args = parse_arguments()
    spec = BY_NAME[args.engine]
    start = time.perf_counter()
    setup = Setup(args.hf, args.exports, args.threads, args.inter, args.max_length)
    try:
        if spec.make is None:
            raise ValueError(f"{spec.name} has a worker of its own")
        engine = spec.make(setup)
    except Exception as error:  # whatever it is, it is the reason why this peer is missing
        traceback.print_exc()
        say({"error": f"{type(error).__name__}: {error}"})
        return
    load_seconds = time.perf_counter() - start
    say({"load_seconds": load_seconds, "version": engine.version, "detail": engine.detail})
    worker = Worker(engine)
    for line in sys.stdin:
        try:
            say(worker.answer(json.loads(line)))
        except Exception as error:  # the harness decides what a failed request means
            traceback.print_exc()
            say({"error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main()
