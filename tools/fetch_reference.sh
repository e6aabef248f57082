#!/usr/bin/env bash
# Fetches Hugging Face `tokenizers` (3 MB each, from PyPI) to build/reference, once: what
# tests/tokenizer/differential_test.sh compares with. 0.22.2 is the last that keeps all overflowing windows.
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

install_packages demo
for version in 0.23.3 0.22.2; do fetch_wheel tokenizers "$version"; done
