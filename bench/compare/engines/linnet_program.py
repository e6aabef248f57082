"""The program `linnet embed`: a text file in, vectors on the disk out, its start included."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from compare.engines.engine import Setup, Vectors


class LinnetProgram:
    def __init__(self, setup: Setup, program: Path, model: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="linnet-compare-")
        self._input = Path(self._folder.name) / "texts.txt"
        self._output = Path(self._folder.name) / "vectors.npy"
        self._command = [program, "embed", "-q", "-m", model, "-t", str(setup.threads)]
        self._command += [self._input, "-o", self._output]
        self._written: tuple[str, ...] = ()
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        self.version = version.stdout.strip()
        self.detail = "the program, end to end"

    def embed(self, texts: Sequence[str], batch: int) -> Vectors:
        if batch == 1:  # a process for each text would only measure its start
            return np.concatenate([self.embed([text], 0) for text in texts])
        self.run(texts)
        return np.load(self._output)

    def run(self, texts: Sequence[str]) -> None:
        if self._written != tuple(texts):
            self._input.write_text("".join(text + "\n" for text in texts), "utf-8")
            self._written = tuple(texts)
        subprocess.run(self._command, check=True)

    def peak_kib(self, texts: Sequence[str]) -> int:
        from compare.scaling import run_measured

        self.run(texts)
        return int(run_measured(self._command)["kib"])

    def computed_tokens(self, texts: Sequence[str], batch: int) -> int:
        return 0  # as many as there are; the library's row counts them
