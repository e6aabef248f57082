#!/usr/bin/env bash
# other_cpus_test.sh LINNET SOURCE: the program on emulated CPUs without AVX, with AVX2, and with AVX-512,
# gives the bytes that it gives here, fp32 and int8; without AVX2 it says that the scalar kernels work.
set -euo pipefail
linnet=$1 source_dir=$2
. "$source_dir/tests/emulator.sh"
skip_without_emulator
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
mkdir "$work/models"
for model in tiny_bert tiny_bert_odd tiny_bert_plain tasks/mobilebert; do
  "$linnet" import -q "$source_dir/tests/golden/$model" -o "$work/models/${model##*/}.linnet"
  "$linnet" import -q "$source_dir/tests/golden/$model" --int8 -o "$work/models/${model##*/}-int8.linnet"
done
printf '%s\n' 'hello world' 'naïve café 안녕' '' "$(printf 'one two three %.0s' {1..20})" >"$work/texts"
cat >"$work/run" <<'END'
for model in "$2"/*.linnet; do
  echo "model ${model##*/}"
  "$1" embed -t 1 -m "$model" "$3"
done
END
sh "$work/run" "$linnet" "$work/models" "$work/texts" 2>"$work/errors" | grep -e '^{' -e '^model' >"$work/here"
if (($(grep -c '^{' "$work/here") != 8 * 4)); then
  echo "not a vector for each of 4 texts and 8 models here:" >&2
  cat "$work/errors" >&2
  exit 1
fi

# One start of the emulator for all models: it takes longer than they do.
libraries=()
for library in $(ldd "$linnet" | grep -o '/[^ ]*'); do libraries+=(-f "$library"); done
failures=0
for cpu in core2_penryn_t9600 corei7_haswell_4770 arrow_lake corei7_skylake_x sapphire_rapids; do
  "$LINNET_CPU_EMULATOR" -c "$cpu" "${libraries[@]}" -f "$linnet:/linnet" -f "$work/models:/models" \
    -f "$work/texts:/texts" -f "$work/run:/run" "$(type -P sh)" /run /linnet /models /texts 2>&1 |
    tr -d '\r' >"$work/all" || true
  grep -e '^{' -e '^model' "$work/all" >"$work/there" || true
  if ! cmp -s "$work/here" "$work/there"; then
    echo "$cpu: other bytes:" >&2
    diff "$work/here" "$work/there" | cut -c1-200 | head -20 >&2
    head -c 2000 "$work/all" >&2
    failures=1
  elif [[ $cpu == core2_penryn_t9600 ]] && ! grep -q 'has no AVX2: the scalar kernels' "$work/all"; then
    echo "$cpu: does not say that the scalar kernels work" >&2
    failures=1
  else
    echo "$cpu: the same bytes"
  fi
done
exit $failures
