#!/usr/bin/env bash
# differential_test.sh DRIVER ROOT [SECONDS]: the differential program for a bounded time, the same texts in every
# run, against each version of the reference that tools/fetch_reference.sh fetched. Skipped without them.
set -euo pipefail
driver=$1 root=$2 seconds=${3:-30}
export PYTHONDONTWRITEBYTECODE=1 RAYON_NUM_THREADS=1
export RUST_BACKTRACE=0  # 0.22.2 panics for some windows, which the program expects
for version in 0.23.3 0.22.2; do
  reference=$root/build/reference/tokenizers-$version
  if ! PYTHONPATH=$reference python3 -c 'import tokenizers' 2>/dev/null; then
    [[ ,${LINNET_REQUIRE-}, != *,reference,* ]] ||
      { echo "differential_test: tokenizers $version is missing: tools/fetch_reference.sh" >&2; exit 1; }
    echo "differential_test: skipped, tokenizers $version is missing: tools/fetch_reference.sh"
    exit 77
  fi
  PYTHONPATH=$reference python3 "$root/tests/golden/tokenizer/fuzz_against_reference.py" "$driver" \
    --seed 1 --texts 10000000 --seconds "$seconds" 2>"$driver-$version.err" ||
    { tail -n 20 "$driver-$version.err" >&2; exit 1; }
done
