"""The harness's side of the protocol: starts a worker on its cores and asks it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compare.engines.catalog import LIBRARY_WORKER, ROOT, EngineSpec
from compare.model import Model

Answer = dict[str, Any]


class PeerError(Exception):
    """Why a peer gives no number; goes into the report."""


@dataclass(frozen=True)
class Threads:
    count: int = 1
    inter: bool = False

    @property
    def label(self) -> str:
        return f"{self.count}{' (inter)' if self.inter else ''}"


def last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no message"


class Worker:
    """One engine, one process. `environment` may keep it to an instruction set."""

    def __init__(
        self,
        spec: EngineSpec,
        model: Model,
        threads: Threads,
        cores: Sequence[int],
        environment: dict[str, str] | None = None,
    ) -> None:
        self.spec = spec
        self.threads = threads
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        pinned = ["taskset", "-c", ",".join(map(str, cores))]
        self._process = subprocess.Popen(
            pinned + self._command(spec, model, threads),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=os.environ
            | thread_environment(threads)
            | ({} if spec.is_linnet else binding(threads))
            | spec.environment
            | (environment or {}),
            bufsize=0,
            start_new_session=True,  # a group of its own, so that close() ends its pool's processes too
        )
        self._unread = b""
        try:
            self.hello = self._read(timeout=300)
        except PeerError:
            self.close()
            raise

    @staticmethod
    def _command(spec: EngineSpec, model: Model, threads: Threads) -> list[str]:
        if spec.make is None:
            return [str(LIBRARY_WORKER), str(model.exports / spec.linnet_file), str(threads.count)]
        command = [sys.executable, "-P", "-m", "compare.worker", "--engine", spec.name]
        command += ["--hf", str(model.hf), "--exports", str(model.exports)]
        command += ["--threads", str(threads.count), "--max-length", str(model.max_length)]
        return command + (["--inter"] if threads.inter else [])

    def ask(self, op: str, timeout: float = 300, **request: Any) -> Answer:
        line = json.dumps({"op": op, **request}) + "\n"
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(line.encode())
        except BrokenPipeError:
            raise PeerError(f"{self.spec.name} ended: {self._last_error()}") from None
        return self._read(timeout)

    def pin(self, cores: Sequence[int]) -> None:
        """Moves every thread of the worker."""
        for thread in Path(f"/proc/{self._process.pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), cores)

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None:
                stream.close()

    def _read(self, timeout: float) -> Answer:
        assert self._process.stdout is not None
        while b"\n" not in self._unread:
            ready, _, _ = select.select([self._process.stdout], [], [], timeout)
            if not ready:
                self._process.kill()
                raise PeerError(f"{self.spec.name} did not answer within {timeout:.0f} s")
            piece = os.read(self._process.stdout.fileno(), 1 << 20)
            if not piece:
                raise PeerError(f"{self.spec.name} ended: {self._last_error()}")
            self._unread += piece
        line, self._unread = self._unread.split(b"\n", 1)
        answer: Answer = json.loads(line)
        if "error" in answer:
            raise PeerError(" ".join(answer["error"].split()))
        return answer

    def _last_error(self) -> str:
        self._errors.seek(0)
        return last_line(self._errors.read())


def thread_environment(threads: Threads) -> dict[str, str]:
    """What libraries read at their start. The tokenizer may use as many threads as the engine."""
    each = 1 if threads.inter else threads.count
    return {
        "PYTHONPATH": str(ROOT / "bench"),
        "OMP_NUM_THREADS": str(each),
        "MKL_NUM_THREADS": str(each),
        "RAYON_NUM_THREADS": str(threads.count),
        "TOKENIZERS_PARALLELISM": "true" if threads.count > 1 else "false",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "TOKENIZERS_RUST_BACKTRACE": "0",
    }


def binding(threads: Threads) -> dict[str, str]:
    """A core for each thread of OpenMP, as torch's tuning guide advises. Some kernels wake a helper on its
    caller's core, where the two wait for one another: torch with two threads was at 2 % of its speed."""
    if threads.count == 1 or threads.inter:
        return {}
    return {"OMP_PROC_BIND": "close", "OMP_PLACES": "threads"}
