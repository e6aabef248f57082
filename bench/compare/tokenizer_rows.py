"""The tokenizers' comparison (tokenizers.py), run with this run's cores and put among its results."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from compare import tables
from compare.client import last_line
from compare.engines.catalog import ROOT
from compare.results import Results
from compare.session import say
from compare.texts import SHARED

SCRIPT = Path(__file__).with_name("tokenizers.py")
SPEED = ROOT / "build" / "release" / "bench" / "tokenizer_speed"
MODEL = "tokenizers"  # of these rows
LABELS = {
    "linnet": "**Linnet**",
    "tokenizers": "Hugging Face",
    "nanotoken": "nanotoken",
    "blingfire": "BlingFire",
}
WAYS = ("cold", "fresh", "seen")


def measure_tokenizers(results: Results, rounds: int, core: int, scratch: Path) -> None:
    """A note where it cannot run."""
    if not SHARED.is_dir():
        results.about["note tokenizers"] = "not compared: ../shared, which has the texts, is absent"
        return
    say("tokenizers")
    out = scratch / "tokenizers.json"
    command = [sys.executable, "-P", SCRIPT, "--speed", SPEED, "--data", SHARED]
    command += ["--rounds", str(rounds), "--cpu", str(core), "--json", out]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        results.about["note tokenizers"] = f"not compared: {last_line(done.stderr)}"
        return
    answer = json.loads(out.read_text("utf-8"))
    for row in answer["rows"]:
        key = (MODEL, row["case"], row["engine"], "1")
        for way in WAYS:
            results.add(key, f"tokenizer_{way}", "MB/s", row[way], f"ids {row['ids']}")
    for line in answer["missing"]:
        name, _, why = line.partition(": ")
        results.about[f"package missing {name}"] = why


def table(results: Results) -> str:
    cases = list(dict.fromkeys(row.workload for row in results.select(model=MODEL)))
    engines = dict.fromkeys(row.engine for row in results.select(model=MODEL))

    def cell(engine: str, case: str) -> str:
        own = {"model": MODEL, "workload": case, "engine": engine}
        found = [results.find(**own, metric=f"tokenizer_{way}") for way in WAYS]
        numbers = " / ".join(tables.number(row.value) for row in found if row)
        differs = any(row.setting == "ids differs" for row in found if row)
        return f"({numbers}) other ids" if differs else numbers

    rows = [[LABELS.get(name, name), *(cell(name, case) for case in cases)] for name in engines]
    return tables.markdown(["tokenizer", *cases], rows)
