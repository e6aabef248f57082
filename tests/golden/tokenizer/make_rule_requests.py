"""Writes rule_requests.jsonl: requests that show rules 15 to 24 - added tokens, places, pairs, truncation, blocks of
tokenizer.json, decoding - with what Hugging Face `tokenizers` answers.

    python tests/golden/tokenizer/make_rule_requests.py

Run with tokenizers 0.22.2 it writes rule_windows.jsonl instead, with rule 20: overflowing windows. The lines are those
of make_settings_cases.py, each request with its "rule" first. rule_requests_test.cc reads them.
"""
import json
import pathlib

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

import fuzz_against_reference as fuzz

HERE = pathlib.Path(__file__).parent
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = ["hello", "world", "##world", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
         "na", "##ive", "abc", "don", "t", "n", "s", "do", "not", "can", "is", "it", "new", "##tok", "tok", "##s",
         "x", "ab", "##d", "中", "文", "\u1112", "##\u1161", "##\u11ab", *"abcdefg.,!?'[]#-()",
         "##a", "##b", "##c", "é", "##é", "e", "##e", "\u0301", "##\u0301", "mask", "cls", "sep", "two words"]


def make(normalizer=None, added=(), post=None, decoder=None):
    vocab = {}
    for token in SPECIALS + WORDS:
        vocab.setdefault(token, len(vocab))
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizer or normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(SPECIALS)
    for token in added:
        (tokenizer.add_special_tokens if token.special else tokenizer.add_tokens)([token])
    pair = [("[CLS]", vocab["[CLS]"]), ("[SEP]", vocab["[SEP]"])]
    tokenizer.post_processor = post or processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=pair)
    tokenizer.decoder = decoder or decoders.WordPiece()
    return json.loads(tokenizer.to_str())


def text(value, **more):
    return request("text", [value], **more)


def request(kind, texts, **more):
    return {"kind": kind, "special": True, "match": True, "left": False, "strategy": 0, "max_length": 0, "stride": 0,
            "bytes": True, "texts": [t if isinstance(t, bytes) else t.encode() for t in texts], **more}


def decode(tokens, settings, skip=True, clean=True):
    vocab = settings["model"]["vocab"]
    ids = [vocab[t] if isinstance(t, str) else t for t in tokens]
    return {"kind": "decode", "special": skip, "clean": clean, "ids": ids}


def with_block(**blocks):
    settings = make()
    settings.update(blocks)
    return settings


def without_type():
    settings = make()
    del settings["model"]["type"]
    return settings


def rules():
    """(rule, tokenizer, requests)"""
    yield "15 added tokens", make(), [
        *(text(t, match=m) for m in (True, False) for t in (
            "hello[SEP]world", "[[MASK]]", "[sep]", "[SEP", "SEP]", "[CLS][CLS]", "x[MASK]x", "[MASK]\u0301a",
            "a\u0301[MASK]", "[SEP] ", " [PAD]  [UNK] ", "[", "[[[[[[", "[M[MASK]ASK]", "[CLS]hello[SEP]"))]
    flags = [AddedToken("NEWTOK", normalized=True), AddedToken("two words", normalized=True),
             AddedToken("<l>", lstrip=True, normalized=False), AddedToken("<r>", rstrip=True, normalized=False),
             AddedToken("<b>", lstrip=True, rstrip=True, normalized=False),
             AddedToken("one", single_word=True, normalized=False), AddedToken("Éé", normalized=True),
             AddedToken("<sp>", special=True, normalized=False)]
    yield "15 added tokens", make(added=flags), [
        *(text(t, match=m) for m in (True, False) for t in (
            "a NEWTOK b", "newtok", "anewtokb", "NEW tok", "two words", "two  words", "TWO WORDS", "a <l> b",
            "a \u3000<l> b", "a <r>  b", "a <r>\u2003b", "  <b>  <b>  ", "<l> <r>", "<r> <l>", "one", "oneone", "one one",
            "xone one-one _one", "one\u0301", "\u0301one", "E\u0301É", "éé", "EE", "<sp>", "a<sp>b", "<SP>"))]
    yield "17 places", make(), [
        *(text(t) for t in ("\u0301abc", "a\u0301\u0301", "nai\u0308ve", "na\u00efve \u4e2d\u6587", "ab\u00adcd", "\ud55c",
                            "\u4e2dhello\u6587", "a\u200bb", " hello  world ", b"a\xffb \xe4\xb8 c", "[SEP] \u00e9",
                            "\U0001f600 a")),
        request("words", ["hello", "world"]), request("words", ["na\u00efve", "\u4e2d\u6587", ""]), request("words", []),
        request("words", ["hello world", "x"]), request("words", ["", "", "a"]), request("words", ["[SEP]", "a[MASK]"]),
        request("pair", ["\u0301abc", "a \u4e2d"]), request("pair", ["", ""]), request("pair", ["hello", ""])]
    long = "one two three four five six seven eight nine ten"
    pairs = [(long, "hello world"), ("hello world", long), (long, long), ("one two three", "four five six"), ("", long),
             (long, ""), ("one two three four", "five six seven")]
    yield "18 truncation", make(), [
        *(text(long, max_length=n, left=left, special=special) for n in (2, 3, 7, 11, 12, 13) for left in (False, True)
          for special in (False, True)),
        *(request("pair", p, max_length=n, strategy=strategy, left=left) for p in pairs for n in (3, 4, 5, 6, 7, 10, 14)
          for strategy in (0, 1, 2) for left in (False, True)),
        *(request("words", long.split(), max_length=n) for n in (2, 5, 12)),
        text("hello worldhellob", max_length=4), text("[MASK]" * 9, max_length=5)]
    blocks = dict(
        padding={"strategy": {"Fixed": 12}, "direction": "Right", "pad_to_multiple_of": 8, "pad_id": 0, "pad_type_id": 0,
                 "pad_token": "[PAD]"},
        truncation={"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0})
    yield "21 no padding, whatever the file says", with_block(padding=blocks["padding"]), [
        text("hello"), text(long), request("pair", ["hello", "world"])]
    settings = make()
    sentence = ["hello", "##world", "##s", ",", "it", "'", "s", "don", "'", "t", "do", "not", ".", "can", "n", "'", "t", "!", "?"]
    yield "22 decoding", settings, [
        *(decode(tokens, settings, skip, clean) for skip in (True, False) for clean in (True, False) for tokens in (
            sentence, ["##s", "hello"], ["[CLS]", "hello", "[SEP]"], ["[CLS]", "##s"], ["hello", 10**6, "world"], [],
            ["##\u1161", "##\u11ab"], ["(", "a", ")"], ["do", "not", "do", "not"], ["[MASK]", ".", "[PAD]"], ["[UNK]"]))]
    settings = make(decoder=decoders.WordPiece(cleanup=False))
    yield "22 decoding", settings, [decode(sentence, settings, clean=False)]
    yield "24 a model without a type", without_type(), [text("hello world"), text("na\u00efve[SEP]")]
    yield "24 a truncation block is not applied", with_block(**blocks), [text(long), request("pair", [long, long])]
    vocab = make()["model"]["vocab"]
    bert = processors.BertProcessing(("[SEP]", vocab["[SEP]"]), ("[CLS]", vocab["[CLS]"]))
    yield "24 BertProcessing", make(post=bert), [text("hello"), request("pair", ["hello", "world"]), text(long, max_length=5)]
    roberta = processors.RobertaProcessing(("[SEP]", vocab["[SEP]"]), ("[CLS]", vocab["[CLS]"]), trim_offsets=True,
                                           add_prefix_space=False)
    spaces_twice = normalizers.Sequence([normalizers.BertNormalizer(), normalizers.BertNormalizer()])
    taker = AddedToken("\u4e2d\u6587", rstrip=True, normalized=True)
    yield "24 RobertaProcessing trims spaces that normalizers added", make(spaces_twice, [taker], roberta), [
        text(t) for t in ("\u4e2d\u6587\u4e2d", "\u4e2d\u6587", "a\u4e2d\u6587\u4e2d", "a b \u4e2d\u6587  \u4e2d", " \u4e2d\u6587 a",
                          "hello \u4e2d\u6587\u4e2d\u6587")]
    for parts in ([normalizers.NFC(), normalizers.Lowercase()], [normalizers.NFD(), normalizers.StripAccents()],
                  [normalizers.NFD(), normalizers.Lowercase(), normalizers.StripAccents()], []):
        yield "24 a sequence of normalizers", make(normalizer=normalizers.Sequence(parts)), [
            text(t) for t in ("HELLO", "na\u00efve", "e\u0301", "\u00e9", "a\u0488b", "a\u0903b", "\ud55c", "a\x00b\u200bc", "\u4e2d\u6587")]


def windows():
    long = "one two three four five six seven eight nine ten"
    yield "20 windows", make(), [
        *(request("windows", [long], max_length=n, stride=stride, left=left) for n, stride in (
            (8, 2), (8, 0), (5, 2), (4, 1), (3, 0), (12, 3), (20, 5), (11, 8)) for left in (False, True)),
        *(request("pair windows", ["one two", long], max_length=n, stride=stride, strategy=2, left=left)
          for n, stride in ((9, 1), (8, 2), (7, 0), (14, 3)) for left in (False, True)),
        *(request("pair windows", [long, "one two"], max_length=n, stride=stride, strategy=1)
          for n, stride in ((9, 1), (8, 2), (7, 0))),
        *(request("pair windows", [long, long], max_length=n, stride=stride, strategy=0)
          for n, stride in ((9, 1), (11, 2), (23, 0), (22, 4)))]


def main():
    # Answered in bytes, whatever the request of the differential program may ask.
    made = windows() if fuzz.WINDOWS else rules()
    name = "rule_windows.jsonl" if fuzz.WINDOWS else "rule_requests.jsonl"
    with open(HERE / name, "w", encoding="utf-8") as out:
        for rule, settings, requests in made:
            out.write(json.dumps({"tokenizer": settings}) + "\n")
            tokenizer = Tokenizer.from_str(json.dumps(settings))
            tokenizer.no_padding()
            for asked in requests:
                answer = fuzz.reference(tokenizer, asked)
                if "texts" in asked:
                    asked["texts"] = [t.decode("latin-1") for t in asked["texts"]]
                out.write(json.dumps({"rule": rule, **asked, "answer": answer}) + "\n")


main()
