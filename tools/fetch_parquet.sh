#!/usr/bin/env bash
# Fetches pyarrow (50 MB, from PyPI) to build/reference, once: with it tests/scripts/parquet_test.sh runs
# examples/parquet_embed.sh.
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

install_packages demo
fetch_wheel pyarrow 26.0.1
