// kernels/avx512_amx/tile_registers.h - AMX: 8 registers tmm0-7, each a tile of up to 16 rows of 64 bytes. Intel SDM
// vol. 1, chapter 18.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace linnet::kernels {
namespace {

constexpr size_t kTileRows = 16, kTileBytes = 64;  // of a row

// How many rows of how many bytes each register has, as ldtilecfg reads it.
struct alignas(64) TileShapes {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {};  // of registers; there are 8
  uint8_t rows[16] = {};
};

// The registers have these shapes and hold zeros, until release_tiles(): from there on a switch to another thread has
// nothing of theirs to save.
inline void shape_tiles(const TileShapes& shapes) { __asm__ volatile("ldtilecfg %0" : : "m"(shapes)); }
inline void release_tiles() { __asm__ volatile("tilerelease"); }

// The compiler has no tile registers, so that it can neither move them about nor get in the way. Its intrinsics take
// their numbers as the preprocessor sees them; these take constants.
template <size_t T>
[[gnu::always_inline]] inline void clear_tile() {
  __asm__ volatile("tilezero %%tmm%c0" : : "i"(T));
}

// Its rows, `apart` bytes from one another.
template <size_t T>
[[gnu::always_inline]] inline void load_tile(const void* rows, size_t apart) {
  __asm__ volatile("tileloadd (%0,%1,1), %%tmm%c2" : : "r"(rows), "r"(apart), "i"(T) : "memory");
}

template <size_t T>
[[gnu::always_inline]] inline void store_tile(void* rows, size_t apart) {
  __asm__ volatile("tilestored %%tmm%c2, (%0,%1,1)" : : "r"(rows), "r"(apart), "i"(T) : "memory");
}

// C[i][j] += the products of the bytes of row i of A, unsigned, with the 4 of every row of B at j, signed.
template <size_t C, size_t A, size_t B>
[[gnu::always_inline]] inline void multiply_tiles() {
  __asm__ volatile("tdpbusd %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(C), "i"(A), "i"(B));
}

}  // namespace
}  // namespace linnet::kernels
