# utf8proc: Unicode decomposition, combining classes and categories for the tokenizer's normalizer.
linnet_find_library(utf8proc utf8proc.h utf8proc libutf8proc-dev)
