"""Writes settings_cases.jsonl: what Hugging Face `tokenizers` makes of texts under unusual settings.

    python tests/golden/tokenizer/make_settings_cases.py

Random tokenizers and requests of fuzz_against_reference.py, with a fixed seed: all normalizers, added tokens
with all flags, templates, pairs, words, truncation, decoding; and, run with tokenizers 0.22.2 (which still
gives all of them), windows_cases.jsonl. A line is {"tokenizer": ...} or a request {"kind", "texts" (each
byte a character), ..., "answer": "error", a text, or [[ids, places, words, types, sequences], ...]}.
"""
import json
import pathlib
import random

from tokenizers import Tokenizer

import fuzz_against_reference as fuzz

HERE = pathlib.Path(__file__).parent


def main():
    rng = random.Random(20)
    name = "windows_cases.jsonl" if fuzz.WINDOWS else "settings_cases.jsonl"
    with open(HERE / name, "w", encoding="utf-8") as out:
        for _ in range(12):
            tokenizer = fuzz.random_tokenizer(rng, fuzz.WINDOWS)
            settings = tokenizer.to_str()
            out.write(json.dumps({"tokenizer": json.loads(settings)}) + "\n")
            tokenizer = Tokenizer.from_str(settings)
            vocab = tokenizer.get_vocab()
            words = [w.removeprefix("##") for w in sorted(vocab) if not w.startswith("[") and w != "##"]
            decoder = tokenizer.get_added_tokens_decoder()
            unasked = {i for i, t in decoder.items() if t.normalized}
            texts = fuzz.make_texts(rng, 10**9, words, [t.content for t in decoder.values()], fuzz.WINDOWS)
            short = (t for t in texts if len(t) < 100)
            for _ in range(40):
                request = {**fuzz.random_request(rng, short, len(vocab), unasked), "bytes": True}
                answer = fuzz.reference(tokenizer, request)
                if "texts" in request:
                    request["texts"] = [t.decode("latin-1") for t in request["texts"]]
                out.write(json.dumps({**request, "answer": answer}) + "\n")


main()
