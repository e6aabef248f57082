"""Writes unicode_exceptions.inc: where utf8proc's Unicode differs from that of Hugging Face tokenizers.

The reference mixes versions: categories of Unicode 8, decompositions and combining classes of Unicode
9, lower case of its Rust compiler's. Every property is asked of the reference itself (PyPI package
`tokenizers`), scalar by scalar, and compared with libutf8proc.so.2; values in the table are the
reference's, so that they hold for a newer utf8proc too. Run by hand.
"""
import ctypes
import sys

import tokenizers
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

utf8proc = ctypes.CDLL("libutf8proc.so.2")
utf8proc.utf8proc_version.restype = ctypes.c_char_p
utf8proc.utf8proc_unicode_version.restype = ctypes.c_char_p
utf8proc.utf8proc_category_string.restype = ctypes.c_char_p
utf8proc.utf8proc_decompose_char.argtypes = [ctypes.c_int32, ctypes.POINTER(ctypes.c_int32),
                                             ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p]
STABLE_DECOMPOSE = (1 << 1) | (1 << 4)

SCALARS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]


def bert(**settings):
    off = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**{**off, **settings})


clean, lower = bert(clean_text=True), bert(lowercase=True)
strip, nfd = bert(strip_accents=True), normalizers.NFD()
strip_all = normalizers.StripAccents()
split = pre_tokenizers.BertPreTokenizer()
single = Tokenizer(models.WordPiece({"[UNK]": 0, "q": 1}, unk_token="[UNK]"))
single.add_tokens([AddedToken("q", single_word=True, normalized=False)])
# What \w is beyond letters, marks, digits and connectors: Join_Control and Other_Alphabetic.
OTHER_WORD = [(0x200C, 0x200D), (0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169),
              (0x1F170, 0x1F189)]


def category(c):
    return utf8proc.utf8proc_category_string(c).decode()


def their_nfd(c):
    out = (ctypes.c_int32 * 32)()
    n = utf8proc.utf8proc_decompose_char(c, out, 32, STABLE_DECOMPOSE, None)
    return list(out[:n])


class Properties(ctypes.Structure):
    _fields_ = [("category", ctypes.c_int16), ("combining_class", ctypes.c_int16)]


utf8proc.utf8proc_get_property.restype = ctypes.POINTER(Properties)


def their_class(c):
    return utf8proc.utf8proc_get_property(c).contents.combining_class


def is_starter(c):
    """Whether the reference sees combining class 0: U+0334 (class 1) or U+0345 (240) would move."""
    low, high = chr(0x334), chr(0x345)
    text = "a" + high + chr(c) + low
    return nfd.normalize_str(text) == "a" + high + nfd.normalize_str(chr(c)) + low


def ranges(pairs):
    """[(scalar, value)] with values -> [(first, last, value)]."""
    result = []
    for c, value in pairs:
        if result and result[-1][1] == c - 1 and result[-1][2] == value:
            result[-1][1] = c
        else:
            result.append([c, c, value])
    return result


def table(name, comment, pairs):
    rows = ranges(pairs)
    print(f"// {comment}\nconstexpr Exception {name}[] = {{")
    line = "   "
    for first, last, value in rows:
        item = f" {{0x{first:X}, 0x{last:X}, {value}}},"
        if len(line) + len(item) > 98:
            print(line)
            line = "   "
        line += item
    print(line + "\n};\n")


print(f"// Written by make_unicode_exceptions.py from tokenizers {tokenizers.__version__} and utf8proc\n"
      f"// {utf8proc.utf8proc_version().decode()} (Unicode {utf8proc.utf8proc_unicode_version().decode()}): "
      f"scalars for which the two differ, with the reference's value.\n")

WHITE = [9, 10, 13]
drops, marks, points, lowers, decompositions, classes = [], [], [], [], [], []
all_marks, word_parts = [], []
for c in SCALARS:
    s = chr(c)
    dropped = clean.normalize_str("a" + s + "b") == "ab"
    guess = category(c) in ("Cc", "Cf", "Co") and c not in WHITE or c == 0xFFFD
    if dropped != guess:
        drops.append((c, int(dropped)))

    decomposed = [ord(x) for x in nfd.normalize_str(s)]
    if decomposed != their_nfd(c):
        assert len(decomposed) == 1 and decomposed[0] == c, hex(c)
        decompositions.append((c, 0))
    stripped = strip.normalize_str(s) == ""
    if decomposed == [c] and stripped != (category(c) == "Mn"):
        marks.append((c, int(stripped)))

    every_mark = strip_all.normalize_str(s) == ""
    if every_mark != category(c).startswith("M"):
        all_marks.append((c, int(every_mark)))
    in_word = len(single.encode(s + "q").ids) == 1
    guess = category(c)[0] in "LM" or category(c) in ("Nl", "Nd", "Pc") or any(
        first <= c <= last for first, last in OTHER_WORD)
    if in_word != guess:
        word_parts.append((c, int(in_word)))

    if not s.isspace():
        pieces = [piece for piece, _ in split.pre_tokenize_str("a" + s + "b")]
        isolated = pieces == ["a", s, "b"]
        ascii_mark = c < 128 and not s.isalnum() and 32 < c < 127
        if isolated != (category(c).startswith("P") or ascii_mark):
            points.append((c, int(isolated)))

    lowered = [ord(x) for x in lower.normalize_str(s)]
    if lowered != [utf8proc.utf8proc_tolower(c)]:
        assert len(lowered) == 1 or c == 0x130, hex(c)
        if len(lowered) == 1:
            lowers.append((c, lowered[0] - c))

    if decomposed == [c] and (their_class(c) == 0) != is_starter(c):
        assert their_class(c) != 0, hex(c)
        classes.append((c, 0))

table("kDropped", "clean_text drops it: Cc, Cf, Co and U+FFFD of Unicode 8.", drops)
table("kNonspacing", "strip_accents drops it: Mn of Unicode 8.", marks)
table("kPunctuation", "The pre-tokenizer isolates it: P* of Unicode 8.", points)
table("kUndecomposed", "No canonical decomposition in Unicode 9.", decompositions)
table("kCombiningClass", "Combining class in Unicode 9.", classes)
table("kLowercase", "Lower case, less the scalar itself.", lowers)
table("kMark", "StripAccents drops it: M* of Unicode 9.", all_marks)
table("kWordPart", "single_word takes it for a part of a word: \\w.", word_parts)
print(f"// {sum(map(len, [drops, marks, points, lowers, decompositions, classes, all_marks, word_parts]))} scalars", file=sys.stderr)
