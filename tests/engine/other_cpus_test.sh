#!/usr/bin/env bash
# other_cpus_test.sh LINNET SOURCE: the program on emulated CPUs without AVX, with AVX2, and with AVX-512,
# gives the bytes that it gives here, fp32 and int8; without AVX2 it says that the scalar kernels work.
set -euo pipefail
linnet=$1 source_dir=$2
. "$source_dir/tests/emulator.sh"
skip_without_emulator
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
texts=(--text 'hello world' --text 'naïve café 안녕' --text '' --text "$(printf 'one two three %.0s' {1..20})")
failures=0

compare() {  # MODEL NAME CPU
  "$LINNET_CPU_EMULATOR" -c "$3" -f "$1:/model.linnet" "$linnet" \
    embed -t 1 -m /model.linnet "${texts[@]}" 2>&1 | tr -d '\r' >"$work/all" || true
  grep '^{' "$work/all" >"$work/there" || true
  if ! cmp -s "$work/here" "$work/there"; then
    echo "$2 on $3: other bytes:" >&2
    head -c 2000 "$work/all" >&2
    failures=1
  elif [[ $3 == core2_penryn_t9600 ]] && ! grep -q 'has no AVX2: the scalar kernels' "$work/all"; then
    echo "$2 on $3: does not say that the scalar kernels work" >&2
    failures=1
  else
    echo "$2 on $3: the same bytes"
  fi
}

for model in tiny_bert tiny_bert_odd tiny_bert_plain tasks/mobilebert; do
  for precision in fp32 int8; do
    options=()
    [[ $precision == fp32 ]] || options=(--int8)
    "$linnet" import -q "$source_dir/tests/golden/$model" "${options[@]}" -o "$work/model.linnet"
    "$linnet" embed -q -m "$work/model.linnet" "${texts[@]}" >"$work/here"
    for cpu in core2_penryn_t9600 corei7_haswell_4770 arrow_lake corei7_skylake_x sapphire_rapids; do
      compare "$work/model.linnet" "$model $precision" "$cpu"
    done
  done
done
exit $failures
