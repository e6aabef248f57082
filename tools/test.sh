#!/usr/bin/env bash
# Builds Linnet and runs every test: under AddressSanitizer and UndefinedBehaviorSanitizer, under
# ThreadSanitizer, and as users build it. --quick: only the last, without the slow ones.
#
# LINNET_REQUIRE=model,shared,reference,parquet makes what is missing a failure instead of a skip; what can be
# fetched (the model, the reference's tokenizer, pyarrow) is.
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

quick=false
case ${1-} in
  '') ;;
  --quick) quick=true ;;
  *) fail "unknown argument '$1', expected --quick or nothing" ;;
esac

install_packages build demo fuzz onednn
if ! "$root/tools/fetch_model.sh"; then
  [[ ,${LINNET_REQUIRE-}, != *,model,* ]] || fail "the model is required and cannot be fetched"
  say "no model: its tests are skipped"
fi
if [[ ,${LINNET_REQUIRE-}, == *,reference,* ]]; then "$root/tools/fetch_reference.sh"; fi
if [[ ,${LINNET_REQUIRE-}, == *,parquet,* ]]; then "$root/tools/fetch_parquet.sh"; fi
jobs=$(nproc)

run_tests() {  # PRESET ctest arguments...
  local preset=$1
  shift
  say "ctest --preset $preset $*"
  (cd -- "$root" && ctest --preset "$preset" --parallel "$jobs" --output-on-failure "$@")
}

if ! $quick; then
  say "building asan"
  build_preset asan -DLINNET_WERROR=ON
  run_tests asan --label-exclude slow
  say "building tsan"
  build_preset tsan -DLINNET_WERROR=ON
  # ThreadSanitizer's shadow memory does not fit every layout of the address space.
  no_aslr=()
  if setarch -R true 2>/dev/null; then no_aslr=(setarch -R); fi
  say "ctest --preset tsan"
  (cd -- "$root" && "${no_aslr[@]}" ctest --preset tsan --parallel "$jobs" --label-exclude slow)
fi
say "building release"
build_preset release -DLINNET_WERROR=ON -DCMAKE_UNITY_BUILD=OFF  # the demo turns it on
if $quick; then
  run_tests release --label-exclude slow
else
  run_tests release
fi
