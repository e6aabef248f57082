"""Each peer in a plain loop over its own API or by its own benchmark tool, and nothing of this harness:
what check_peers.py holds the harness's numbers against.

    python -m compare.plain_loops ENGINE HF_FOLDER EXPORTS SECONDS LENGTHxBATCH...     prints texts/s of each

One thread. LENGTH tokens a text, all alike, so that nothing is padded or sorted."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from compare.engines.catalog import OPENVINO_INT8

HOW = {  # by the beginning of an engine's name, for the report
    "st-": "`SentenceTransformer.encode` of four batches of texts",
    "pipeline": "the pipeline called with texts",
    "ort-": "`InferenceSession.run` on ids, as onnxruntime_perf_test does, which is not on PyPI",
    "ov-": "OpenVINO's `benchmark_app -data_shape`, synchronous, on ids",
    "ct2-": "`Encoder.forward_batch` of ids",
}
WORD, WORD_ID = "the", 1996  # one token of BERT's English vocabulary
CLS, SEP = 101, 102


def how(engine: str) -> str:
    return next(words for beginning, words in HOW.items() if engine.startswith(beginning))


def text_of(length: int) -> str:
    return " ".join([WORD] * (length - 2))


def ids_of(length: int) -> list[int]:
    return [CLS, *[WORD_ID] * (length - 2), SEP]


def rate(call: Callable[[], Any], batch: int, seconds: float) -> float:
    for _ in range(3):
        call()
    calls = 0
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        call()
        calls += 1
    return calls * batch / (time.perf_counter() - start)


def sentence_transformers(hf: Path, dtype: str, length: int, batch: int, seconds: float) -> float:
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    model = SentenceTransformer(str(hf), device="cpu", model_kwargs={"dtype": getattr(torch, dtype)})
    texts = [text_of(length)] * batch * 4  # a call has its own cost
    return rate(lambda: model.encode(texts, batch_size=batch), len(texts), seconds)


def pipeline(hf: Path, size: int, length: int, seconds: float) -> float:
    import torch
    from transformers import pipeline as make

    torch.set_num_threads(1)
    pipe = make("feature-extraction", model=str(hf), device="cpu", dtype=torch.float32)
    texts = [text_of(length)] * 32
    if size == 1:
        return rate(lambda: pipe(texts[0], return_tensors=True), 1, seconds)
    return rate(lambda: pipe(texts, batch_size=size, return_tensors=True), 32, seconds)


def onnxruntime(graph: Path, length: int, batch: int, seconds: float) -> float:
    """What onnxruntime_perf_test does, which is not in the Python package."""
    import numpy as np
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    ids = np.array([ids_of(length)] * batch, np.int64)
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    return rate(lambda: session.run(None, inputs), batch, seconds)


def benchmark_app(xml: Path, precision: str, length: int, batch: int, seconds: float) -> float:
    """OpenVINO's own tool, on random ids. The model keeps its free shapes, as texts of any length need
    them; one made for this shape alone (-shape) is about a tenth faster."""
    tool = Path(sys.executable).with_name("benchmark_app")
    shape = ",".join(
        f"{name}[{batch},{length}]" for name in ("input_ids", "attention_mask", "token_type_ids")
    )
    command = [tool, "-m", xml, "-data_shape", shape, "-t", str(max(1, round(seconds))), "-api", "sync"]
    command += ["-hint", "none", "-nstreams", "1", "-nthreads", "1", "-infer_precision", precision]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    count = re.search(r"Count:\s+(\d+) iterations", shown)
    duration = re.search(r"Duration:\s+([\d.]+) ms", shown)
    if not count or not duration:
        raise ValueError(f"benchmark_app said neither count nor duration: {shown[-300:]}")
    return int(count[1]) * batch / (float(duration[1]) / 1000)


def ctranslate2(folder: Path, compute_type: str, length: int, batch: int, seconds: float) -> float:
    import ctranslate2 as ct2

    encoder = ct2.Encoder(
        str(folder), device="cpu", compute_type=compute_type, inter_threads=1, intra_threads=1
    )
    ids = [ids_of(length)] * batch
    return rate(lambda: encoder.forward_batch(ids).last_hidden_state, batch, seconds)


def measure(engine: str, hf: Path, exports: Path, work: tuple[int, int, float]) -> float:
    loops: dict[str, Callable[[], float]] = {
        "st-fp32": lambda: sentence_transformers(hf, "float32", *work),
        "st-bf16": lambda: sentence_transformers(hf, "bfloat16", *work),
        "pipeline-1": lambda: pipeline(hf, 1, work[0], work[2]),
        "pipeline-32": lambda: pipeline(hf, 32, work[0], work[2]),
        "ort-fp32": lambda: onnxruntime(exports / "optimized.onnx", *work),
        "ort-int8-tensor": lambda: onnxruntime(exports / "int8-tensor.onnx", *work),
        "ort-int8-channel": lambda: onnxruntime(exports / "int8-channel.onnx", *work),
        "ov-fp32": lambda: benchmark_app(exports / "openvino/model.xml", "f32", *work),
        "ov-bf16": lambda: benchmark_app(exports / "openvino/model.xml", "bf16", *work),
        "ov-int8": lambda: benchmark_app(exports / "openvino-int8/model.xml", OPENVINO_INT8, *work),
        "ct2-fp32": lambda: ctranslate2(exports / "ctranslate2", "float32", *work),
        "ct2-int8": lambda: ctranslate2(exports / "ctranslate2", "int8", *work),
    }
    return loops[engine]()


def main() -> None:
    engine, hf, exports, seconds, *cases = sys.argv[1:]
    for case in cases:
        length, batch = map(int, case.split("x"))
        print(measure(engine, Path(hf), Path(exports), (length, batch, float(seconds))))


if __name__ == "__main__":
    main()
