"""Every engine of the comparison: its name, what runs it, and what may be chosen about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from compare.engines.engine import Engine, Setup
from compare.machine import cpu_flags, has_avx512

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = ROOT / "build/release/linnet"
LIBRARY_WORKER = ROOT / "build/release/bench/linnet_worker"

BATCHES = (1, 2, 4, 8, 16, 32, 64, 128)  # to try

AVX2 = {"LINNET_ISA": "avx2"}
AVX2_TORCH = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
}
AVX2_OPENVINO = {"ONEDNN_MAX_CPU_ISA": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2"}
AVX2_CTRANSLATE2 = {
    "CT2_FORCE_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
}


# It takes AVX-512 only when told to, and is up to a fifth faster with it.
BEST_CTRANSLATE2 = {"CT2_FORCE_CPU_ISA": "AVX512"} if has_avx512() else {}


# What it chooses itself for the parts that NNCF leaves in floating point.
HAS_BF16 = {"avx512_bf16", "amx_bf16"} & set(cpu_flags())
OPENVINO_INT8 = "bf16" if HAS_BF16 else "f32"


@dataclass(frozen=True)
class EngineSpec:
    name: str  # in the CSV
    label: str  # in the report
    precision: str
    make: Callable[[Setup], Engine] | None  # None: a program of its own that speaks the protocol
    batches: tuple[int, ...] = BATCHES
    inter: bool = True  # can also run one batch a thread
    environment: dict[str, str] = field(default_factory=dict)  # that it is fastest with
    avx2: dict[str, str] = field(default_factory=dict)  # and that keeps it to AVX2
    share: int = 1  # is given every share-th text only, for it is slow
    repeat: int = 1  # is given the texts so often: it starts anew each time, or fills large batches
    linnet_file: str = ""  # of Linnet's rows: the model file in the exports

    @property
    def is_linnet(self) -> bool:
        return bool(self.linnet_file)


def _sentence_transformers(dtype: str, device: str = "cpu") -> Callable[[Setup], Engine]:
    def make(setup: Setup) -> Engine:
        from compare.engines.torch_engines import SentenceTransformersEngine

        return SentenceTransformersEngine(setup, dtype, device)

    return make


def _pipeline(batch: int) -> Callable[[Setup], Engine]:
    def make(setup: Setup) -> Engine:
        from compare.engines.torch_engines import PipelineEngine

        return PipelineEngine(setup, batch)

    return make


def _onnx(graph: str) -> Callable[[Setup], Engine]:
    def make(setup: Setup) -> Engine:
        from compare.engines.onnx_engine import OnnxEngine

        return OnnxEngine(setup, graph)

    return make


def _openvino(folder: str, precision: str) -> Callable[[Setup], Engine]:
    def make(setup: Setup) -> Engine:
        from compare.engines.openvino_engine import OpenVinoEngine

        return OpenVinoEngine(setup, folder, precision)

    return make


def _ctranslate2(compute_type: str) -> Callable[[Setup], Engine]:
    def make(setup: Setup) -> Engine:
        from compare.engines.ctranslate2_engine import CTranslate2Engine

        return CTranslate2Engine(setup, compute_type)

    return make


def _linnet_program(file: str) -> Callable[[Setup], Engine]:
    def make(setup: Setup) -> Engine:
        from compare.engines.linnet_program import LinnetProgram

        return LinnetProgram(setup, PROGRAM, setup.exports / file)

    return make


def _linnet(name: str, precision: str, file: str) -> list[EngineSpec]:
    common = {"batches": (0,), "inter": False, "avx2": AVX2, "linnet_file": file}
    return [
        EngineSpec(f"linnet-{name}", f"Linnet {precision}", precision, None, **common),
        EngineSpec(
            f"linnet-{name}-program",
            f"Linnet {precision}, program, file to file",
            precision,
            _linnet_program(file),
            repeat=4,
            **common,
        ),
    ]


ENGINES: list[EngineSpec] = [
    EngineSpec(
        "pipeline-1",
        "transformers pipeline, one text a call",
        "fp32",
        _pipeline(1),
        batches=(1,),
        inter=False,
        avx2=AVX2_TORCH,
        share=4,
    ),
    EngineSpec(
        "pipeline-32",
        "transformers pipeline, batch 32",
        "fp32",
        _pipeline(32),
        batches=(32,),
        inter=False,
        avx2=AVX2_TORCH,
        share=4,
    ),
    EngineSpec(
        "st-fp32",
        "sentence-transformers, torch fp32",
        "fp32",
        _sentence_transformers("float32"),
        avx2=AVX2_TORCH,
    ),
    EngineSpec(
        "st-bf16",
        "sentence-transformers, torch bf16",
        "bf16",
        _sentence_transformers("bfloat16"),
        avx2=AVX2_TORCH,
    ),
    EngineSpec("ort-fp32", "ONNX Runtime fp32, optimized", "fp32", _onnx("optimized.onnx")),
    EngineSpec(
        "ort-int8-tensor",
        "ONNX Runtime int8, dynamic, per tensor",
        "int8",
        _onnx("int8-tensor.onnx"),
    ),
    EngineSpec(
        "ort-int8-channel",
        "ONNX Runtime int8, dynamic, per channel",
        "int8",
        _onnx("int8-channel.onnx"),
    ),
    EngineSpec("ov-fp32", "OpenVINO fp32", "fp32", _openvino("openvino", "f32"), avx2=AVX2_OPENVINO),
    EngineSpec("ov-bf16", "OpenVINO bf16", "bf16", _openvino("openvino", "bf16"), avx2=AVX2_OPENVINO),
    EngineSpec(
        "ov-int8",
        "OpenVINO int8, NNCF",
        "int8",
        _openvino("openvino-int8", OPENVINO_INT8),
        avx2=AVX2_OPENVINO,
    ),
    EngineSpec(
        "ct2-fp32",
        "CTranslate2 fp32",
        "fp32",
        _ctranslate2("float32"),
        environment=BEST_CTRANSLATE2,
        avx2=AVX2_CTRANSLATE2,
    ),
    EngineSpec(
        "ct2-int8",
        "CTranslate2 int8",
        "int8",
        _ctranslate2("int8"),
        environment=BEST_CTRANSLATE2,
        avx2=AVX2_CTRANSLATE2,
    ),
    *_linnet("fp32", "fp32", "linnet-fp32.linnet"),
    *_linnet("int8", "int8", "linnet-int8.linnet"),
]

GPU_ENGINES: list[EngineSpec] = [
    EngineSpec(
        f"st-gpu-{name}",
        f"sentence-transformers, GPU {name}",
        name,
        _sentence_transformers(dtype, "cuda"),
        batches=(64, 256, 1024),
        inter=False,
        repeat=16,
    )
    for name, dtype in (("fp32", "float32"), ("fp16", "float16"))
]

BY_NAME: dict[str, EngineSpec] = {spec.name: spec for spec in ENGINES + GPU_ENGINES}
REFERENCE = "st-fp32"  # whose vectors the others are compared with
