#!/usr/bin/env bash
# symbols_test.sh LIBRARY: an object compiled for more than plain x86-64 must give nothing to the linker
# that another object could end up with (weak or unique symbols: inline functions, templates), and the
# library may take no function of libm whose bits depend on the CPU.
set -euo pipefail
library=$1
status=0

found=$(nm -A -C "$library" | grep -E ':(fma|kernels|peak|gemm_s8)\.cc\.o:.* [WVuwv] ' || true)
if [[ -n $found ]]; then
  printf 'weak symbols of an object with ISA flags:\n%s\n' "$found" >&2
  status=1
fi
objects=$(ar t "$library" | grep -cE '^(fma|kernels|peak|gemm_s8)\.cc\.o$')
[[ $objects == 11 ]] || { echo "expected 11 objects with ISA flags, found $objects" >&2; status=1; }

libm=$(nm -D --defined-only "$(cc -print-file-name=libm.so.6)" | awk '{ sub(/@.*/, "", $3); print $3 }' | sort -u)
allowed='^(sqrtf?|fmaf?|nearbyintf?)$'
found=$(nm --undefined-only "$library" | awk 'NF == 2 { print $2 }' | sort -u |
  comm -12 - <(printf '%s\n' "$libm") | grep -vE "$allowed" || true)
if [[ -n $found ]]; then
  printf 'functions of libm whose bits may differ between CPUs:\n%s\n' "$found" >&2
  status=1
fi
exit $status
