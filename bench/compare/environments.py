"""Makes the virtual environments under build/compare: one for the peers, one for NNCF, which clashes
with them. Uses the standard library alone, for it runs before there is anything else. A package that
cannot be installed is noted in missing.json and left out, never silently."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build" / "compare"
ENVIRONMENTS = {"env": "requirements.txt", "env-nncf": "requirements-nncf.txt"}
SIZE_NOTE = """\
The peers take about 2.6 GB on the disk and 0.7 GB to download with a CPU build of torch. Where pip finds
torch's CUDA build instead, it downloads about 3 GB more; to have the CPU build there, set
PIP_EXTRA_INDEX_URL to an index that has it."""


def pip(python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "-q", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def reason(output: str) -> str:
    errors = [line for line in output.splitlines() if line.startswith("ERROR")]
    return errors[0].split(" (from versions")[0] if errors else "pip failed without a word"


def install(python: Path, requirements: Path) -> dict[str, str]:
    """What could not be installed, and why. All at once where that works, else one by one."""
    if pip(python, "install", "-r", str(requirements)).returncode == 0:
        return {}
    missing = {}
    for line in requirements.read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        done = pip(python, "install", line)
        if done.returncode != 0:
            missing[line] = reason(done.stderr)
            print(f"missing: {line}: {missing[line]}", flush=True)
    return missing


def make(name: str, requirements: Path) -> dict[str, str]:
    folder = BUILD / name
    done = folder / "installed.json"  # written last, with what it was made from
    wanted = requirements.read_text("utf-8")
    if done.exists():
        made = json.loads(done.read_text("utf-8"))
        if made["from"] == wanted and not made["missing"]:
            return {}
    else:
        print(f"making build/compare/{name}", flush=True)
    venv.EnvBuilder(with_pip=True, clear=not done.exists()).create(folder)
    missing = install(folder / "bin" / "python", requirements)
    done.write_text(json.dumps({"from": wanted, "missing": missing}), "utf-8")
    return missing


def main() -> int:
    BUILD.mkdir(parents=True, exist_ok=True)
    if not (BUILD / "env" / "installed.json").exists():
        print(SIZE_NOTE, flush=True)
    missing: dict[str, str] = {}
    for name, requirements in ENVIRONMENTS.items():
        missing |= make(name, HERE / requirements)
    (BUILD / "missing.json").write_text(json.dumps(missing, indent=1), "utf-8")
    if any(line.startswith(("numpy", "scipy", "matplotlib")) for line in missing):
        print("the harness itself needs numpy, scipy and matplotlib", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
