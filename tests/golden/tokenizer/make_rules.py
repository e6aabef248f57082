"""Writes rules.jsonl: texts that show each rule of BERT's normalizer, pre-tokenizer and WordPiece, with what
Hugging Face `tokenizers` makes of them.

    python tests/golden/tokenizer/make_rules.py

The first line is the vocabulary: scalars and ## scalars that tell the outcomes apart, and some longer tokens.
Each other line: the rule, the settings that differ from an uncased BERT, the text, ids, spans in bytes, words.
"""
import json
import pathlib

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

UNCASED = dict(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True)
CASED = dict(lowercase=False)
WORDS = ["hello", "##world", "##s", "ab", "abc", "##c", "##cd", "##bcd", "abcdef", "##def", "na", "##ve", "fi",
         "\u1100\u1161", "##\u1100\u1161", "\u4f60\u597d", "un", "##aff", "##able", "a##b", "##", "###"]

# Rule: (settings, text).
RULES = {
    "01 dropped by clean_text": [
        ({}, t) for t in ("a\x0bb", "a\x0cb", "a\x00b", "a\ufffdb", "a\u00adb", "a\u200bb", "\ufeffab", "a\x1cb",
                          "a\x85b", "a\ue000b", "a\U000f0000b", "a\U0010fffdb", "a\u0600b", "a\u180eb",
                          "a\U000e0041b", "a\U0001d173b", "\x00", "\x00\u200b", " \x00 a", "a\u0605\u06ddb")],
    "02 unassigned is kept": [
        ({}, t) for t in ("a\u0378b", "a\ufdd0b", "a\U0001ffffb", "\u0378", "a\u0890b", "a\u08e2b", "a\U000110cdb",
                          "a\U0001fae9b")],
    "03 whitespace": [
        *(({}, "a" + s + "b") for s in "\t\n\r \u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000"),
        *((dict(clean_text=False), "a" + s + "b") for s in "\x0b\x0c\x85\u200b\u180e\t\u3000\x1c"), ({}, "  a  b  ")],
    "04 Chinese stands alone": [
        *(({}, "a" + c + "b") for c in "\u3400\u4dbf\u4dc0\u4e00\u9fff\uf900\ufaff\U00020000\U0002a6df\U0002a700"
          "\U0002b73f\U0002b740\U0002b81f\U0002b820\U0002b91f\U0002b920\U0002ceaf\U0002ceb0\U0002f800\U0002fa1f"
          "\u30ab\u3042\uac00\u3001\uff21"), ({}, "\u4f60\u597d"), ({}, "\u4f60\u597dhello\u4f60"),
        (dict(handle_chinese_chars=False), "\u4f60\u597d"), (dict(handle_chinese_chars=False), "a\u4f60b")],
    "05 punctuation stands alone": [
        *(({}, "a" + chr(c) + "b") for c in range(33, 127) if not chr(c).isalnum()),
        *(({}, "a" + c + "b") for c in "\u2019\u2014\u3001\uff01\u166d\U000111c9\u061d\u09fd\u2e43\u2e52\u20ac"
          "\u00a9\uff0b\u00bf\u00b7\u05be\u0964"), ({}, "don't"), ({}, "...a"), ({}, "a!b?c")],
    "06 accents are stripped": [
        *(({}, t) for t in ("na\u00efve", "nai\u0308ve", "\u0301abc", "a\u0301\u0301 b", "\u1e69", "a\u0903b",
                            "a\u0488b", "a\u1dfbb", "a\u0323\u302eb", "a\u302e\u0323b", "\u1d165\u1d16d",
                            "\U0001d165\U0001d16d\u0323", "a\u0e31b", "\u0915\u093f", "a\u08d4b", "\u1e0d\u0307",
                            "\u302e\u302f", "a\u302f\u302e",
                            "a" + "\u302e\u0323\u0301\u0328" * 12 + "b", "\u0345\u302f\u0334" * 30 + "\u302e", "e" + "\u302e" * 99,
                            "e" + "\u0301\u302e" * 100 + "c d", "a\ua953\u0323", "\u0344", "\u0958", "\u2adc", "\u0390")),
        (dict(strip_accents=False), "na\u00efve nai\u0308ve"), (dict(CASED, strip_accents=True), "NA\u00cfVE \u00c5")],
    "07 Hangul becomes jamo": [
        ({}, "\uac00"), ({}, "\uac00\uac00"), ({}, "\uac01"), ({}, "\ud7a3"), ({}, "\uac00\u0301"), ({}, "\u1112\u1161\u11ab"),
        (CASED, "\uac00\uac01"), (dict(strip_accents=False), "\uac00"), ({}, "\uac00" * 50), ({}, "\uac01" * 33 + "\uac00"),
        ({}, "\uac01" * 34)],
    "08 lowercase": [
        *(({}, t) for t in ("HELLO", "\u039f\u0394\u03a5\u03a3\u03a3\u0395\u03a5\u03a3", "\u0130", "\u1e9e\u00df", "\u212a\u212b\u2126",
                            "\u1c89", "\ua7cb", "\U00010d50", "\U00016ea0", "\u01c5", "\u0410", "\u10a0", "\u13a0", "\uff21")),
        *((dict(strip_accents=False), t) for t in ("\u0130", "a\u0130b", "\u00c9", "\u212a\u212b", "\u01c5")), (CASED, "Hello ABC")],
    "09 no compatibility mapping": [
        ({}, t) for t in ("\ufb01", "\uff21\uff22", "x\u00b2", "\u2167", "\u2460", "\u00bd", "\u3392", "\uff01")],
    "10 no composition": [(CASED, "nai\u0308ve"), (CASED, "na\u00efve"), (CASED, "e\u0301"), (CASED, "\u1100\u1161")],
    "11 selectors, joiners, tags": [
        *(({}, t) for t in ("a\ufe0fb", "a\U000e0100b", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f44d\U0001f3fd", "ab\u00adcd",
                            "\U0001f3f4\U000e0067\U000e007f")), (CASED, "a\ufe0fb"), (CASED, "\u2764\ufe0f")],
    "12 greedy longest match": [
        *(({}, t) for t in ("helloworlds", "abcdef", "abcd", "abcdeg", "unaffable", "\u00e6", "helloworld\u00e6", "a" * 99,
                            "a" * 100, "a" * 101, "\u00e4" * 100, "\u00e4" * 101, "a\u200b" * 100, "a\u200b" * 101, "a" * 400, "\u4f60" * 101,
                            "hello\u4f60world", "##a", "# #", "a##b")),
        *((dict(max_input_chars_per_word=3), t) for t in ("abc", "abcd", "\u00e4bc", "ab\u0301c", "\uac01", "\uac01a", "\uac00a", "a b c d")),
        (dict(max_input_chars_per_word=1), "a ab \u4f60 !"), (dict(max_input_chars_per_word=12), "helloworldss helloworlds"),
        (dict(unk_token="hello"), "\u00e6"), (dict(continuing_subword_prefix="a"), "hello abc aab"),
        (dict(continuing_subword_prefix=""), "helloab abcabc")],
    "13 unclean text reaches the vocabulary": [
        (dict(clean_text=False), t) for t in ("a\x00b", "a\ufffdb", "\x01", "a\u200bb", "\u00ad", "ab\x00", "abc\x00", "\x00abc",
                                              "a\x7fb", "\ue000", "a\x00 b")],
    "14 a lone replacement character": [
        ({}, "\ufffdx"), ({}, "x\ufffd"), (CASED, "a\ufffd\ufffdb"), (dict(clean_text=False), "a\ufffd")],
}


def vocabulary():
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    scalars = set()
    for cases in RULES.values():
        for _, text in cases:
            for variant in (text, text.lower()):
                for normalizer in (normalizers.NFC(), normalizers.NFD()):
                    scalars |= set(normalizer.normalize_str(variant))
                scalars |= set(variant)
    scalars.discard("\u00e6")  # stays unknown
    for c in sorted(scalars):
        tokens += [t for t in (c, "##" + c) if t not in tokens]
    return {token: i for i, token in enumerate(tokens)}


def main():
    vocab = vocabulary()
    lines = [json.dumps(list(vocab))]
    for rule, cases in RULES.items():
        for settings, text in cases:
            normalizer = {**UNCASED, **{k: v for k, v in settings.items() if k in UNCASED}}
            model = {k: v for k, v in settings.items() if k not in UNCASED}
            tokenizer = Tokenizer(models.WordPiece(
                vocab, **{"unk_token": "[UNK]", "max_input_chars_per_word": 100, **model}))
            tokenizer.normalizer = normalizers.BertNormalizer(**normalizer)
            tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
            encoding = tokenizer.encode(text, add_special_tokens=False)
            places = [0]
            for c in text:
                places.append(places[-1] + len(c.encode()))
            lines.append(json.dumps({
                "rule": rule, "settings": settings, "text": text, "ids": encoding.ids,
                "spans": [[places[b], places[e]] for b, e in encoding.offsets], "words": encoding.word_ids}))
    (pathlib.Path(__file__).parent / "rules.jsonl").write_text("\n".join(lines) + "\n")
    print(len(lines) - 1, "cases,", len(vocab), "tokens")


if __name__ == "__main__":
    main()
