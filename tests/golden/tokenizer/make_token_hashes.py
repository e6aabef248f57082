"""Writes token_hashes.tsv and tricky_cases.jsonl: what Hugging Face `tokenizers` makes of texts.

    python tests/golden/tokenizer/make_token_hashes.py SHARED_DATA_FOLDER

token_hashes.tsv: for each vocabulary and each shared text file the SHA-256 over all lines of
int32 (count, ids, begin and end in bytes, word ids with -1 for none), special tokens included.
scalar_hashes.tsv: the same for every Unicode scalar c as the texts c, "a" c "b" and "a " c " b", with
the tiny vocabularies of this folder's parent. tricky_cases.jsonl: named cases with the full result.
"""
import hashlib
import json
import pathlib
import struct
import sys

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

HERE = pathlib.Path(__file__).parent
VOCABULARIES = ["bert-base-uncased", "bert-base-cased", "bert-base-chinese", "bert-base-german-cased",
                "bert-base-multilingual-cased", "rubert-tiny2", "mpnet-base", "bert-base-japanese"]


def load(folder):
    if (folder / "tokenizer.json").exists():
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer
    # As transformers' BertTokenizer does with a vocab.txt.
    lines = (folder / "vocab.txt").open(encoding="utf-8").read().split("\n")
    ids = {token: i for i, token in enumerate(lines[:-1] if lines[-1] == "" else lines)}
    config = json.loads((folder / "tokenizer_config.json").read_text())
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(
        lowercase=config.get("do_lower_case", True), strip_accents=config.get("strip_accents"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(t, ids[t]) for t in ("[CLS]", "[SEP]")])
    return tokenizer


def result(text, encoding):
    """ids, spans in bytes, word ids with -1."""
    places = [0]
    for c in text:
        places.append(places[-1] + len(c.encode()))
    spans = [(places[b], places[e]) for b, e in encoding.offsets]
    words = [-1 if w is None else w for w in encoding.word_ids]
    return encoding.ids, spans, words


def pack(text, encoding):
    ids, spans, words = result(text, encoding)
    flat = [len(ids), *ids, *(x for span in spans for x in span), *words]
    return struct.pack(f"<{len(flat)}i", *flat)


def hash_of(tokenizer, texts):
    digest = hashlib.sha256()
    batch = []
    for text in texts:
        batch.append(text)
        if len(batch) == 1000:
            for t, e in zip(batch, tokenizer.encode_batch(batch)):
                digest.update(pack(t, e))
            batch = []
    for t, e in zip(batch, tokenizer.encode_batch(batch)):
        digest.update(pack(t, e))
    return digest.hexdigest()


CASES = {
    "empty": "", "spaces only": " \t\n ", "controls join": "a\x0bb c\x00d e\u0085f",
    "soft hyphen joins": "ab\u00adcd", "zero width space": "a\u200bb", "line separator": "a\u2028b",
    "accents are stripped": "naïve café", "decomposed": "nai\u0308ve", "leading mark": "\u0301abc",
    "trailing marks": "a\u0301\u0301 b", "hangul": "안녕하세요 각", "hangul jamo": "\u1112\u1161\u11ab",
    "chinese": "你好world世界", "compatibility ideograph": "\uf900\u2f800", "gap in extension": "\U0002b820",
    "final sigma": "ΟΔΥΣΣΕΥΣ", "dotted capital i": "İstanbul", "sharp s": "STRAẞE straße",
    "kelvin, angstrom, ohm": "\u212a\u212b\u2126", "greek question mark": "ti\u037e", "not equal": "a\u2260b",
    "fullwidth": "ＡＢＣ！", "ligature": "ﬁne", "emoji family": "x 👨‍👩‍👧‍👦 y", "skin tone": "👍🏽ok",
    "variation selector": "a\ufe0fb", "100 characters": "a" * 100, "101 characters": "a" * 101,
    "special token inside": "hello[SEP]world", "brackets": "[[MASK]]", "lower case special": "[sep]",
    "half a special": "[SE P] [CLS", "punctuation": "a$b+c<d=e>f^g`h|i~j", "currency": "€5 £6 ¢",
    "reordered marks": "a\u302e\u0323\u08d4 b", "musical symbol": "\U0001d15e\U0001d160x",
    "thai": "พรุ่งนี้", "devanagari": "मुझे चाय", "arabic marks": "السَّلَامُ", "unassigned": "a\u0378b",
    "noncharacter": "a\uffffb", "private use": "a\ue000b", "replacement": "a\ufffdb", "hash": "##ing #a",
    "newer punctuation": "a\u2e52b", "old punctuation": "a\u166db", "tag characters": "a\U000e0041b",
    "mongolian vowel separator": "a\u180eb", "ideographic space": "a\u3000b", "no-break space": "a\u00a0b",
}


def main():
    shared = pathlib.Path(sys.argv[1])
    files = sorted(p for p in (shared / "text").rglob("*.txt") if p.name != "NOTE.txt")
    with open(HERE / "token_hashes.tsv", "w") as out:
        for vocabulary in VOCABULARIES:
            tokenizer = load(shared / "vocabs" / vocabulary)
            for path in files:
                lines = path.read_bytes().decode("utf-8").split("\n")
                name = path.relative_to(shared / "text").as_posix()
                out.write(f"{vocabulary}\t{name}\t{len(lines)}\t{hash_of(tokenizer, lines)}\n")
    scalars = [chr(c) for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
    with open(HERE / "scalar_hashes.tsv", "w") as out:
        for name in ("tiny_bert", "tiny_bert_odd"):  # uncased, cased
            tokenizer = load(HERE.parent / name)
            for shape in ("{}", "a{}b", "a {} b"):
                out.write(f"{name}\t{shape}\t{hash_of(tokenizer, (shape.format(c) for c in scalars))}\n")
    with open(HERE / "tricky_cases.jsonl", "w", encoding="utf-8") as out:
        for name in ("tiny_bert", "tiny_bert_odd"):
            tokenizer = load(HERE.parent / name)
            for case, text in CASES.items():
                ids, spans, words = result(text, tokenizer.encode(text))
                out.write(json.dumps({"model": name, "case": case, "text": text, "ids": ids,
                                      "spans": spans, "words": words}) + "\n")


main()
