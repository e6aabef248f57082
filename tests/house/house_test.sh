#!/usr/bin/env bash
# house_test.sh SOURCE: fails when an include breaks an arrow of the house, or something stands in a room
# where it does not belong. Then breaks every rule in a copy and expects to see it.
set -euo pipefail

# Which quoted includes a room may have: folders that a path may start with.
allowed_folders() {
  case $1 in
    include) echo "linnet/" ;;
    base) echo "base/ linnet/status.h" ;;
    tokenizer) echo "tokenizer/ base/ linnet/status.h" ;;
    kernels) echo "kernels/" ;;
    engine) echo "engine/ kernels/ tokenizer/ base/ linnet/" ;;
    tools) echo "tools/ linnet/" ;;
    examples) echo "linnet/" ;;
    bench) echo "bench/ kernels/ tokenizer/ engine/ base/ linnet/" ;;
  esac
}

# only_in PATTERN FILES...: files of the rooms that match PATTERN and none of the FILES (patterns).
only_in() {
  local pattern=$1 file place good
  shift
  while read -r file; do
    good=false
    for place in "$@"; do
      # shellcheck disable=SC2053
      [[ $file != $place ]] || good=true
    done
    $good || echo "$file: has '$pattern', which belongs to $*"
  done < <(grep -rlE -e "$pattern" include base tokenizer kernels engine tools examples bench \
             --include='*.h' --include='*.cc' --include='*.inc' || true)
}

check_house() {  # prints what is wrong in the current folder
  local room line file path folder good
  for room in include base tokenizer kernels engine tools examples bench; do
    while IFS= read -r line; do
      file=${line%%:*} path=${line#*\"} path=${path%%\"*}
      good=false
      for folder in $(allowed_folders "$room"); do
        [[ $path != "$folder"* ]] || good=true
      done
      $good || echo "$file: includes \"$path\", which $room/ may not see"
    done < <(grep -rE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$room" || true)
  done
  only_in '#include <([a-z]+intrin|cpuid)\.h>' 'kernels/*/*' kernels/dispatch.cc
  only_in 'nlohmann/json' base/json_fields.h 'tools/*' bench/compare/linnet_worker.cc
  only_in '#include "base/json_fields' base/json_fields.cc tokenizer/import.cc tokenizer/tokenizer_json.cc \
    tokenizer/vocab_txt.cc 'engine/hf_*.cc' engine/hf_head.h engine/safetensors.cc engine/metadata.cc
  only_in 'utf8proc\.h' tokenizer/unicode.cc
  only_in 'sodium' engine/sha256.cc
  only_in 'pragma omp' engine/threads_openmp.cc
  only_in 'dnnl' engine/backend_onednn.cc
  only_in '<(thread|mutex|condition_variable)>' engine/worker_pool.cc engine/queue.cc \
    engine/backend_onednn.cc 'tools/*'
  find include base tokenizer kernels engine tools examples bench tests \
    \( -name '*.h' -o -name '*.cc' -o -name '*.sh' \) -exec awk 'END {
      if (NR > 500) print FILENAME ": has " NR " lines, expected at most 500" }' {} \;
}

cd -- "$1"
found=$(check_house)
if [[ -n $found ]]; then
  printf '%s\n' "$found" >&2
  exit 1
fi

# Each line of code, put into the file before it, has to be noticed.
copy=$(mktemp -d)
trap 'rm -rf -- "$copy"' EXIT
cp -R include base tokenizer kernels engine tools examples bench tests "$copy"
cd -- "$copy"
[[ -z $(check_house) ]]
while IFS='|' read -r file code; do
  cp -- "$file" saved
  printf '%s\n' "$code" >>"$file"
  [[ -n $(check_house) ]] || { echo "house_test: '$code' in $file went unnoticed" >&2; exit 1; }
  mv -- saved "$file"
done <<'BREAKS'
tokenizer/unicode.h|#include "kernels/kernels.h"
kernels/kernels.h|#include "base/mapped_file.h"
base/os_error.h|#include "engine/config.h"
tools/main.cc|#include "engine/config.h"
include/linnet/model.h|#include "engine/config.h"
examples/similar_pairs.cc|#include "tools/options.h"
engine/encoder.cc|#include <immintrin.h>
engine/pipeline.h|#include <nlohmann/json.hpp>
engine/encoder.cc|#include "base/json_fields.h"
tokenizer/encode.cc|#include <utf8proc.h>
engine/importer.cc|#include <sodium.h>
engine/encoder.cc|#pragma omp parallel
engine/linear.cc|#include <oneapi/dnnl/dnnl.hpp>
engine/encoder.cc|#include <thread>
engine/pipeline.cc|#include <mutex>
BREAKS
seq 501 | sed 's,^,// ,' >base/long.h
[[ -n $(check_house) ]] || { echo "house_test: a long file went unnoticed" >&2; exit 1; }
echo "the house stands"
