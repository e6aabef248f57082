#!/usr/bin/env bash
# Fetches Hugging Face `tokenizers` (3 MB each, from PyPI) to build/reference/VERSION, once: what
# tests/tokenizer/differential_test.sh compares with. 0.22.2 is the last that keeps all overflowing windows.
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

install_packages demo
for version in 0.23.3 0.22.2; do
  folder=$build/reference/$version
  [[ ! -e $folder/tokenizers ]] || continue
  say "fetching tokenizers $version"
  unpacked=$(mktemp -d "$build/tmp/reference.XXXXXX")
  python3 -m pip download --no-cache-dir --only-binary=:all: --no-deps --disable-pip-version-check \
    --dest "$unpacked" "tokenizers==$version" </dev/null
  python3 -m zipfile -e "$unpacked"/tokenizers-*.whl "$unpacked"
  mkdir -p "$build/reference"
  rm -rf -- "$folder"
  mv -- "$unpacked" "$folder"
done
