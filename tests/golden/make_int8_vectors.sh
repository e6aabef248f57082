#!/usr/bin/env bash
# make_int8_vectors.sh LINNET: the int8 files of the tiny models, for tests/engine/int8_golden_test.cc. To be
# run only when the int8 format changes on purpose.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
for model in tiny_bert tiny_bert_odd; do
  "$1" import "$here/$model" --int8 -o "$work/m.linnet" -q
  "$1" embed -m "$work/m.linnet" "$here/$model/texts.jsonl" --format f32 -o "$work/v.f32" -q
  mv -- "$work/v.f32" "$here/$model/int8_vectors.f32"
  "$1" inspect "$work/m.linnet" | sed -n 's/^  weights .*XXH3 \([0-9a-f]*\),.*/\1/p' >"$here/$model/int8_weights.xxh3"
done
