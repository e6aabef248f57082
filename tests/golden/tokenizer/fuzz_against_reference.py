"""Compares Linnet's tokenizer with Hugging Face `tokenizers` on random texts, tokenizers and settings.

    python fuzz_against_reference.py DRIVER [--folder FOLDER] [--texts N] [--seed S] [--seconds T]

DRIVER is BUILD/tests/tokenize_driver. With --folder, that tokenizer; without, a new random one for every
few thousand texts: normalizers, vocabulary, added tokens with any flags, template. Each text is asked for in a
random way: alone, as a pair, as words; truncated; decoded. ids, places, words, types, sequences and decoded
texts are compared. Under tokenizers 0.22.2 overflowing windows are asked for too: later versions lose some.
The first differences are printed, shortened as far as they remain; exit 1 where there are any. Each one
belongs into CASES of make_settings_cases.py.
"""
import argparse
import itertools
import json
import random
import struct
import subprocess
import sys
import tempfile
import time
import unicodedata

import tokenizers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

WINDOWS = tokenizers.__version__.startswith("0.22.")
CHUNK = 3000
STRATEGIES = ["longest_first", "only_first", "only_second"]
BLOCKS = [  # first and last scalar of what real texts are made of
    (0x20, 0x7E), (0xA0, 0x24F), (0x250, 0x2FF), (0x370, 0x3FF), (0x400, 0x52F), (0x531, 0x58A),
    (0x591, 0x5F4), (0x600, 0x6FF), (0x900, 0x97F), (0x980, 0x9FF), (0xE00, 0xE7F), (0xF00, 0xFFF),
    (0x1100, 0x11FF), (0x1780, 0x17FF), (0x1800, 0x18AF), (0x1C90, 0x1CBF), (0x1E00, 0x1FFF),
    (0x2000, 0x206F), (0x2070, 0x20CF), (0x2100, 0x214F), (0x2260, 0x226F), (0x2C00, 0x2C7F),
    (0x2E00, 0x2E7F), (0x3000, 0x30FF), (0x3400, 0x3500), (0x4E00, 0x4F00), (0xA640, 0xA69F),
    (0xA720, 0xA7FF), (0xAB70, 0xABBF), (0xAC00, 0xAC80), (0xD790, 0xD7FF), (0xF900, 0xFAFF),
    (0xFB00, 0xFDFF), (0xFE00, 0xFEFF), (0xFF00, 0xFFEF), (0x10400, 0x1044F), (0x11000, 0x1107F),
    (0x1D15E, 0x1D1E8), (0x1D400, 0x1D4FF), (0x1E900, 0x1E95F), (0x1F300, 0x1F64F), (0x20000, 0x20100),
    (0x2B700, 0x2B960), (0x2F800, 0x2FA1D), (0xE0000, 0xE007F),
]
SPACES = [" ", "  ", "\t", "\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\xa0", "\u1680", "\u2003",
          "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\u200b", "\ufeff"]
ODD = ["\x00", "\x01", "\x7f", "\xad", "\u200d", "\u200e", "\ufffd", "\ufffe", "\ue000", "\u0378",
       "\ufe0f", "\U0010ffff", "\u0130", "\u0131", "\u1e9e", "\u03a3", "\u03c2", "\u212a", "\u2126",
       "\uac00", "\uac01", "\ud7a3", "\U0001d15e", "\u0344", "\u0385", "\u1fee", "\u302e", "\u16ff0",
       "\u226e", "\u037e", "\u1fef", "\u0120", "\u0958", "\u0f73", "\ufb2c", "\u1f82"]
SPECIAL = ["[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]", "[", "]", "[CL", "S]", "[sep]", "[ SEP]", "##",
           "##s", "#", "[unused1]", "[[MASK]]", "[SEP][SEP]", "<mask>", "<s>", "</s>"]
BAD_BYTES = [b"\xff", b"\x80", b"\xc3", b"\xe4\xbd", b"\xf0\x9f\x98", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf5"]
EVERYTHING = [chr(c) for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
MARKS = [c for c in EVERYTHING if unicodedata.category(c) in ("Mn", "Mc", "Me")]


class Random(random.Random):
    """Less even in its last bits than its parent, and several times faster."""

    def choice(self, values):
        return values[int(self.random() * len(values))]

    def randrange(self, n):
        return int(self.random() * n)

    def randint(self, first, last):
        return first + int(self.random() * (last - first + 1))


# ---- texts -----------------------------------------------------------------------------------------

def make_texts(rng, n, words, added, common):
    """Bytes. `common`: of what every version of the reference's Unicode says the same."""
    def script():
        first, last = rng.choice(BLOCKS)
        return "".join(chr(rng.randint(first, last)) for _ in range(rng.randint(1, 6)))

    def marked():
        return "".join(rng.choice(words)[:1] + "".join(rng.choices(MARKS, k=rng.randint(0, 3)))
                       for _ in range(rng.randint(1, 3)))

    def near_added():
        token = rng.choice(added)
        return rng.choice((token, token.upper(), token.lower(), token + "s", "x" + token, " " + token + "  ",
                           token[:-1], token + "\u0301", "\u00e9" + token))

    def word():
        return rng.choice(words)

    kinds = [word, word, lambda: rng.choice((str.upper, str.title, str.swapcase))(word()),
             lambda: rng.choice(SPACES[:6]), lambda: " ", lambda: rng.choice(SPECIAL),
             lambda: word() * rng.randint(1, 60)]
    if added:
        kinds += [near_added, near_added]
    if not common:
        kinds += [script, script, marked, lambda: rng.choice(SPACES), lambda: rng.choice(ODD),
                  lambda: unicodedata.normalize(rng.choice(("NFC", "NFD", "NFKD")), script()),
                  lambda: rng.choice(MARKS), lambda: rng.choice(EVERYTHING)]
    for _ in range(n):
        chosen = rng.sample(kinds, rng.randint(1, 5))
        pieces = [rng.choice(chosen)().encode("utf-8", "replace")
                  for _ in range(rng.choice((0, 1, 2, 3, 5, 8, 13, 30)))]
        if rng.random() < 0.05:
            pieces.insert(rng.randint(0, len(pieces)), rng.choice(BAD_BYTES))
        yield b"".join(pieces)


def repaired(data):
    """The text with U+FFFD for each maximal wrong sequence, and where each of its scalars begins."""
    if data.isascii():
        return data.decode(), range(len(data) + 1)
    text, places, at = [], [0], 0
    while at < len(data):
        try:
            good, bad_end = data[at:].decode("utf-8"), None
        except UnicodeDecodeError as error:
            good = data[at:at + error.start].decode("utf-8")
            bad_end = at + error.end
        places.extend(itertools.accumulate((len(c.encode()) for c in good), initial=places.pop()))
        text.append(good)
        if bad_end is None:
            break
        text.append("\ufffd")
        places.append(bad_end)
        at = bad_end
    return "".join(text), places


# ---- tokenizers ------------------------------------------------------------------------------------

def random_normalizer(rng):
    def bert():
        return normalizers.BertNormalizer(
            clean_text=rng.random() < 0.7, handle_chinese_chars=rng.random() < 0.7,
            strip_accents=rng.choice((None, True, False)), lowercase=rng.random() < 0.6)

    if rng.random() < 0.5:
        return bert()
    parts = [normalizers.NFC, normalizers.NFD, normalizers.Lowercase, normalizers.StripAccents, bert]
    if rng.random() < 0.3:
        part = rng.choice((None, *parts))
        return part and part()
    return normalizers.Sequence([rng.choice(parts)() for _ in range(rng.randint(0, 4))])


def random_words(rng, common):
    words = set()
    letters = [chr(c) for c in range(0x61, 0x7B)] + ([] if common else list("éñößабвгдежзийабעברתक्षाไทย한글日本語Ǆı"))
    for _ in range(rng.randint(20, 400)):
        words.add("".join(rng.choices(letters, k=rng.choice((1, 1, 2, 2, 3, 4, 6)))))
    words.update(letters)
    for mark in () if common else rng.sample(MARKS, 30):
        words.add(mark)
    for _ in range(0 if common else 40):
        first, last = rng.choice(BLOCKS)
        words.add(chr(rng.randint(first, last)))
    words.update(rng.sample(list("!?.,'-#[]<>/`;="), 8))
    # U+0120 stands for a space where RobertaProcessing trims offsets: Linnet refuses such a vocabulary.
    return sorted(w for w in words if w.strip() and "\x00" not in w and "\u0120" not in w)


def random_added(rng, words):
    contents = ["New", "tok", "two words", "a", "É", "ée", "<x>", "<unk>", "##z", "İ", " lead", "trail ", "-",
                "日本", "q\u0301", "K", "[NEW]", "mask", rng.choice(words), rng.choice(words)]
    for content in rng.sample(contents, rng.choice((0, 0, 1, 2, 4))):
        yield AddedToken(content, lstrip=rng.random() < 0.4, rstrip=rng.random() < 0.4,
                         single_word=rng.random() < 0.4, normalized=rng.random() < 0.5,
                         special=rng.random() < 0.3)


def random_tokenizer(rng, common):
    words = random_words(rng, common)
    prefix = rng.choice(("##", "##", "##", "@@", "_"))
    vocab = {}
    # The reference gives windows behind the first one type ids 0 and 1, whatever the template says; Linnet
    # gives all the same. Where windows are asked for, templates say 0 and 1.
    roberta = rng.random() < 0.25 and not common
    specials = ["<s>", "<pad>", "</s>", "[UNK]", "<mask>"] if roberta else [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    for token in specials + words + [prefix + w for w in words if rng.random() < 0.7]:
        vocab.setdefault(token, len(vocab))
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]", continuing_subword_prefix=prefix,
                                           max_input_chars_per_word=rng.choice((100, 100, 5, 1, 30))))
    normalizer = random_normalizer(rng)
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens([AddedToken(t, lstrip=t == "<mask>", normalized=False) for t in specials])
    for token in random_added(rng, words):
        try:
            (tokenizer.add_special_tokens if token.special else tokenizer.add_tokens)([token])
        except BaseException:  # normalizes to nothing, or to what another one does: Linnet refuses it too
            return random_tokenizer(rng, common)
    cls, sep = specials[0 if roberta else 2], specials[2 if roberta else 3]
    pair = [(sep, vocab[sep]), (cls, vocab[cls])]
    if roberta:
        tokenizer.post_processor = processors.RobertaProcessing(*pair, trim_offsets=rng.random() < 0.7,
                                                                add_prefix_space=False)
    elif rng.random() < 0.3:
        tokenizer.post_processor = processors.BertProcessing(*pair)
    elif rng.random() < 0.9 or common:  # without one, windows forget which text they are of
        templates = [(f"{cls} $A {sep}", f"{cls} $A {sep} $B:1 {sep}:1"), ("$A", "$A $B:1")]
        if not common:
            templates += [(f"{cls}:1 $A:2 {sep} {sep}", f"{sep}:3 $B:1 {cls} $A:0"),
                          (f"$A {sep}", f"$A:1 {sep} $B:1")]
        single, both = rng.choice(templates)
        tokenizer.post_processor = processors.TemplateProcessing(single=single, pair=both,
                                                                 special_tokens=pair)
    if rng.random() < 0.8:
        tokenizer.decoder = decoders.WordPiece(prefix=prefix, cleanup=rng.random() < 0.7)
    return tokenizer


# ---- requests --------------------------------------------------------------------------------------

KINDS = {"text": 0, "pair": 1, "words": 2, "windows": 3, "pair windows": 4, "decode": 5}


def random_request(rng, texts, size, unasked):
    kind = rng.choice(["text"] * 4 + ["pair"] * 2 + ["words"] + ["decode"] +
                      (["windows"] * 4 + ["pair windows"] * 4 if WINDOWS else []))
    request = {"kind": kind, "special": rng.random() < 0.8, "match": rng.random() < 0.8,
               "left": rng.random() < 0.3, "strategy": rng.randrange(3), "max_length": 0, "stride": 0,
               "bytes": rng.random() < 0.25}
    if kind == "decode":
        ids = [rng.randrange(size + 3) for _ in range(rng.randint(0, 20))]
        request["ids"] = [i for i in ids if i not in unasked]
        request["clean"] = rng.random() < 0.5
        return request
    if rng.random() < 0.5 or "windows" in kind:
        request["max_length"] = rng.choice((1, 2, 3, 4, 5, 6, 8, 10, 13, 20, 40))
        # The reference refuses a stride that leaves nothing new, before it knows whether it will be needed.
        request["stride"] = rng.randrange(max(1, min(5, request["max_length"] - 4))) if "windows" in kind else 0
    n = rng.randint(0, 6) if kind == "words" else 2 if "pair" in kind else 1
    request["texts"] = [next(texts) for _ in range(n)]
    return request


def packed(request):
    if request["kind"] == "decode":
        flags = request["special"] | request["clean"] << 1
        ids = request["ids"]
        return struct.pack(f"<6I{len(ids)}i", KINDS["decode"], flags, 0, 0, 0, len(ids), *ids)
    flags = request["special"] | request["match"] << 1 | request["left"] << 2 | (not request["bytes"]) << 3
    data = struct.pack("<6I", KINDS[request["kind"]], flags, request["strategy"], request["max_length"],
                       request["stride"], len(request["texts"]))
    return data + b"".join(struct.pack("<I", len(t)) + t for t in request["texts"])


class Refused(Exception):
    """What Linnet does not import, with what it says."""


def linnet(driver, path, requests):
    data = b"".join(map(packed, requests))
    run = subprocess.run([driver, path], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if run.returncode:
        raise Refused(run.stderr.decode())
    out = run.stdout
    at = 0

    def take(n, form):
        nonlocal at
        values = struct.unpack_from(f"<{n}{form}", out, at)
        at += 4 * n
        return list(values)

    for request in requests:
        code, n = take(2, "I")
        if request["kind"] == "decode":
            yield out[at:at + n].decode("utf-8", "replace")
            at += n
            continue
        encodings = []
        for _ in range(n):
            tokens, = take(1, "I")
            encodings.append((take(tokens, "i"), take(2 * tokens, "I"), take(tokens, "i"), take(tokens, "i"),
                              take(tokens, "i")))
        yield "error" if code else encodings
    assert at == len(out), "the driver wrote too much"


def shape(encoding, places):
    """places: None for offsets in characters; else of each text; of words, of each word."""
    word_ids, sequences = encoding.word_ids, encoding.sequence_ids
    if sequences.count(None) != word_ids.count(None):  # forgotten by a truncation without a post-processor
        sequences = [t if s is None and w is not None else s
                     for s, t, w in zip(sequences, encoding.type_ids, word_ids)]
    spans = list(itertools.chain.from_iterable(encoding.offsets))
    if places is not None:
        for i, (word, sequence) in enumerate(zip(word_ids, sequences)):
            if word is not None:
                table = places[word] if len(places) > 2 or places[0] is None else places[sequence]
                spans[2 * i:2 * i + 2] = table[spans[2 * i]], table[spans[2 * i + 1]]
    none = lambda values: [-1 if v is None else v for v in values]
    return (encoding.ids, spans, none(word_ids), encoding.type_ids, none(sequences))


def reference(tokenizer, request):
    kind = request["kind"]
    if kind == "decode":
        if tokenizer.decoder is not None:
            tokenizer.decoder = decoders.WordPiece(prefix=tokenizer.decoder.prefix, cleanup=request["clean"])
        return tokenizer.decode(request["ids"], skip_special_tokens=request["special"])
    tokenizer.no_truncation()
    tokenizer.encode_special_tokens = not request["match"]
    two = "pair" in kind
    added = tokenizer.num_special_tokens_to_add(two) if request["special"] else 0
    length = request["max_length"]
    if length and length < added:
        return "error"
    places = None
    if request["bytes"]:
        repaired_texts = [repaired(t) for t in request["texts"]]
        texts = [t for t, _ in repaired_texts]
        places = [p for _, p in repaired_texts]
        if kind == "words":
            places += [None, None, None]  # by word
    else:
        texts = [t.decode("utf-8", "replace") for t in request["texts"]]

    def encode():
        if kind == "words":
            return tokenizer.encode(texts, is_pretokenized=True, add_special_tokens=request["special"])
        return tokenizer.encode(*texts, add_special_tokens=request["special"])

    if length and "windows" in kind:
        # Linnet has no window for a text that gets none of it; the reference panics for a stride that is
        # too large. Neither is asked.
        whole = encode()
        lengths = [whole.sequence_ids.count(0), whole.sequence_ids.count(1)]
        if sum(lengths) > length - added == 0:
            return "error"
        if sum(lengths) > length - added:
            stay = stays(lengths, length - added, STRATEGIES[request["strategy"]], two)
            if stay == "error" or any(s < n and request["stride"] >= s for s, n in zip(stay, lengths)):
                return "error"
    if length:
        tokenizer.enable_truncation(length, stride=request["stride"], strategy=STRATEGIES[request["strategy"]],
                                    direction="left" if request["left"] else "right")
    try:
        encoding = encode()
    except BaseException:
        return "error"
    windows = [encoding] + (encoding.overflowing if "windows" in kind else [])
    return [shape(e, places) for e in windows]


def stays(lengths, room, strategy, two):
    n1, n2 = lengths
    if strategy == "longest_first":
        if not two:
            return [room, 0]
        swap = n1 > n2
        if swap:
            n1, n2 = n2, n1
        n2 = n1 if n1 > room else max(n1, room - n1)
        if n1 + n2 > room:
            n1, n2 = room // 2, room // 2 + room % 2
        return [n2, n1] if swap else [n1, n2]
    target = STRATEGIES.index(strategy) - 1
    if target == 1 and not two or lengths[target] <= sum(lengths) - room:
        return "error"
    lengths[target] -= sum(lengths) - room
    return lengths


def differing(tokenizer, driver, path, requests):
    pairs = zip(requests, linnet(driver, path, requests))
    found = []
    for request, ours in pairs:
        theirs = reference(tokenizer, request)
        if theirs != ours:
            found.append((request, theirs, ours))
    return found


def shortened(tokenizer, driver, path, request):
    """Takes bytes away as long as a difference remains."""
    while "texts" in request:
        shorter = []
        for which, text in enumerate(request["texts"]):
            for i in range(len(text)):
                for j in (i + 1, i + 2, i + 3, i + 8, len(text)):
                    if i < j <= len(text):
                        texts = list(request["texts"])
                        texts[which] = text[:i] + text[j:]
                        shorter.append({**request, "texts": texts})
        found = differing(tokenizer, driver, path, shorter) if shorter else []
        if not found:
            break
        request = min((f[0] for f in found), key=lambda r: sum(map(len, r["texts"])))
    return differing(tokenizer, driver, path, [request])[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("driver")
    parser.add_argument("--folder")
    parser.add_argument("--texts", type=int, default=300_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float)
    args = parser.parse_args()
    rng = Random(args.seed)
    begin, done, different = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        while done < args.texts and (not args.seconds or time.monotonic() - begin < args.seconds):
            path = f"{args.folder}/tokenizer.json"
            if args.folder:
                tokenizer = Tokenizer.from_file(path)
            else:
                path = f"{scratch}/tokenizer.json"
                tokenizer = random_tokenizer(rng, WINDOWS)
                tokenizer.save(path)
                tokenizer = Tokenizer.from_file(path)
            tokenizer.no_padding()
            vocab = tokenizer.get_vocab()
            words = [w.removeprefix("##") for w in sorted(vocab) if not w.startswith("[") and w != "##"]
            added = [t.content for t in tokenizer.get_added_tokens_decoder().values() if len(t.content) > 0]
            # 0.23.3 decodes a normalized token as its normalized text, and then skips no such special one; the
            # versions before and after give its own text, as Linnet does.
            unasked = {i for i, t in tokenizer.get_added_tokens_decoder().items() if t.normalized}
            texts = make_texts(rng, 10**9, words, added, WINDOWS)
            requests = [random_request(rng, texts, len(vocab), unasked) for _ in range(CHUNK)]
            try:
                found = differing(tokenizer, args.driver, path, requests)
            except Refused as refused:  # an added token that the normalizer makes nothing of
                if args.folder or "normalizes to nothing" not in str(refused):
                    raise
                continue
            for request, theirs, ours in found:
                different += 1
                if different > 10:
                    continue
                request, theirs, ours = shortened(tokenizer, args.driver, path, request)
                if not args.folder:
                    settings = json.load(open(path, encoding="utf-8"))
                    settings["model"].pop("vocab")
                    print(json.dumps({k: settings[k] for k in ("added_tokens", "normalizer", "post_processor",
                                                               "decoder", "model")}))
                print(f"{request!a}\n  reference {theirs!a}\n  linnet    {ours!a}", flush=True)
            done += sum(len(r.get("texts", [0])) for r in requests)
    print(f"{done} texts, seed {args.seed}, tokenizers {tokenizers.__version__}: {different} differ")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
