# tools/common.sh - what the scripts share. Sourced; sets `root` and everything they write under build/.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
build=$root/build
mkdir -p "$build/tmp"
export TMPDIR=$build/tmp CCACHE_DIR=$build/ccache
# The same tree elsewhere, or in another language, finds the same objects.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=locale

say() { printf '\n== %s\n' "$*"; }
fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# install_packages GROUP...: what of tools/packages.txt is missing, with apt-get. Without Debian or
# without the rights it prints the line to run.
install_packages() {
  local group package missing=()
  while read -r group package; do
    [[ " $* " == *" $group "* ]] || continue
    command -v dpkg-query >/dev/null ||
      fail "this is no Debian system; it needs what these packages hold: $(packages_of "$@")"
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      missing+=("$package")
  done < <(sed 's/#.*//' "$root/tools/packages.txt")
  ((${#missing[@]} > 0)) || return 0

  local as_root=()
  if [[ $(id -u) != 0 ]]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      as_root=(sudo -n)
    else
      fail "packages are missing and only root can install them; please run:
  sudo apt-get install --no-install-recommends ${missing[*]}"
    fi
  fi
  say "installing ${missing[*]}"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600)
  "${apt[@]}" update </dev/null
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null
}

packages_of() {
  local group package
  while read -r group package; do
    [[ " $* " != *" $group "* ]] || printf '%s ' "$package"
  done < <(sed 's/#.*//' "$root/tools/packages.txt")
}

# build_preset PRESET cmake arguments...: configures once, then builds what has changed of $targets (all). What
# LINNET_CMAKE_OPTIONS says is configured too.
build_preset() {
  local preset=$1 log=$build/$1.log options
  read -ra options <<<"${LINNET_CMAKE_OPTIONS-}"
  shift
  if [[ ! -e $build/$preset/build.ninja ]] || (($# > 0)); then
    (cd -- "$root" && cmake --preset "$preset" ${options[@]+"${options[@]}"} "$@") >"$log" 2>&1 || { cat "$log" >&2; fail "cmake --preset $preset"; }
  fi
  (cd -- "$root" && cmake --build --preset "$preset" --target ${targets:-all}) >"$log" 2>&1 || { cat "$log" >&2; fail "cmake --build --preset $preset"; }
}

# fetch_wheel PACKAGE VERSION: a Python package without what it depends on, from PyPI, unpacked to
# build/reference/PACKAGE-VERSION, once.
fetch_wheel() {
  local package=$1 version=$2 folder=$build/reference/$1-$2 unpacked
  [[ ! -e $folder/$package ]] || return 0
  say "fetching $package $version"
  unpacked=$(mktemp -d "$build/tmp/reference.XXXXXX")
  python3 -m pip download --no-cache-dir --only-binary=:all: --no-deps --disable-pip-version-check \
    --dest "$unpacked" "$package==$version" </dev/null
  python3 -m zipfile -e "$unpacked/$package"-*.whl "$unpacked"
  rm -f -- "$unpacked/$package"-*.whl
  mkdir -p "$build/reference"
  rm -rf -- "$folder"
  mv -- "$unpacked" "$folder"
}
