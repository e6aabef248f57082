#!/usr/bin/env bash
# fuzz_test.sh BUILD CMAKE [SECONDS]: builds the fuzz targets with clang, AddressSanitizer and
# UndefinedBehaviorSanitizer, and runs each for SECONDS (10). Skipped without clang.
set -euo pipefail
build=$1 cmake=$2 seconds=${3:-10}
here=$(dirname "$0")
if ! command -v clang++ >/dev/null; then
  [[ ${LINNET_REQUIRE-} != *fuzz* ]] || { echo "fuzz_test: clang++ is missing" >&2; exit 1; }
  echo "fuzz_test: skipped, clang++ is missing"
  exit 77
fi
"$cmake" -S "$here/targets" -B "$build" -G Ninja -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_UNITY_BUILD=ON
"$cmake" --build "$build"
for target in tokenizer_fuzz tables_fuzz loader_fuzz; do
  mkdir -p "$build/corpus/$target"
  inputs=("$build/corpus/$target")
  [[ ! -d $here/seeds/$target ]] || inputs+=("$here/seeds/$target")  # the first takes what is found
  options=()
  [[ ! -f $here/$target.dict ]] || options=("-dict=$here/$target.dict")
  echo "fuzz_test: $target"
  "$build/$target" -max_total_time="$seconds" -max_len=4096 -timeout=60 -rss_limit_mb=4096 \
    -print_final_stats=1 -artifact_prefix="$build/$target-" "${options[@]}" "${inputs[@]}"
done
