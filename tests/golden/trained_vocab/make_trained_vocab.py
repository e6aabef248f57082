"""Trains WordPiece vocabularies on minilm/own_texts.txt (35 languages) with Hugging Face `tokenizers`, one a setting.

    python tests/golden/trained_vocab/make_trained_vocab.py

Each run puts the characters inside words in another order, by which pairs of equal frequency are merged:
Linnet is given the order (VocabOptions::like) and has to find the rest.
"""
import pathlib

from tokenizers import BertWordPieceTokenizer

HERE = pathlib.Path(__file__).parent
SETTINGS = {  # name: of the tokenizer, of the training
    "uncased": ({}, dict(vocab_size=900)),
    "cased": (dict(lowercase=False), dict(vocab_size=1100)),
    "exhausted": ({}, dict(vocab_size=30000, min_frequency=3)),
    "rare_too": ({}, dict(vocab_size=1600, min_frequency=0)),
    "accents_stay": (dict(strip_accents=False, handle_chinese_chars=False, clean_text=False), dict(vocab_size=1000)),
    "own_specials": ({}, dict(vocab_size=850, special_tokens=["[UNK]", "[CLS]", "[SEP]", "<x>"],
                              initial_alphabet=["Q", "\u20ac"])),
}

for name, (settings, training) in SETTINGS.items():
    tokenizer = BertWordPieceTokenizer(**settings)
    tokenizer.train([str(HERE.parent / "minilm" / "own_texts.txt")], show_progress=False, limit_alphabet=5000, **training)
    vocab = tokenizer.get_vocab()
    (HERE / f"{name}.txt").write_text("".join(t + "\n" for t in sorted(vocab, key=vocab.get)), encoding="utf-8")
    print(name, len(vocab))
