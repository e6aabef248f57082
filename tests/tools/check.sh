# tests/tools/check.sh - what the tests of the program share. Sourced with LINNET and SOURCE set.
set -uo pipefail

model=$SOURCE/tests/golden/tiny_bert
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd -- "$work" || exit 1
failures=0

# run WORD...: the program's answer in $out, $err and $rc.
run() {
  "$LINNET" "$@" >out 2>err </dev/null
  rc=$?
  out=$(cat out) err=$(cat err)
}

complain() {
  printf 'FAILED: %s\n  rc %s\n  out: %.300s\n  err: %.600s\n' "$1" "${rc-}" "${out-}" "${err-}" >&2
  failures=$((failures + 1))
}

expect_rc() { [[ $rc == "$1" ]] || complain "${*:2}: expected exit code $1"; }
expect_err() { [[ $err == *"$1"* ]] || complain "expected on standard error: $1"; }
expect_out() { [[ $out == *"$1"* ]] || complain "expected on standard output: $1"; }
expect_equal() { [[ $1 == "$2" ]] || { out="'$1' is not '$2'"; complain "${*:3}"; }; }
expect_no_file() { [[ ! -e $1 ]] || complain "$1 should not be there"; }
expect_clean_folder() {  # no temporary file stayed
  [[ -z $(find . -name '.linnet*' -o -name '*.tmp*') ]] || complain "left behind: $(ls -A)"
}

# as_file FOLDER NAME OPTION...: the model in a file of its own, for a test that starts the program often: a folder
# takes ten times as long to open.
as_file() {
  "$LINNET" import -q "${@:3}" "$1" -o "$work/$2.linnet" || complain "import $1"
  echo "$work/$2.linnet"
}

# wait_until COMMAND WORD...: until it succeeds. Two minutes: a sanitizer's build on a busy machine is slow.
wait_until() {
  for _ in {1..2400}; do
    "$@" >/dev/null 2>&1 && return
    sleep 0.05
  done
  complain "waited in vain for: $*"
}

finish() {
  [[ $failures == 0 ]] || { echo "$failures failures" >&2; exit 1; }
  echo "all good"
}
