"""Compares Linnet's tokenizer with Hugging Face `tokenizers` on random texts: ids, places, word ids.

    python tests/golden/tokenizer/fuzz_against_reference.py BUILD/tests/tokenize_driver FOLDER [N [SEED]]

FOLDER has a tokenizer.json, N is the number of texts (300,000). Each text mixes a few kinds of pieces:
words of the vocabulary, scripts, marks, spaces, controls, special tokens and parts of them, and
scalars from anywhere. Differences are printed, shortened as far as they remain; exit 1 where there
are any. A new one belongs into CASES of make_token_hashes.py.
"""
import random
import struct
import subprocess
import sys
import unicodedata

from tokenizers import Tokenizer

CHUNK = 10_000

BLOCKS = [  # first and last scalar of what real texts are made of
    (0x20, 0x7E), (0xA0, 0x24F), (0x250, 0x2FF), (0x370, 0x3FF), (0x400, 0x52F), (0x531, 0x58A),
    (0x591, 0x5F4), (0x600, 0x6FF), (0x900, 0x97F), (0x980, 0x9FF), (0xE00, 0xE7F), (0xF00, 0xFFF),
    (0x1100, 0x11FF), (0x1780, 0x17FF), (0x1800, 0x18AF), (0x1C90, 0x1CBF), (0x1E00, 0x1FFF),
    (0x2000, 0x206F), (0x2070, 0x20CF), (0x2100, 0x214F), (0x2C00, 0x2C7F), (0x2E00, 0x2E7F),
    (0x3000, 0x30FF), (0x3400, 0x3500), (0x4E00, 0x4F00), (0xA640, 0xA69F), (0xA720, 0xA7FF),
    (0xAB70, 0xABBF), (0xAC00, 0xAC80), (0xD790, 0xD7FF), (0xF900, 0xFAFF), (0xFB00, 0xFDFF),
    (0xFE00, 0xFEFF), (0xFF00, 0xFFEF), (0x10400, 0x1044F), (0x11000, 0x1107F), (0x1D15E, 0x1D1E8),
    (0x1D400, 0x1D4FF), (0x1E900, 0x1E95F), (0x1F300, 0x1F64F), (0x20000, 0x20100),
    (0x2B700, 0x2B960), (0x2F800, 0x2FA1D), (0xE0000, 0xE007F),
]
SPACES = [" ", "  ", "\t", "\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\xa0", "\u1680", "\u2003",
          "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\u200b", "\ufeff"]
ODD = ["\x00", "\x01", "\x7f", "\xad", "\u200d", "\u200e", "\ufffd", "\ufffe", "\ue000", "\u0378",
       "\ufe0f", "\U0010ffff", "\u0130", "\u0131", "\u1e9e", "\u03a3", "\u03c2", "\u212a", "\u2126",
       "\uac00", "\uac01", "\ud7a3", "\U0001d15e", "\u0344", "\u0385", "\u1fee", "\u302e", "\u16ff0"]
SPECIAL = ["[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]", "[", "]", "[CL", "S]", "[sep]", "[ SEP]", "##",
           "##s", "#", "[unused1]", "[[MASK]]", "[SEP][SEP]"]


def scalars():
    return [chr(c) for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]


def make_texts(rng, n, words, marks, everything):
    def word():
        return rng.choice(words)

    def script():
        first, last = rng.choice(BLOCKS)
        return "".join(chr(rng.randint(first, last)) for _ in range(rng.randint(1, 6)))

    def upper():
        return rng.choice((str.upper, str.title, str.swapcase))(rng.choice(words))

    def marked():
        return "".join(rng.choice(words)[:1] + "".join(rng.choices(marks, k=rng.randint(0, 3)))
                       for _ in range(rng.randint(1, 3)))

    def composed():
        return unicodedata.normalize(rng.choice(("NFC", "NFD", "NFKD")), script())

    def long_word():
        return rng.choice(words + marks[:20]) * rng.randint(1, 60)

    kinds = [word, word, script, script, upper, marked, composed, lambda: rng.choice(SPACES),
             lambda: " ", lambda: rng.choice(ODD), lambda: rng.choice(SPECIAL), long_word,
             lambda: rng.choice(marks), lambda: rng.choice(everything)]
    for _ in range(n):
        chosen = rng.sample(kinds, rng.randint(1, 5))
        yield "".join(rng.choice(chosen)() for _ in range(rng.choice((1, 2, 3, 5, 8, 13, 30))))


def reference(tokenizer, texts):
    for text, encoding in zip(texts, tokenizer.encode_batch(texts)):
        places = [0]
        for c in text:
            places.append(places[-1] + len(c.encode()))
        spans = [places[x] for span in encoding.offsets for x in span]
        yield encoding.ids, spans, [-1 if w is None else w for w in encoding.word_ids]


def linnet(driver, folder, texts):
    data = b"".join(struct.pack("<I", len(b)) + b for b in (t.encode() for t in texts))
    out = subprocess.run([driver, folder], input=data, stdout=subprocess.PIPE, check=True).stdout
    flat = struct.unpack(f"<{len(out) // 4}i", out)
    at = 0
    for _ in texts:
        n = flat[at]
        yield (list(flat[at + 1:at + 1 + n]), list(flat[at + 1 + n:at + 1 + 3 * n]),
               list(flat[at + 1 + 3 * n:at + 1 + 4 * n]))
        at += 1 + 4 * n
    assert at == len(flat), "the driver wrote too much"


def differing(tokenizer, driver, folder, texts):
    pairs = zip(texts, reference(tokenizer, texts), linnet(driver, folder, texts))
    return [(text, theirs, ours) for text, theirs, ours in pairs if theirs != ours]


def shortened(tokenizer, driver, folder, text):
    """Takes scalars away as long as a difference remains."""
    while True:
        shorter = [text[:i] + text[j:] for i in range(len(text))
                   for j in (i + 1, i + 8, len(text)) if i < j <= len(text)]
        found = differing(tokenizer, driver, folder, shorter) if shorter else []
        if not found:
            return text
        text = min((f[0] for f in found), key=len)


def main():
    driver, folder = sys.argv[1:3]
    n = int(sys.argv[3]) if len(sys.argv) > 3 else 300_000
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
    tokenizer.no_truncation()
    tokenizer.no_padding()
    rng = random.Random(seed)
    words = [w.removeprefix("##") for w in sorted(tokenizer.get_vocab()) if not w.startswith("[")]
    everything = scalars()
    marks = [c for c in everything if unicodedata.category(c) in ("Mn", "Mc", "Me")]
    different = 0
    for begin in range(0, n, CHUNK):
        texts = list(make_texts(rng, min(CHUNK, n - begin), words, marks, everything))
        for text, _, _ in differing(tokenizer, driver, folder, texts):
            different += 1
            if different > 20:
                continue
            least = shortened(tokenizer, driver, folder, text)
            _, theirs, ours = differing(tokenizer, driver, folder, [least])[0]
            print(f"{least!a}\n  reference {theirs}\n  linnet    {ours}", flush=True)
    print(f"{n} texts, seed {seed}: {different} differ")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
