"""Vectors of tiny_bert's texts behind a prompt, by every pooling of sentence-transformers with include_prompt
true and false, not normalized: prompts.safetensors, a [texts, 32] float32 tensor "POOLING true" or "POOLING
false". Run from the root of the tree."""
import json
import pathlib

import torch
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling

HERE = pathlib.Path(__file__).parent
MODES = {"cls": "cls", "mean": "mean", "max": "max", "mean_sqrt_len_tokens": "mean-sqrt-len",
         "weightedmean": "weighted-mean", "lasttoken": "last"}  # theirs: ours
PROMPT = "search query: "

if __name__ == "__main__":
    torch.set_num_threads(1)
    folder = HERE / "tiny_bert"
    texts = [json.loads(line)["text"] for line in open(folder / "texts.jsonl", encoding="utf-8")]
    encoder = SentenceTransformer(str(folder), device="cpu")[0]
    vectors = {}
    for theirs, ours in MODES.items():
        for include in (True, False):
            pooling = Pooling(32, pooling_mode=theirs, include_prompt=include)
            model = SentenceTransformer(modules=[encoder, pooling], device="cpu")
            made = model.encode(texts, prompt=PROMPT, convert_to_tensor=True)
            vectors[f"{ours} {str(include).lower()}"] = made.contiguous()
    save_file(vectors, HERE / "prompts.safetensors")
    print(len(texts), "texts,", {name: tuple(v.shape) for name, v in vectors.items()})
