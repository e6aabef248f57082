"""The models: the trained one, random ones of BERT's shapes, and every peer's export of each."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from compare.client import Threads, last_line, thread_environment
from compare.engines.catalog import HAS_BF16, PROGRAM, ROOT
from compare.model import Model
from compare.session import say
from compare.texts import Corpus

BUILD = ROOT / "build" / "compare"
MINILM = ROOT / "build" / "models" / "all-MiniLM-L6-v2"
NNCF_PYTHON = BUILD / "env-nncf" / "bin" / "python"
SHAPES = {  # hidden, layers, heads, intermediate
    "bert-base": (768, 12, 12, 3072),
    "bert-large": (1024, 24, 16, 4096),
}
OUTPUTS = {
    "onnx": "int8-channel.onnx",
    "openvino": "openvino/model.xml",
    "nncf": "openvino-int8/model.xml",
    "ctranslate2": "ctranslate2/model.bin",
    "linnet-fp32": "linnet-fp32.linnet",
    "linnet-int8": "linnet-int8.linnet",
}
ENGINES_OF = {  # whose numbers an export is for
    "onnx": ("ort-fp32", "ort-int8-tensor", "ort-int8-channel"),
    "openvino": ("ov-fp32", "ov-bf16"),
    "nncf": ("ov-int8",),
    "ctranslate2": ("ct2-fp32", "ct2-int8"),
    "linnet-fp32": ("linnet-fp32", "linnet-fp32-program"),
    "linnet-int8": ("linnet-int8", "linnet-int8-program"),
}
WITHOUT_BF16 = {  # why these are left out on such a CPU
    "ov-bf16": "this CPU has no bf16 instructions",
    "st-bf16": "this CPU has no bf16 instructions; torch emulates them, at a sixth of its fp32 speed on Zen 3",
}


def trained_model() -> Model:
    return Model("all-MiniLM-L6-v2", MINILM, BUILD / "models" / "all-MiniLM-L6-v2")


def random_model(name: str) -> Model:
    """BERT's shape, MiniLM's tokenizer, random weights: only its speed means anything."""
    hf = BUILD / "random" / name
    model = Model(name, hf, BUILD / "models" / name, trained=False)
    hidden, layers, heads, intermediate = SHAPES[name]
    shape: dict[str, Any] = {
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": intermediate,
        "position_embedding_type": "absolute",  # the converter of CTranslate2 asks for it
    }
    if (hf / "model.safetensors").exists() and model.config.items() >= shape.items():
        return model
    import torch
    from transformers import BertConfig, BertModel

    say(f"{name}: random weights")
    torch.manual_seed(4)
    config = BertConfig(**shape)
    for stale in (hf, model.exports):
        shutil.rmtree(stale, ignore_errors=True)
    shutil.copytree(MINILM, hf, ignore=shutil.ignore_patterns("model.safetensors"))
    pooling = hf / "1_Pooling" / "config.json"
    settings = json.loads(pooling.read_text("utf-8"))
    settings["word_embedding_dimension"] = hidden
    pooling.write_text(json.dumps(settings), "utf-8")
    BertModel(config, add_pooling_layer=False).eval().save_pretrained(hf)
    return model


def linnet_has_int8() -> bool:
    shown = subprocess.run([PROGRAM, "import", "--help"], capture_output=True, text=True, check=False)
    return "int8" in shown.stdout


def run_step(command: list[str | Path]) -> str | None:
    """None, or why it failed."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(Path.home())} | thread_environment(Threads())
    del environment["OMP_NUM_THREADS"]  # importing and converting may use all cores
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    return None if done.returncode == 0 else last_line(done.stderr)


def calibration_texts(model: Model) -> int:
    """NNCF's default, 300; fewer where each takes long, hardly any where weights are random."""
    if not model.trained:
        return 10
    return 300 if model.config["hidden_size"] < 768 else 60


def older(file: Path, program: Path) -> bool:
    return file.stat().st_mtime < program.stat().st_mtime


def prepare(model: Model, corpus: Corpus) -> dict[str, str]:
    """Exports what is not there yet. Engines that have to do without, and why."""
    model.exports.mkdir(parents=True, exist_ok=True)
    calibration = model.exports / "calibration.txt"
    texts = corpus.calibration[: calibration_texts(model)]
    calibration.write_text("".join(text + "\n" for text in texts), "utf-8")
    export = ["-P", "-m", "compare.export"]
    here: list[str | Path] = [model.hf, model.exports]
    steps: dict[str, list[str | Path]] = {
        "onnx": [sys.executable, *export, "onnx", *here],
        "openvino": [sys.executable, *export, "openvino", *here],
        "nncf": [NNCF_PYTHON, *export, "nncf", *here, calibration],
        "ctranslate2": [sys.executable, *export, "ctranslate2", *here],
        "linnet-fp32": [PROGRAM, "import", model.hf, "-o", model.exports / OUTPUTS["linnet-fp32"]],
        "linnet-int8": [
            PROGRAM,
            "import",
            "--int8",
            model.hf,
            "-o",
            model.exports / OUTPUTS["linnet-int8"],
        ],
    }
    failures: dict[str, str] = {}
    if not linnet_has_int8():
        failures["linnet-int8"] = "this version of Linnet has no int8"
        del steps["linnet-int8"]

    unsuited = {} if HAS_BF16 else WITHOUT_BF16

    def step(name: str) -> None:
        output = model.exports / OUTPUTS[name]
        if output.exists() and not (name.startswith("linnet") and older(output, PROGRAM)):
            return
        say(f"{model.name}: export for {name}")
        failure = run_step(steps[name])
        if failure:
            failures[name] = failure

    def chain(*names: str) -> None:
        for name in names:
            if name in steps and name not in failures:
                step(name)

    with ThreadPoolExecutor(2) as pool:
        runs: list[Future[None]] = [
            pool.submit(chain, "onnx", "openvino", "nncf"),
            pool.submit(chain, "linnet-fp32", "linnet-int8", "ctranslate2"),
        ]
        for run in runs:
            run.result()
    return unsuited | {engine: why for name, why in failures.items() for engine in ENGINES_OF[name]}
