# tests/emulator.sh - how the tests run a program on another CPU. Sourced.
#
# LINNET_CPU_EMULATOR names the command: EMULATOR -c CPU -t SECONDS -x (with AMX) -e NAME=VALUE -f HOST:GUEST
# PROGRAM ARGUMENTS, which gives the program's output and exit code. Where it is missing or not set up the test is
# skipped, and says why; with LINNET_REQUIRE=emulator it fails.

skip_without_emulator() {
  local reason='' words
  if [[ -z ${LINNET_CPU_EMULATOR-} ]]; then
    reason='no emulator: configure with -DLINNET_CPU_EMULATOR=COMMAND'
  elif ! words=$("$LINNET_CPU_EMULATOR" -c corei7_haswell_4770 -t 120 "$(type -P true)" 2>&1); then
    reason="$LINNET_CPU_EMULATOR cannot run a program: $words"
  fi
  [[ -n $reason ]] || return 0
  echo "not run: the tiers that this CPU lacks, and CPUs without AVX: $reason"
  [[ ,${LINNET_REQUIRE-}, != *,emulator,* ]] || exit 1
  exit 77
}
