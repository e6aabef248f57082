#!/usr/bin/env bash
# fuzz_test.sh BUILD CMAKE [SECONDS]: builds the fuzz targets with clang, AddressSanitizer and
# UndefinedBehaviorSanitizer, and runs each for a bounded time. Skipped without clang.
set -euo pipefail
build=$1 cmake=$2 seconds=${3:-20}
if ! command -v clang++ >/dev/null; then
  [[ ${LINNET_REQUIRE-} != *fuzz* ]] || { echo "fuzz_test: clang++ is missing" >&2; exit 1; }
  echo "fuzz_test: skipped, clang++ is missing"
  exit 77
fi
"$cmake" -S "$(dirname "$0")/targets" -B "$build" -G Ninja -DCMAKE_CXX_COMPILER=clang++
"$cmake" --build "$build"
for target in tokenizer_fuzz; do
  mkdir -p "$build/corpus/$target"
  "$build/$target" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=4096 \
    -print_final_stats=1 -artifact_prefix="$build/$target-" "$build/corpus/$target"
done
