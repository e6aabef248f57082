#!/usr/bin/env bash
# demo_test.sh SOURCE: the demo, twice, in a copy of the tree at an awkward place, without a home, in the
# C locale; the second time without a network and in under 5 seconds.
set -euo pipefail
source_dir=$1
work=$source_dir/build/demo_test
copy="$work/a b/ü"
rm -rf -- "$work"
mkdir -p "$copy/build"
fail() { echo "demo_test: $*" >&2; exit 1; }

# The tree without .git and build/, but with the model that has been fetched already and the compiler's
# cache: the rest of the way is the same.
(cd -- "$source_dir" && tar -cf - --exclude=./build --exclude=./.git --exclude='./shared' .) |
  tar -xf - -C "$copy"
if [[ -e $source_dir/build/models/all-MiniLM-L6-v2 ]]; then
  mkdir -p "$copy/build/models"
  cp -R "$source_dir/build/models/all-MiniLM-L6-v2" "$copy/build/models/"
elif [[ ,${LINNET_REQUIRE-}, == *,model,* ]]; then
  fail "LINNET_REQUIRE names 'model', which is not there"
else
  echo "demo_test: needs 'model', which is not there"
  exit 77
fi
[[ ! -d $source_dir/build/ccache ]] || ln -s "$source_dir/build/ccache" "$copy/build/ccache"

run_demo() {  # prefix command...
  (cd / && env -u LINNET_REQUIRE HOME=/nonexistent LC_ALL=C "$@" "$copy/tools/demo.sh" </dev/null)
}
without_network=()
if unshare -n true 2>/dev/null; then without_network=(unshare -n); fi

first=$(run_demo) || fail "the first run failed"
SECONDS=0
second=$(run_demo "${without_network[@]}" env https_proxy=http://127.0.0.1:9 \
  http_proxy=http://127.0.0.1:9) || fail "the second run failed"
((SECONDS < 5)) || fail "the second run took $SECONDS s, expected under 5"

pairs=$(printf '%s\n' "$second" | sed -n '/similar pairs/,$p')
[[ $pairs == *"Water boils at a lower temperature high in the mountains."* ]] || fail "found: $second"
[[ $(printf '%s\n' "$first" | tail -6) == "$(printf '%s\n' "$second" | tail -6)" ]] ||
  fail "the two runs differ"
[[ -z $(find "$work" -path "$copy/build" -prune -o -newer "$copy/build/release/build.ninja" -type f -print) ]] ||
  fail "something was written outside build/"
rm -rf -- "$work"
