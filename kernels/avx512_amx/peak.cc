#include "kernels/peak.h"

#include "kernels/avx512_amx/tile_registers.h"
#include "kernels/unroll.h"

namespace linnet::kernels {
uint64_t run_s8_peak_avx512_amx(uint64_t rounds) {
  constexpr size_t kChains = 6;
  TileShapes shapes;
  for (size_t t = 0; t < kChains + 2; ++t) {
    shapes.rows[t] = kTileRows;
    shapes.row_bytes[t] = kTileBytes;
  }
  shape_tiles(shapes);
  for (uint64_t r = 0; r < rounds; ++r) {
    unroll<kChains>([&](auto t) { multiply_tiles<t, kChains, kChains + 1>(); });
  }
  release_tiles();
  return rounds * kChains * kTileRows * kTileRows * kTileBytes * 2;
}
}  // namespace linnet::kernels
