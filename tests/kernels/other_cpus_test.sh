#!/usr/bin/env bash
# other_cpus_test.sh SOURCE TEST...: the kernels' tests on emulated CPUs, so that each tier runs where it is the
# best: none of AVX, AVX2, AVX2 with AVX-VNNI, AVX-512, AVX-512 with VNNI; then those of products with AMX.
set -euo pipefail
. "$1/tests/emulator.sh"
shift
skip_without_emulator
failures=0

run() {  # CPU TEST [OPTION]...: what it is run on, and the emulator's options
  local cpu=$1 test=$2 output
  shift 2
  if output=$("$LINNET_CPU_EMULATOR" -c "$cpu" -t 300 "$@" "$test" --gtest_brief=1 2>&1); then
    echo "$(basename "$test") on $cpu${*:+ $*}: passed"
  else
    printf '%s on %s failed:\n%s\n' "$(basename "$test")" "$cpu${*:+ $*}" "$output" >&2
    failures=1
  fi
}

for cpu in core2_penryn_t9600 corei7_haswell_4770 arrow_lake corei7_skylake_x sapphire_rapids; do
  for test in "$@"; do run "$cpu" "$test"; done
done
# The emulator (Bochs 3.0) takes the signed bytes of AMX's products for unsigned ones.
for test in "$@"; do
  [[ $test != *_s8_test ]] || run sapphire_rapids "$test" -x -e LINNET_TEST_AMX=unsigned
done
exit $failures
