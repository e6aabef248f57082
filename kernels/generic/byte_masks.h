// kernels/generic/byte_masks.h - what a tier's ByteClassifier says of 64 bytes.
#pragma once

#include <stdint.h>

namespace linnet::kernels {
namespace {

// Bit i of each is about byte i. The classes are those of kernels/split_runs.h.
struct ByteMasks {
  uint64_t solid;  // neither space nor alone
  uint64_t alone;
  uint64_t other;  // solid and not plain
};

}  // namespace
}  // namespace linnet::kernels
