"""Writes pre_split_words.jsonl: what Hugging Face `tokenizers` makes of lists of words (is_pretokenized).

    python tests/golden/tokenizer/make_pre_split_words.py

A line is {"words": ["...", ...], "ids": [...], "offsets": [[begin, end], ...] in code points of the word,
"word_ids": [...], "max_length": N or null}, with tests/golden/tiny_bert's tokenizer.
"""
import json
import pathlib
import random

from tokenizers import Tokenizer

HERE = pathlib.Path(__file__).parent
WORDS = ["hello", "world", "naïve", "Ünïcode", "한국어", "你好", "x𝒳y", "don't", "a b", " ", "", "\u0301", "[SEP]",
         "e\u0301e", "U.S.", "unaffable", "\u0000", "##ing", "ﬁne", "q" * 120, "\t\n", "İstanbul", "👩‍👩‍👧"]


def main():
    rng = random.Random(5)
    tokenizer = Tokenizer.from_file(str(HERE.parent / "tiny_bert" / "tokenizer.json"))
    lists = [[], [""], ["", ""], WORDS] + [[word] for word in WORDS]
    lists += [rng.choices(WORDS, k=rng.randrange(1, 12)) for _ in range(60)]
    with open(HERE / "pre_split_words.jsonl", "w", encoding="utf-8") as out:
        for i, words in enumerate(lists):
            max_length = rng.randrange(2, 12) if i % 3 == 0 else None
            if max_length:
                tokenizer.enable_truncation(max_length)
            else:
                tokenizer.no_truncation()
            found = tokenizer.encode(words, is_pretokenized=True)
            out.write(json.dumps({"words": words, "ids": found.ids, "offsets": found.offsets,
                                  "word_ids": found.word_ids, "max_length": max_length}) + "\n")


main()
