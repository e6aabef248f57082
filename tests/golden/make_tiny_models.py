"""Makes the tiny random BERT models of this folder and what torch computes with them.

Needs torch, transformers and safetensors (versions: README.md). Run by hand:

    python tests/golden/make_tiny_models.py

Each folder gets the files of a Hugging Face model, texts.jsonl, and reference.safetensors with, for
text i: "text{i}.ids" [tokens], "text{i}.hidden{l}" [tokens, hidden] for l = 0 (embeddings) to the
number of layers, and "text{i}.embedding" [dimension].
"""
import json
import pathlib
import shutil

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel

HERE = pathlib.Path(__file__).parent

TEXTS = [
    "", "a", "Hello, world!", "The quick brown fox jumps over the lazy dog.",
    "naïve café déjà vu", "ÄÖÜ äöü straße", "Привет, мир", "你好世界 and 東京",
    "안녕하세요", "x" * 101 + " end", "[CLS] inside [SEP] text [MASK]",
    "one two three four five six seven eight nine ten " * 8,
]

WORDS = ("the of and to in a is that it was for on are as with his they at be this have from or one "
         "had by word but not what all were we when your can said there use an each which she do how "
         "their if will up other about out many then them these so some her would make like him into "
         "time has look two more write go see number no way could people my than first water been call "
         "who oil its now find long down day did get come made may part hello world quick brown fox "
         "jump over lazy dog three four five six seven eight nine ten cafe naive end").split()


def vocabulary(lowercase):
    letters = "abcdefghijklmnopqrstuvwxyz"
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokens += list("!\"#$%&'()*+,-./0123456789:;<=>?@[]_") + list(letters)
    tokens += ["##" + c for c in letters + "0123456789"]
    tokens += WORDS + ["##s", "##ing", "##ed", "##er"][1:]
    tokens += list("你好世界東京приветм") + ["##" + c for c in "приветм"]
    tokens += ["ᄋ", "##ᅡ", "##ᆫ", "##ᄂ", "##ᅧ", "##ᆼ", "##ᄒ", "##ᄉ", "##ᅦ", "##ᄋ", "##ᅭ"]
    if not lowercase:
        tokens += list("ABCDEFGHIJKLMNOPQRSTUVWXYZ") + ["ä", "##ä", "é", "##é", "ï", "##ï"]
    return list(dict.fromkeys(tokens))


def write_tokenizer(folder, lowercase, as_json, max_length):
    tokens = vocabulary(lowercase)
    (folder / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    config = {"do_lower_case": lowercase, "model_max_length": max_length,
              "tokenizer_class": "BertTokenizer"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    ids = {token: i for i, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])])
    if as_json:
        tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    return tokenizer, len(tokens)


def make_model(seed, vocab, **sizes):
    torch.manual_seed(seed)
    config = BertConfig(vocab_size=vocab, hidden_dropout_prob=0, attention_probs_dropout_prob=0,
                        type_vocab_size=2, **sizes)
    model = BertModel(config, add_pooling_layer=True).eval()
    model.set_attn_implementation("eager")
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "LayerNorm.weight" in name:
                p.copy_(1 + 0.3 * torch.randn_like(p))
            elif name.endswith("bias"):
                p.copy_(0.1 * torch.randn_like(p))
            else:  # so that sums over `in` features stay near 1
                p.copy_(torch.randn_like(p) * (0.5 if p.ndim < 2 else 1.5 / p.shape[1] ** 0.5))
    return model, config


def write_config(folder, config):
    values = {k: getattr(config, k) for k in (
        "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
        "hidden_act", "max_position_embeddings", "type_vocab_size", "layer_norm_eps")}
    values.update(model_type="bert", architectures=["BertModel"])
    (folder / "config.json").write_text(json.dumps(values, indent=1))


def write_reference(folder, model, tokenizer, max_length, head):
    tensors, worst = {}, 0.0
    double = BertModel(model.config).double().eval()
    double.set_attn_implementation("eager")
    double.load_state_dict({k: v.double() for k, v in model.state_dict().items()})
    with open(folder / "texts.jsonl", "w", encoding="utf-8") as out:
        for i, text in enumerate(TEXTS):
            out.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
            tokenizer.enable_truncation(max_length)
            ids = torch.tensor([tokenizer.encode(text).ids])
            with torch.no_grad():
                hidden = model(input_ids=ids, output_hidden_states=True).hidden_states
                exact = double(input_ids=ids, output_hidden_states=True).hidden_states
            tensors[f"text{i}.ids"] = ids[0]
            for layer, (h, e) in enumerate(zip(hidden, exact)):
                tensors[f"text{i}.hidden{layer}"] = h[0].contiguous()
                worst = max(worst, ((h - e).abs().max() / e.abs().max()).item())
            tensors[f"text{i}.embedding"] = head(hidden[-1][0]).contiguous()
    save_file(tensors, folder / "reference.safetensors")
    print(folder.name, "fp32 against fp64, of the largest value:", worst)


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1))


def fresh(name):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def normalized(x):
    return torch.nn.functional.normalize(x, dim=0)


def tiny_bert():
    """tokenizer.json, mean pooling, Normalize; the layout of sentence-transformers 2 to 5."""
    folder = fresh("tiny_bert")
    tokenizer, vocab = write_tokenizer(folder, True, True, 64)
    model, config = make_model(1, vocab, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
                               intermediate_size=64, max_position_embeddings=64)
    write_config(folder, config)
    save_file(model.state_dict(), folder / "model.safetensors")
    kinds = ["Transformer", "Pooling", "Normalize"]
    write_json(folder / "modules.json", [
        {"idx": i, "name": str(i), "path": "" if i == 0 else f"{i}_{kind}",
         "type": f"sentence_transformers.models.{kind}"} for i, kind in enumerate(kinds)])
    write_json(folder / "1_Pooling/config.json", {
        "word_embedding_dimension": 32, "pooling_mode_cls_token": False,
        "pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": False,
        "pooling_mode_mean_sqrt_len_tokens": False})
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": 48, "do_lower_case": False})
    write_reference(folder, model, tokenizer, 48, lambda h: normalized(h.mean(0)))


def tiny_bert_odd():
    """vocab.txt alone, cased, `bert.` prefix, bf16 and fp16 weights, cls pooling, Dense; the layout
    of sentence-transformers 6."""
    folder = fresh("tiny_bert_odd")
    tokenizer, vocab = write_tokenizer(folder, False, False, 40)
    model, config = make_model(2, vocab, hidden_size=30, num_hidden_layers=3, num_attention_heads=3,
                               intermediate_size=50, max_position_embeddings=40, layer_norm_eps=1e-5)
    write_config(folder, config)
    state = {}
    for i, (name, p) in enumerate(model.state_dict().items()):
        stored = p.to([torch.bfloat16, torch.float16, torch.float32][i % 3])
        p.copy_(stored.float())
        state["bert." + name] = stored
    state["bert.embeddings.position_ids"] = torch.arange(40).unsqueeze(0)
    save_file(state, folder / "model.safetensors")
    torch.manual_seed(3)
    weight, bias = torch.randn(20, 30) * 0.2, torch.randn(20) * 0.1
    (folder / "2_Dense").mkdir()
    save_file({"linear.weight": weight, "linear.bias": bias}, folder / "2_Dense/model.safetensors")
    base = "sentence_transformers.sentence_transformer.modules"
    write_json(folder / "modules.json", [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.base.modules.transformer.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{base}.pooling.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Dense", "type": f"{base}.dense.Dense"}])
    write_json(folder / "1_Pooling/config.json", {"embedding_dimension": 30, "pooling_mode": "cls",
                                                  "include_prompt": True})
    write_json(folder / "2_Dense/config.json", {
        "in_features": 30, "out_features": 20, "bias": True,
        "activation_function": "torch.nn.modules.activation.Tanh",
        "module_input_name": "sentence_embedding", "module_output_name": None})
    write_json(folder / "sentence_bert_config.json", {
        "transformer_task": "feature-extraction", "module_output_name": "token_embeddings"})
    write_reference(folder, model, tokenizer, 40, lambda h: torch.tanh(weight @ h[0] + bias))


def tiny_bert_plain():
    """Two shards, gamma and beta, no modules.json: mean pooling, not normalized."""
    folder = fresh("tiny_bert_plain")
    tokenizer, vocab = write_tokenizer(folder, True, True, 50)
    model, config = make_model(4, vocab, hidden_size=25, num_hidden_layers=2, num_attention_heads=5,
                               intermediate_size=33, max_position_embeddings=50)
    write_config(folder, config)
    rename = lambda n: n.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
        "LayerNorm.bias", "LayerNorm.beta")
    items = [(rename(n), p) for n, p in model.state_dict().items()]
    names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    weight_map = {}
    for shard, name in enumerate(names):
        part = {n: p for i, (n, p) in enumerate(items) if i % 2 == shard}
        weight_map.update({n: name for n in part})
        save_file(part, folder / name)
    write_json(folder / "model.safetensors.index.json", {"metadata": {}, "weight_map": weight_map})
    write_reference(folder, model, tokenizer, 50, lambda h: h.mean(0))


if __name__ == "__main__":
    torch.set_num_threads(1)
    with torch.no_grad():
        tiny_bert()
        tiny_bert_odd()
        tiny_bert_plain()
