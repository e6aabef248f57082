"""Attention weights of tiny models by transformers' eager attention: attentions.safetensors, a tensor
[layers, heads, S, S] "MODEL I" for line I of the model's texts, and what is in the last hidden state:
"MODEL I hidden" [S, h]. Run from the root of the tree; with names of models, only theirs are made anew."""
import json
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer

HERE = pathlib.Path(__file__).parent
MODELS = {"tiny_bert": "texts.jsonl", "tiny_bert_plain": "texts.jsonl", "tasks/mpnet": "cases.jsonl",
          "tasks/electra": "cases.jsonl", "tasks/distilbert": "cases.jsonl",
          "tasks/mobilebert": "cases.jsonl"}
LINES = range(6)

if __name__ == "__main__":
    torch.set_num_threads(1)
    tensors = load_file(HERE / "attentions.safetensors") if sys.argv[1:] else {}
    for name, file in MODELS.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        folder = HERE / name
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
        lines = open(folder / file, encoding="utf-8").read().splitlines()
        for i in LINES:
            text = json.loads(lines[i])["text"]
            inputs = tokenizer(text, return_tensors="pt", truncation=True, max_length=64)
            with torch.no_grad():
                made = model(**inputs, output_attentions=True)
            tensors[f"{name} {i}"] = torch.cat(made.attentions).contiguous()
            tensors[f"{name} {i} hidden"] = made.last_hidden_state[0].contiguous()
    save_file(tensors, HERE / "attentions.safetensors")
    print({name: tuple(t.shape) for name, t in tensors.items()})
