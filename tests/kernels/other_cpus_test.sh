#!/usr/bin/env bash
# other_cpus_test.sh SOURCE TEST...: the kernels' tests on emulated CPUs, so that each tier runs where it is the
# best: none of AVX, AVX2, AVX2 with AVX-VNNI, AVX-512, AVX-512 with VNNI.
set -euo pipefail
. "$1/tests/emulator.sh"
shift
skip_without_emulator
failures=0
for cpu in core2_penryn_t9600 corei7_haswell_4770 arrow_lake corei7_skylake_x sapphire_rapids; do
  for test in "$@"; do
    if output=$("$LINNET_CPU_EMULATOR" -c "$cpu" -t 300 "$test" --gtest_brief=1 2>&1); then
      echo "$(basename "$test") on $cpu: passed"
    else
      printf '%s on %s failed:\n%s\n' "$(basename "$test")" "$cpu" "$output" >&2
      failures=1
    fi
  done
done
exit $failures
