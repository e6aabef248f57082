"""Vectors of tiny_bert's texts by every pooling of sentence-transformers' own Pooling module, not normalized:
poolings.safetensors, a [texts, 32] float32 tensor a pooling. Run from the root of the tree."""
import json
import pathlib

import torch
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling

HERE = pathlib.Path(__file__).parent
MODES = {"cls": "cls", "mean": "mean", "max": "max", "mean_sqrt_len_tokens": "mean-sqrt-len",
         "weightedmean": "weighted-mean", "lasttoken": "last"}  # theirs: ours

if __name__ == "__main__":
    torch.set_num_threads(1)
    folder = HERE / "tiny_bert"
    texts = [json.loads(line)["text"] for line in open(folder / "texts.jsonl", encoding="utf-8")]
    encoder = SentenceTransformer(str(folder), device="cpu")[0]
    vectors = {}
    for theirs, ours in MODES.items():
        model = SentenceTransformer(modules=[encoder, Pooling(32, pooling_mode=theirs)], device="cpu")
        vectors[ours] = model.encode(texts, convert_to_tensor=True).contiguous()
    save_file(vectors, HERE / "poolings.safetensors")
    print(len(texts), "texts,", {name: tuple(v.shape) for name, v in vectors.items()})
