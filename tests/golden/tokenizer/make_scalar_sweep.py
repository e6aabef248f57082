"""Writes scalar_sweep.tsv: what Hugging Face `tokenizers` makes of every Unicode scalar, where each scalar that
can come out has tokens of its own, so that no difference hides behind [UNK].

    python tests/golden/tokenizer/make_scalar_sweep.py

The vocabulary: [PAD] [UNK] [CLS] [SEP] [MASK], then for each scalar of planes 0-3 and 14, in order and without
surrogates, the scalar and ## and the scalar. For each setting and each text of a scalar c - c, "a" c "b" and
"a " c " b" - the SHA-256 over all scalars of int32 (count, ids, begin and end in bytes, word ids with -1 for
none); no special tokens are added.
"""
import hashlib
import pathlib
import struct

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

# lowercase, strip_accents, handle_chinese_chars, clean_text
SETTINGS = {
    "uncased": (True, None, True, True),
    "cased": (False, None, True, True),
    "uncased with accents": (True, False, True, True),
    "cased without accents": (False, True, True, True),
    "unclean": (True, None, True, False),
    "unclean, cased, Chinese in words": (False, None, False, False),
}
TEXTS = ("{}", "a{}b", "a {} b")
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def vocabulary():
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    for c in SCALARS:
        if c < 0x40000 or 0xE0000 <= c < 0xF0000:
            tokens += [chr(c), "##" + chr(c)]
    return {token: i for i, token in enumerate(tokens)}


def pack(text, encoding):
    ids, places = encoding.ids, [0]
    for c in text:
        places.append(places[-1] + len(c.encode()))
    flat = [len(ids), *ids]
    for begin, end in encoding.offsets:
        flat += [places[begin], places[end]]
    flat += [-1 if w is None else w for w in encoding.word_ids]
    return struct.pack(f"<{len(flat)}i", *flat)


def main():
    vocab = vocabulary()
    rows = []
    for name, (lowercase, strip_accents, chinese, clean) in SETTINGS.items():
        tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]", max_input_chars_per_word=100))
        tokenizer.normalizer = normalizers.BertNormalizer(
            clean_text=clean, handle_chinese_chars=chinese, strip_accents=strip_accents, lowercase=lowercase)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        for text in TEXTS:
            digest = hashlib.sha256()
            for at in range(0, len(SCALARS), 4096):
                batch = [text.format(chr(c)) for c in SCALARS[at:at + 4096]]
                for one, encoding in zip(batch, tokenizer.encode_batch(batch, add_special_tokens=False)):
                    digest.update(pack(one, encoding))
            rows.append(f"{name}\t{text}\t{digest.hexdigest()}\n")
            print(rows[-1], end="", flush=True)
    (pathlib.Path(__file__).parent / "scalar_sweep.tsv").write_text("".join(rows))


if __name__ == "__main__":
    main()
