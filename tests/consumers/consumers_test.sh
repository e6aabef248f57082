#!/usr/bin/env bash
# consumers_test.sh SOURCE BUILD CMAKE: installs the build into a folder of its own and moves it, then
# builds and runs a C and a C++ program against the copy, and a project with Linnet as a subdirectory.
set -euo pipefail
source_dir=$1 build=$2 cmake=$3
work=$build/consumers
models=()
for model in "${LINNET_MODEL_DIR:-$source_dir/build/models/all-MiniLM-L6-v2}" \
             "$source_dir"/tests/golden/*/; do
  if [ -e "$model/config.json" ]; then models+=("${model%/}"); fi
done

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

build_and_run() {  # NAME SOURCE cmake arguments...
  local name=$1 source=$2
  shift 2
  "$cmake" -S "$source" -B "$work/build-$name" -G Ninja -DCMAKE_BUILD_TYPE=Release "$@"
  "$cmake" --build "$work/build-$name"
  "$work/build-$name/consumer" ${models[@]+"${models[@]}"}
}

say "install, and move the installed tree"
rm -rf -- "$work"
mkdir -p "$work"
"$cmake" --install "$build" --prefix "$work/first place"
mv "$work/first place" "$work/installed copy"
prefix="$work/installed copy"
[ -x "$prefix/bin/linnet" ] || fail "no bin/linnet"
if grep -rnF -e "$source_dir" -e "$build" "$prefix" --include='*.cmake' --include='*.pc'; then
  fail "the package names a folder of this machine"
fi
if grep -rnE '"[^"]*(libutf8proc|libsodium|libgomp)[^"]*\.(a|so)' "$prefix" --include='*.cmake'; then
  fail "the package names a library of this machine by its path"
fi

say "a C project"
build_and_run c "$source_dir/tests/consumers/c" -DCMAKE_PREFIX_PATH="$prefix"
say "a C++ project"
build_and_run cpp "$source_dir/tests/consumers/cpp" -DCMAKE_PREFIX_PATH="$prefix"

say "a missing dependency is named"
libraries=$(dirname "$(realpath -s "$(cc -print-file-name=libsodium.so)")")
if "$cmake" -S "$source_dir/tests/consumers/c" -B "$work/build-missing" -G Ninja \
    -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_IGNORE_PATH="$libraries;/usr$libraries;${libraries#/usr}" \
    >"$work/missing.log" 2>&1; then
  fail "configured without libsodium"
fi
tr -s ' \n' ' ' <"$work/missing.log" | grep -q 'apt-get install libsodium-dev' || fail "$(cat "$work/missing.log")"

if command -v pkg-config >/dev/null; then
  say "pkg-config"
  # pkg-config escapes the space in the folder's name, so the shell has to read its answer.
  eval "cc -std=c99 -o '$work/by-pkg-config' '$source_dir/tests/consumers/c/main.c' $(
    PKG_CONFIG_PATH="$prefix/lib/pkgconfig:$prefix/lib64/pkgconfig" pkg-config --cflags --libs linnet)"
  "$work/by-pkg-config" ${models[@]+"${models[@]}"}
fi

say "a subdirectory of another project"
# One that builds many sources as one, and at -O1: what is shown is that it builds and runs there.
build_and_run subproject "$source_dir/tests/consumers/subproject" -DLINNET_DIR="$source_dir" \
  -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=16 -DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG"
"$cmake" --install "$work/build-subproject" --prefix "$work/parent prefix"
[ ! -e "$work/parent prefix" ] || fail "the parent installs Linnet: $(find "$work/parent prefix")"
[ ! -e "$work/build-subproject/linnet/linnet" ] || fail "the parent builds the program"
