"""Makes tiny random models with task heads, and what the reference gives for them.

    python tests/golden/make_tiny_tasks.py              # models, and every task but answer
    python tests/golden/make_tiny_tasks.py --gated      # only Nomic and Jina
    python tests/golden/make_tiny_tasks.py --gte        # only GTE
    python tests/golden/make_tiny_tasks.py --mobile     # only MobileBERT
    python tests/golden/make_tiny_tasks.py --answers [NAME]    # answer, in an environment of its own

The last call needs transformers 4.57, the last version with a question-answering pipeline. Each folder
tasks/NAME is a Hugging Face model (weights in fp16; the reference computes with the same rounded values in
fp32) and cases.jsonl: one case a line, its input and what transformers answers.
"""
import argparse
import json
import math
import pathlib
import shutil

import torch
import transformers
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import AutoTokenizer, pipeline

import gte_reference
from gte_reference import gte
from jina_reference import jina
from make_tiny_models import vocabulary

HERE = pathlib.Path(__file__).parent / "tasks"
MAX_LENGTH = 40
SIZES = dict(hidden_size=20, num_hidden_layers=2, num_attention_heads=4, intermediate_size=36,
             max_position_embeddings=MAX_LENGTH, hidden_dropout_prob=0, attention_probs_dropout_prob=0)

TEXTS = [
    "", " ", "a", "Hello, world!", "The quick brown fox jumps over the lazy dog.",
    "naïve café déjà vu", "Привет, мир", "你好世界 and 東京", "🙂🙂 ☂", "x" * 101 + " end", "zzz qqq",
    "the man's dog isn't here , is it ?", "cafe\u0301 (e\u0301nd) don't", "\u00adhid\u200bden",
    "one two three four five six seven eight nine ten " * 6,
]
PAIRS = [
    ["Hello", "world"], ["", ""], ["", "one"], ["two", ""], ["the quick fox", "🙂"],
    ["one two three four five six seven eight nine ten " * 6, "short"],
    ["short", "one two three four five six seven eight nine ten " * 6],
    ["one two three four five six seven eight nine ten " * 6, "people call the water day " * 9],
    ["one two three four five six seven eight nine ten " * 3, "people call the water day " * 3],
]

WORDS = "the quick brown fox people call water day one two three four five hello world".split()
LONG = [" ".join(WORDS[(i * i + i // 7) % len(WORDS)] for i in range(n)) for n in (500, 1022)]


def tokenizer_for(folder, mpnet, max_length):
    tokens = vocabulary(True)
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    if mpnet:
        names = ["<pad>", "[UNK]", "<s>", "</s>", "<mask>"]
        # The reference takes id 1 for padding, whatever the tokenizer says.
        tokens = ["<s>", "<pad>", "</s>", "[UNK]", "<mask>"] + tokens[5:]
    ids = {token: i for i, token in enumerate(tokens)}
    tok = Tokenizer(models.WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=100))
    tok.normalizer = normalizers.BertNormalizer(lowercase=True)
    tok.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tok.decoder = decoders.WordPiece()
    tok.add_special_tokens(names)
    pad, unk, cls, sep, mask = names
    double = f" {sep}:0" if mpnet else ""
    b = 0 if mpnet else 1
    tok.post_processor = processors.TemplateProcessing(
        single=f"{cls}:0 $A:0 {sep}:0", pair=f"{cls}:0 $A:0 {sep}:0{double} $B:{b} {sep}:{b}",
        special_tokens=[(cls, ids[cls]), (sep, ids[sep])])
    tok.save(str(folder / "tokenizer.json"), pretty=False)
    config = {"do_lower_case": True, "model_max_length": max_length, "pad_token": pad, "unk_token": unk,
              "cls_token": cls, "sep_token": sep, "mask_token": mask,
              "tokenizer_class": "PreTrainedTokenizerFast",
              "model_input_names": ["input_ids", "attention_mask"] +
                                   ([] if mpnet else ["token_type_ids"])}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return len(tokens)


def sizes_of(family, vocab, positions):
    if family in ("NomicBert", "Jina", "Gte"):  # heads of an even size; six of them: ALiBi's odd case
        sizes = dict(SIZES, vocab_size=vocab, hidden_size=24, max_position_embeddings=positions,
                     hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
        if family == "Jina":
            sizes.update(num_attention_heads=6, position_embedding_type="alibi")
        return sizes
    if family == "DistilBert":
        return dict(vocab_size=vocab, dim=20, n_layers=2, n_heads=4, hidden_dim=36, dropout=0,
                    attention_dropout=0, qa_dropout=0, seq_classif_dropout=0,
                    max_position_embeddings=MAX_LENGTH)
    sizes = dict(SIZES, vocab_size=vocab)
    if family == "Electra":
        sizes.update(embedding_size=12)
    if family == "MobileBert":  # heads of 5 columns
        sizes.update(hidden_size=24, embedding_size=12, intra_bottleneck_size=20, num_feedforward_networks=3)
    if family == "MPNet":
        sizes.update(max_position_embeddings=MAX_LENGTH + 2, pad_token_id=1, bos_token_id=0,
                     eos_token_id=2)
    return sizes


def nomic_form(values, trained, positions):
    """A config.json of transformers 5 in the form of Nomic's own checkpoints."""
    rope = values["rope_parameters"]
    return {"model_type": "nomic_bert", "architectures": values["architectures"],
            "n_embd": values["hidden_size"], "n_layer": values["num_hidden_layers"],
            "n_head": values["num_attention_heads"], "n_inner": values["intermediate_size"],
            "n_positions": positions, "max_trained_positions": trained, "vocab_size": values["vocab_size"],
            "type_vocab_size": 2, "layer_norm_epsilon": values["layer_norm_eps"],
            "activation_function": "swiglu", "causal": False, "prenorm": False, "parallel_block": False,
            "qkv_proj_bias": False, "mlp_fc1_bias": False, "mlp_fc2_bias": False, "use_rms_norm": False,
            "rotary_emb_base": rope["rope_theta"], "rotary_emb_fraction": 1.0,
            "rotary_emb_interleaved": False, "rotary_emb_scale_base": None,
            "rotary_scaling_factor": rope.get("factor"), "scale_attn_weights": True,
            "scale_attn_by_inverse_layer_idx": False}


# Families whose layers are written by their definition.
OURS = {"Jina": jina, "Gte": gte}


def is_saved(family, name, config):
    """Whether the checkpoint of a family in OURS has that tensor of BERT's, too."""
    if family == "Gte":
        return not gte_reference.absent(name, config)
    return not (family == "Jina" and "position_embeddings" in name)


def make(name, family, head, seed, sharp=1.0, **options):
    """A random model with head `head` in HERE/name; `sharp` scales its last matrix, `gain` the others;
    `tie`: two labels whose logits are always equal; `positions`: of the longest text; `trained`: of the longest
    that rotary positions were trained on, which then are given in Nomic's own form."""
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    positions, trained = options.pop("positions", MAX_LENGTH), options.pop("trained", None)
    gain = options.pop("gain", 1.5)
    vocab = tokenizer_for(folder, family == "MPNet", positions)
    labels, tie = options.pop("labels", None), options.pop("tie", None)
    if labels:
        options.update(id2label=dict(enumerate(labels)), label2id={n: i for i, n in enumerate(labels)})
    kind = "Bert" if family in OURS else family
    own = {n: options.pop(n) for n in ("type_vocab_size", "rope_theta", "rope_scaling") if family == "Gte"}
    config = getattr(transformers, kind + "Config")(**(sizes_of(family, vocab, trained or positions) |
                                                       options))
    config.gte = own
    model = (OURS[family](head) if family in OURS else getattr(transformers, family + head))(config).eval()
    model.set_attn_implementation("eager")
    torch.manual_seed(seed)
    tied = model.get_output_embeddings()
    last = [n for n, p in model.named_parameters() if p.ndim == 2][-1]
    with torch.no_grad():
        for n, p in model.named_parameters():
            if not is_saved(family, n, config):
                continue
            if "norm.weight" in n.lower() or "_ln.weight" in n:
                p.copy_(1 + 0.3 * torch.randn_like(p))
            elif p.ndim < 2:
                p.copy_(0.1 * torch.randn_like(p))
            else:
                p.copy_(torch.randn_like(p) * gain / p.shape[1] ** 0.5)
            if n == last and tied is None:
                p.mul_(sharp)
            p.copy_(p.half().float())
        if family == "MobileBert":
            # As training leaves it. Else the last token of a padded text, whose hidden state begins with what
            # follows it too, would not be that of the text alone.
            model.get_input_embeddings().weight[config.pad_token_id] = 0
        if tie:
            for p in model.classifier.parameters():
                p[tie[1]] = p[tie[0]]
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    values = json.loads((folder / "config.json").read_text())
    values.pop("gte")
    if trained:
        values = nomic_form(values, trained, positions)
    if family == "Jina":
        values["architectures"] = ["JinaBert" + head]
    if family == "Gte":
        values.update(own, architectures=["New" + head], model_type="new", position_embedding_type="rope",
                      pack_qkv=True, layer_norm_type="layer_norm", logn_attention_scale=False)
    (folder / "config.json").write_text(json.dumps(values))
    name = gte_reference.renamed if family == "Gte" else lambda n: n
    save_file({name(n): p.half().contiguous() for n, p in load_saved(folder).items() if is_saved(family, n, config)},
              folder / "model.safetensors", metadata={"format": "pt"})
    if family in OURS or trained:  # the tokenizer alone: transformers cannot read this config.json
        return folder, model, transformers.PreTrainedTokenizerFast.from_pretrained(folder)
    return folder, model, AutoTokenizer.from_pretrained(folder)


def load_saved(folder):
    from safetensors.torch import load_file
    return load_file(folder / "model.safetensors")


def write_cases(folder, cases):
    with open(folder / "cases.jsonl", "w", encoding="utf-8") as out:
        for case in cases:
            out.write(json.dumps(case, ensure_ascii=False) + "\n")
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{folder.name}: {len(cases)} cases, {size} bytes")


def short(x):
    """fp32 values with digits enough to read back the same."""
    return [short(v) for v in x] if isinstance(x, (list, tuple)) else float(f"{x:.9g}")


def rounded(x):
    if isinstance(x, dict):
        return {k: rounded(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [rounded(v) for v in x]
    return float(f"{float(x):.9g}") if isinstance(x, float) or hasattr(x, "dtype") else x


def encode(tok, *texts, **options):
    return tok(*texts, return_tensors="pt", truncation=True, max_length=MAX_LENGTH, **options)


def classify(folder, model, tok):
    pipe = pipeline("text-classification", model=model, tokenizer=tok, device="cpu")
    cases = []
    for text in TEXTS + PAIRS:
        texts = text if isinstance(text, list) else [text]
        inputs = encode(tok, *[[t] for t in texts])  # alone, the tokenizer takes an empty pair for none
        case = {"text": texts[0], "ids": inputs["input_ids"][0].tolist(),
                "logits": short(model(**inputs).logits[0].tolist())}
        given = {"text": texts[0], "text_pair": texts[1]} if len(texts) == 2 else texts[0]
        if len(texts) == 2:
            case["pair"] = texts[1]
        if texts[-1] or len(texts) == 1:  # and so does the pipeline
            case["scores"] = rounded(pipe([given], top_k=None, truncation=True)[0])
        cases.append(case)
    write_cases(folder, cases)


def tag(folder, model, tok, relabel=False):
    """With relabel the reference sees E- as I- and S- as B-, the same spans in the scheme it knows."""
    labels = model.config.id2label
    joined = {i: n.replace("S-", "B-").replace("E-", "I-") if relabel else n for i, n in labels.items()}
    pipe = pipeline("token-classification", model=model, tokenizer=tok, device="cpu")
    cases = []
    for text in TEXTS:
        case = {"text": text,
                "logits": short(model(**encode(tok, text)).logits[0].tolist())}
        for strategy in ("none", "simple", "first", "average", "max"):
            model.config.id2label = labels if strategy == "none" else joined
            case[strategy] = rounded(pipe(text, aggregation_strategy=strategy))
        if text.strip():
            for strategy in ("simple", "first"):
                case["windows_" + strategy] = rounded(
                    pipe(text, aggregation_strategy=strategy, stride=8))
        cases.append(case)
    for words in (["Hello", ",", "world's", "naïve"], ["don't", "two words", "", "end"],
                  ["one", "two", "three"] * 8):
        case = {"words": words}
        for strategy in ("none", "simple", "first", "average", "max"):
            model.config.id2label = labels if strategy == "none" else joined
            case[strategy] = rounded(
                pipe(words, is_split_into_words=True, aggregation_strategy=strategy)[0])
        cases.append(case)
    write_cases(folder, cases)


def fill(folder, model, tok):
    pipe = pipeline("fill-mask", model=model, tokenizer=tok, device="cpu")
    m = tok.mask_token
    texts = [m, f"the {m} fox", f"Hello {m} , {m} !", f"{m} {m} {m}", f"naïve {m} 🙂",
             "one two three four " * 5 + m]
    cases = []
    for text in texts:
        inputs = encode(tok, text)
        at = (inputs["input_ids"][0] == tok.mask_token_id).nonzero().flatten()
        given = pipe(text, top_k=4)
        # "dog" and "cat" are in no relation; "unheardof" is cut to its first token.
        targets = pipe(text, top_k=9, targets=["fox", "dog", "the", "unheardof"])
        nested = lambda r: r if len(at) > 1 else [r]
        cases.append({"text": text, "logits": short(model(**inputs).logits[0][at].tolist()),
                      "masks": rounded(nested(given)), "targets": rounded(nested(targets))})
    # SPLADE: max over the tokens of log(1 + relu(logit)).
    for text in TEXTS:
        logits = model(**encode(tok, text)).logits[0]
        weights = torch.log1p(torch.relu(logits)).max(0).values
        cases.append({"text": text, "sparse": short(weights.tolist())})
    write_cases(folder, cases)


def zero_shot(folder, model, tok):
    pipe = pipeline("zero-shot-classification", model=model, tokenizer=tok, device="cpu")
    cases = []
    for text in [t for t in TEXTS if t.strip()]:
        for labels in (["water", "people", "the day"], ["time"]):
            for multi in (False, True):
                for template in ("This example is {}.", "it is about {} now"):
                    r = pipe(text, labels, multi_label=multi, hypothesis_template=template)
                    cases.append({"text": text, "labels": labels, "multi": multi, "template": template,
                                  "result": rounded([r["labels"], r["scores"]])})
    write_cases(folder, cases)


def hidden(folder, model, tok, longer=()):
    """Of a bare encoder: the mean of the last hidden states."""
    cases = []
    for text in TEXTS + list(longer):
        inputs = tok(text, return_tensors="pt", truncation=True, max_length=tok.model_max_length)
        state = model(**inputs).last_hidden_state[0]
        cases.append({"text": text, "mean": short(state.mean(0).tolist())})
    write_cases(folder, cases)


BIO = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
BIOES = ["O", "B-X", "I-X", "E-X", "S-X", "S-Y"]
TOPICS = ["sport", "politics", "art", "science", "other"]


def everything():
    classify(*make("bert_classify", "Bert", "ForSequenceClassification", 11, labels=TOPICS,
                   tie=(1, 3)))
    classify(*make("bert_rerank", "Bert", "ForSequenceClassification", 12, num_labels=1))
    classify(*make("bert_regression", "Bert", "ForSequenceClassification", 13, num_labels=1,
                   problem_type="regression"))
    classify(*make("electra_multi_label", "Electra", "ForSequenceClassification", 14,
                   labels=TOPICS[:4], problem_type="multi_label_classification"))
    classify(*make("distilbert_classify", "DistilBert", "ForSequenceClassification", 15,
                   labels=TOPICS[:3]))
    classify(*make("mpnet_classify", "MPNet", "ForSequenceClassification", 16, labels=TOPICS[:3]))
    tag(*make("bert_tag", "Bert", "ForTokenClassification", 21, sharp=2, labels=BIO))
    tag(*make("distilbert_tag", "DistilBert", "ForTokenClassification", 22, sharp=2, labels=BIOES),
        relabel=True)
    tag(*make("electra_tag", "Electra", "ForTokenClassification", 27, sharp=2, labels=BIO))
    tag(*make("mpnet_tag", "MPNet", "ForTokenClassification", 28, sharp=2, labels=BIO))
    fill(*make("bert_fill", "Bert", "ForMaskedLM", 31))
    fill(*make("distilbert_fill", "DistilBert", "ForMaskedLM", 32))
    fill(*make("electra_fill", "Electra", "ForMaskedLM", 33))
    fill(*make("mpnet_fill", "MPNet", "ForMaskedLM", 34))
    zero_shot(*make("bert_nli", "Bert", "ForSequenceClassification", 41,
                    labels=["contradiction", "neutral", "entailment"]))
    make("bert_answer", "Bert", "ForQuestionAnswering", 51, sharp=2)
    make("mpnet_answer", "MPNet", "ForQuestionAnswering", 52, sharp=2)
    make("distilbert_answer", "DistilBert", "ForQuestionAnswering", 53, sharp=2)
    make("electra_answer", "Electra", "ForQuestionAnswering", 54, sharp=2)
    hidden(*make("bert_tanh_gelu", "Bert", "Model", 61, hidden_act="gelu_new"))
    hidden(*make("bert_relu", "Bert", "Model", 62, hidden_act="relu"))
    hidden(*make("distilbert", "DistilBert", "Model", 63))
    hidden(*make("electra", "Electra", "Model", 64))
    hidden(*make("mpnet", "MPNet", "Model", 65))


def gated():
    """Rotary positions or ALiBi and gated feed-forwards: Nomic, by transformers, and Jina, by its definition."""
    rope = {"rope_type": "default", "rope_theta": 1000.0}
    stretched = {"rope_type": "dynamic", "rope_theta": 1000.0, "factor": 2.0}
    hidden(*make("nomic", "NomicBert", "Model", 66, rope_parameters=rope, positions=1200), LONG)
    hidden(*make("nomic_stretched", "NomicBert", "Model", 67, rope_parameters=stretched, trained=512,
                 positions=1200), LONG)
    classify(*make("nomic_classify", "NomicBert", "ForSequenceClassification", 17, labels=TOPICS[:3]))
    tag(*make("nomic_tag", "NomicBert", "ForTokenClassification", 23, sharp=2, labels=BIO))
    fill(*make("nomic_fill", "NomicBert", "ForMaskedLM", 35))
    hidden(*make("jina", "Jina", "Model", 68, feed_forward_type="geglu", positions=1200), LONG)
    hidden(*make("jina_reglu", "Jina", "Model", 69, feed_forward_type="reglu"))
    classify(*make("jina_classify", "Jina", "ForSequenceClassification", 18, feed_forward_type="geglu",
                   labels=TOPICS[:3]))
    tag(*make("jina_tag", "Jina", "ForTokenClassification", 25, feed_forward_type="geglu", labels=BIO))
    fill(*make("jina_fill", "Jina", "ForMaskedLM", 36, feed_forward_type="geglu"))
    make("jina_answer", "Jina", "ForQuestionAnswering", 56, sharp=2, feed_forward_type="geglu")


def gtes():
    """Without and with token types and rotary scaling. With a `gain` above 1 attention is so sharp that int8 loses 6 %
    of a hidden state, also where torch rounds as int8 does."""
    ntk = dict(type_vocab_size=0, rope_theta=5000.0, rope_scaling={"type": "ntk", "factor": 2.0}, gain=1.0)
    plain = dict(type_vocab_size=2, rope_theta=1600.0, rope_scaling=None, gain=1.0)
    hidden(*make("gte", "Gte", "Model", 75, positions=1200, **ntk), LONG)
    hidden(*make("gte_types", "Gte", "Model", 76, hidden_act="gelu_new", **plain))
    classify(*make("gte_classify", "Gte", "ForSequenceClassification", 29, labels=TOPICS[:3], **plain))
    tag(*make("gte_tag", "Gte", "ForTokenClassification", 30, labels=BIO, **ntk))
    fill(*make("gte_fill", "Gte", "ForMaskedLM", 38, **ntk))


def mobile():
    """MobileBERT, with every choice of its config.json. Where nothing is normalized, matrices of a `gain` above 1
    would let hidden states grow from layer to layer."""
    def model(name, head, seed, norm="no_norm", **options):
        gain = 0.7 if norm == "no_norm" else 1.5
        return make("mobilebert" + name, "MobileBert", head, seed, gain=gain, normalization_type=norm, **options)

    hidden(*model("", "Model", 71))
    hidden(*model("_layer_norm", "Model", 72, "layer_norm", embedding_size=8, num_feedforward_networks=2,
                  hidden_act="gelu"))  # 3 * 8 is hidden_size
    hidden(*model("_inside", "Model", 73, use_bottleneck_attention=True, trigram_input=False, embedding_size=24,
                  num_feedforward_networks=1))  # two matrices of the checkpoint are of no use
    hidden(*model("_wide", "Model", 74, "layer_norm", use_bottleneck_attention=True,
                  key_query_shared_bottleneck=False, trigram_input=False, intra_bottleneck_size=36))
    classify(*model("_classify", "ForSequenceClassification", 19, labels=TOPICS[:3], classifier_activation=True))
    classify(*model("_classify_plain", "ForSequenceClassification", 20, "layer_norm", labels=TOPICS[:3],
                    classifier_activation=False))
    tag(*model("_tag", "ForTokenClassification", 24, "layer_norm", sharp=2, labels=BIO))
    fill(*model("_fill", "ForMaskedLM", 37))
    model("_answer", "ForQuestionAnswering", 55, "layer_norm", sharp=2)


def answering(folder):
    """The model and the tokenizer of a folder that make() wrote."""
    if folder.name.startswith("jina"):
        model = jina("ForQuestionAnswering")(transformers.BertConfig.from_pretrained(folder))
        weights = {n: p.float() for n, p in load_saved(folder).items()}
        missing, unknown = model.load_state_dict(weights, strict=False)
        assert missing == ["bert.embeddings.position_embeddings.weight"] and not unknown, (missing, unknown)
        return model, transformers.PreTrainedTokenizerFast.from_pretrained(folder)
    model = transformers.AutoModelForQuestionAnswering.from_pretrained(folder, torch_dtype=torch.float32)
    return model, AutoTokenizer.from_pretrained(folder)


def answers(names):
    long = "the quick brown fox and the lazy dog saw water . " * 7 + "Naïve people call (him) 東京 now ."
    contexts = ["the quick brown fox jumps over the lazy dog", "naïve café 🙂 end", "a", long,
                "Hello hello HELLO hello", "x" * 101 + " is unknown", "one two three . " * 20]
    for name in names:
        folder = HERE / name
        model, tok = answering(folder)
        model.eval().set_attn_implementation("eager")
        if name == "distilbert_answer":  # the model takes no types
            tok.model_input_names = ["input_ids", "attention_mask"]
        pipe = pipeline("question-answering", model=model, tokenizer=tok, device="cpu")
        cases = []
        for context in contexts:
            for question in ("who is it", "What?", "the number of people who could be at the long day"):
                case = {"question": question, "context": context}
                for key, options in {
                        "best": {}, "top3": dict(top_k=3),
                        "null": dict(top_k=2, handle_impossible_answer=True),
                        "short": dict(top_k=2, max_answer_len=3),
                        "pieces": dict(top_k=2, align_to_words=False),
                        "stride": dict(top_k=2, doc_stride=10)}.items():
                    r = pipe(question=question, context=context, **options)
                    case[key] = rounded(r if isinstance(r, list) else [r])
                cases.append(case)
        write_cases(folder, cases)


parser = argparse.ArgumentParser()
parser.add_argument("--answers", nargs="*", metavar="NAME")
parser.add_argument("--gated", action="store_true")
parser.add_argument("--mobile", action="store_true")
parser.add_argument("--gte", action="store_true")
torch.set_num_threads(1)
transformers.logging.set_verbosity_error()
with torch.no_grad():
    options = parser.parse_args()
    if options.answers is not None:
        answers(options.answers or ["bert_answer", "mpnet_answer", "distilbert_answer", "electra_answer",
                                    "mobilebert_answer", "jina_answer"])
    else:
        chosen = options.gated or options.mobile or options.gte
        if not chosen:
            everything()
        if options.gated or not chosen:
            gated()
        if options.gte or not chosen:
            gtes()
        if options.mobile or not chosen:
            mobile()
