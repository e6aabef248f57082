#!/usr/bin/env bash
# other_cpus_test.sh LINNET SOURCE: the program on emulated CPUs without AVX, with AVX2, and with AVX-512,
# gives the bytes that it gives here. LINNET_CPU_EMULATOR names the command that runs a program on another
# CPU (EMULATOR -c CPU -f HOST:GUEST PROGRAM ARGUMENTS); without it the test is skipped.
set -euo pipefail
linnet=$1 source_dir=$2
if [[ -z ${LINNET_CPU_EMULATOR-} ]]; then
  echo "not run: LINNET_CPU_EMULATOR names no emulator"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
texts=(--text 'hello world' --text 'naïve café 안녕' --text '' --text "$(printf 'one two three %.0s' {1..20})")
failures=0
for model in tiny_bert tiny_bert_odd tiny_bert_plain; do
  "$linnet" import -q "$source_dir/tests/golden/$model" -o "$work/$model.linnet"
  "$linnet" embed -q -m "$work/$model.linnet" "${texts[@]}" >"$work/here"
  for cpu in core2_penryn_t9600 corei7_haswell_4770 corei7_skylake_x; do
    "$LINNET_CPU_EMULATOR" -c "$cpu" -f "$work/$model.linnet:/model.linnet" "$linnet" \
      embed -q -t 1 -m /model.linnet "${texts[@]}" 2>/dev/null | tr -d '\r' | grep '^{' >"$work/there" || true
    if cmp -s "$work/here" "$work/there"; then
      echo "$model on $cpu: the same bytes"
    else
      echo "$model on $cpu: other bytes" >&2
      failures=1
    fi
  done
done
exit $failures
