#!/usr/bin/env bash
# other_cpus_test.sh SOURCE TEST: the kernels' tests on emulated CPUs, so that each tier runs where it is the best:
# none of AVX, AVX2, AVX2 with AVX-VNNI, AVX-512, AVX-512 with VNNI; then those of products with AMX.
set -euo pipefail
. "$1/tests/emulator.sh"
test=$2
skip_without_emulator
failures=0

run() {  # CPU ARGUMENT...: what it is run on, the emulator's options, the test and its options
  local cpu=$1 output
  shift
  if output=$("$LINNET_CPU_EMULATOR" -c "$cpu" -t 900 -e LINNET_TEST_TIERS=best "$@" --gtest_brief=1 2>&1); then
    echo "$cpu: passed"
  else
    printf '%s on %s failed:\n%s\n' "$*" "$cpu" "$output" >&2
    failures=1
  fi
}

for cpu in core2_penryn_t9600 corei7_haswell_4770 arrow_lake corei7_skylake_x sapphire_rapids; do
  run "$cpu" "$test"
done
# The emulator (Bochs 3.0) takes the signed bytes of AMX's products for unsigned ones.
run sapphire_rapids -x -e LINNET_TEST_AMX=unsigned "$test" '--gtest_filter=*S8*'
exit $failures
