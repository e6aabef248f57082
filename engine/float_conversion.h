// engine/float_conversion.h - fp16 and bf16 to fp32, exactly, with integer operations alone.
#pragma once

#include <bit>
#include <cstdint>

namespace linnet::engine {

inline float from_bf16(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

// IEEE 754 binary16: 1 sign bit, 5 exponent bits (bias 15), 10 fraction bits.
inline float from_fp16(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1fu;
  uint32_t fraction = bits & 0x3ffu;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | fraction << 13);
  if (exponent == 0) {
    if (fraction == 0) return std::bit_cast<float>(sign);
    // Subnormal: shift the leading one into place.
    const auto shift = static_cast<uint32_t>(std::countl_zero(fraction)) - 21;
    fraction = (fraction << shift) & 0x3ffu;
    return std::bit_cast<float>(sign | (113 - shift) << 23 | fraction << 13);
  }
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
}

}  // namespace linnet::engine
