#!/usr/bin/env bash
# Builds Linnet, fetches all-MiniLM-L6-v2, embeds samples/sentences.txt and shows its most similar pairs.
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

install_packages build
targets="linnet_program similar_pairs"
# Eight sources compiled as one: half the time, where nothing is going to be changed.
LINNET_CMAKE_OPTIONS="-DCMAKE_UNITY_BUILD=ON ${LINNET_CMAKE_OPTIONS-}"
build_preset release
"$root/tools/fetch_model.sh"

linnet=$build/release/linnet
model=$build/models/all-MiniLM-L6-v2.linnet
# A file of an older Linnet is imported again.
"$linnet" inspect "$model" >/dev/null 2>&1 || "$linnet" import "$build/models/all-MiniLM-L6-v2" -o "$model"

say "linnet embed -m build/models/all-MiniLM-L6-v2.linnet samples/sentences.txt -o build/sentences.npy"
"$linnet" embed -m "$model" "$root/samples/sentences.txt" -o "$build/sentences.npy"

say "the three most similar pairs of samples/sentences.txt"
"$build/release/examples/similar_pairs" "$model" "$root/samples/sentences.txt" 3
