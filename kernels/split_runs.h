// kernels/split_runs.h - text to runs of bytes, 64 bytes at a time: what the tokenizer asks of an instruction set.
#pragma once

#include <stddef.h>  // C headers only: this file is compiled with ISA flags too
#include <stdint.h>

#include "kernels/kernels.h"

namespace linnet::kernels {

// Runs of bytes between spaces in at most 65,472 bytes of text. classes [49]: three sets of ASCII bytes of 16
// rows each - spaces, those that stand alone, plain ones - where the byte h << 4 | l is in a set when bit h of
// row l is set; then what is added to A-Z. A run is a byte that stands alone, or all bytes between two that
// are spaces or stand alone. Returns how many runs there are: run i is the bytes [begins[i], ends[i]).
// copy [size, rounded up to 64]: the bytes, A-Z changed, 0 as 0xFF. Bit i of other [size / 64, rounded up]:
// byte 64 b + i of the text is in no set. begins and ends have room for 16 more than there are runs. Nothing
// is read outside the text.
using SplitRuns = size_t (*)(const uint8_t* classes, const char* text, size_t size, char* copy,
                             uint16_t* begins, uint16_t* ends, uint64_t* other);

SplitRuns split_runs_for(Isa isa);  // null in the scalar tier: tokenizer/ has its own

// One for each folder; split_runs_for() chooses.
size_t split_runs_avx2(const uint8_t* classes, const char* text, size_t size, char* copy, uint16_t* begins,
                       uint16_t* ends, uint64_t* other);
size_t split_runs_avx512(const uint8_t* classes, const char* text, size_t size, char* copy,
                         uint16_t* begins, uint16_t* ends, uint64_t* other);

}  // namespace linnet::kernels
