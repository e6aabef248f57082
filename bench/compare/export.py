"""Makes of one Hugging Face folder what each peer reads, each by the peer's own tools.

    python -m compare.export STEP HF_FOLDER EXPORTS_FOLDER     STEP: onnx, openvino, ctranslate2
    (env-nncf) python -m compare.export nncf HF_FOLDER EXPORTS_FOLDER CALIBRATION_TEXTS

Mean pooling and normalization are part of the ONNX and OpenVINO graphs, so that no peer pays for them in
numpy. A file that is there is kept."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
CALIBRATION_MAX_LENGTH = 256


def export_onnx(hf: Path, out: Path) -> None:
    """torch.onnx, then onnxruntime's transformer optimizer, then its dynamic quantizer."""
    import torch

    config = json.loads((hf / "config.json").read_text("utf-8"))
    inputs = {name: torch.ones((2, 8), dtype=torch.int64) for name in INPUTS}
    inputs["attention_mask"][1, 5:] = 0
    inputs["token_type_ids"][:] = 0
    module = pooled(hf, config)
    if "type_vocab_size" not in config or config["model_type"] == "mpnet":
        del inputs["token_type_ids"]
    torch.onnx.export(
        module,
        tuple(inputs.values()),
        out / "plain.onnx",
        input_names=list(inputs),
        output_names=["embedding"],
        dynamic_axes={name: {0: "batch", 1: "length"} for name in inputs},
        opset_version=17,
        dynamo=False,  # the graph that the optimizer's patterns know
    )
    # Behind the plain graph, which OpenVINO reads: it does not depend on ONNX Runtime.
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer

    optimized = optimizer.optimize_model(
        str(out / "plain.onnx"),
        model_type="bert",
        num_heads=config["num_attention_heads"],
        hidden_size=config["hidden_size"],
    )
    optimized.save_model_to_file(str(out / "optimized.onnx"))
    (out / "optimized.json").write_text(json.dumps(optimized.get_fused_operator_statistics()))
    for name, per_channel in (("int8-tensor", False), ("int8-channel", True)):
        quantize_dynamic(
            out / "optimized.onnx",
            out / f"{name}.onnx",
            per_channel=per_channel,
            # Its guide: 7 bits where the CPU has no VNNI, or sums saturate.
            reduce_range=not has_vnni(),
            weight_type=QuantType.QInt8,
            # Shape inference stops at the optimizer's fused operators.
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )


def pooled(hf: Path, config: dict[str, Any]) -> Any:
    import torch
    from transformers import AutoModel

    model = AutoModel.from_pretrained(hf, attn_implementation="eager", dtype=torch.float32).eval()

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any = None) -> Any:
            types = {} if token_type_ids is None else {"token_type_ids": token_type_ids}
            output = self.model(input_ids=input_ids, attention_mask=attention_mask, **types)
            weight = attention_mask.unsqueeze(-1).to(torch.float32)
            mean = (output.last_hidden_state * weight).sum(1) / weight.sum(1)
            return torch.nn.functional.normalize(mean, dim=-1)

    return Pooled().eval()


def has_vnni() -> bool:
    flags = Path("/proc/cpuinfo").read_text("ascii", "replace")
    return "avx512_vnni" in flags or "avx_vnni" in flags


def export_openvino(hf: Path, out: Path) -> None:
    import openvino as ov

    folder = out / "openvino"
    folder.mkdir(exist_ok=True)
    model = ov.convert_model(out / "plain.onnx")
    ov.save_model(model, folder / "model.xml", compress_to_fp16=False)


def export_nncf(hf: Path, out: Path, calibration: Path) -> None:
    """Post-training quantization as the NNCF guide has it for transformers."""
    import nncf
    import numpy as np
    import openvino as ov

    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(hf / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(CALIBRATION_MAX_LENGTH)
    model = ov.Core().read_model(out / "openvino" / "model.xml")
    names = [port.get_any_name() for port in model.inputs]

    def inputs(text: str) -> dict[str, Any]:
        ids = np.array([tokenizer.encode(text).ids], np.int64)
        values = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        values["token_type_ids"] = np.zeros_like(ids)
        return {name: values[name] for name in names}

    texts = calibration.read_text("utf-8").splitlines()
    quantized = nncf.quantize(
        model,
        nncf.Dataset(texts, inputs),
        model_type=nncf.ModelType.TRANSFORMER,
        subset_size=len(texts),
    )
    folder = out / "openvino-int8"
    folder.mkdir(exist_ok=True)
    ov.save_model(quantized, folder / "model.xml", compress_to_fp16=False)


def export_ctranslate2(hf: Path, out: Path) -> None:
    from ctranslate2.converters import TransformersConverter

    TransformersConverter(str(hf)).convert(str(out / "ctranslate2"), force=True)


def main() -> None:
    step, hf, out, *rest = sys.argv[1:]
    steps = {
        "onnx": export_onnx,
        "openvino": export_openvino,
        "ctranslate2": export_ctranslate2,
        "nncf": export_nncf,
    }
    steps[step](Path(hf), Path(out), *map(Path, rest))


if __name__ == "__main__":
    main()
