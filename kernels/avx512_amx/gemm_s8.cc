// The int8 product of the avx512-amx tier: needs AMX-TILE and AMX-INT8 beside what avx512-vnni needs. 16 k-quads of a
// panel are a tile as they lie in the file, and so are 64 columns of 16 rows of bytes. Blocks of 2 x 2 tiles of sums
// read each operand twice; a single tile of rows takes 4 panels, for a product waits for the one before it in its tile.
#include <immintrin.h>

#include "kernels/avx512_amx/tile_registers.h"
#include "kernels/tiers.h"
#include "kernels/unroll.h"

namespace linnet::kernels {
namespace {

constexpr size_t kFewRows = 4;  // up to which reading the weights is the work, and plain VNNI does it
constexpr size_t kQuad = 64;    // bytes of a panel's k-quad

// Registers: sums in 0-3, rows in 4 and 5, panels in 6 and 7.
constexpr size_t kRowsAt = 4, kPanelsAt = 6, kRegisters = 8;

struct Product {
  const QuantizedRows& a;
  const WeightsS8& b;
  float* c;
  size_t ldc;
  size_t tile_rows;
};

// What the steps have left of k, padded with zeros to a step. Of rows:
void copy_rest(const uint8_t* from, size_t ld, size_t rows, size_t bytes, uint8_t* to) {
  const __mmask64 wanted = ~0ull >> (kTileBytes - bytes);
  for (size_t i = 0; i < rows; ++i) {
    _mm512_store_si512(to + i * kTileBytes, _mm512_maskz_loadu_epi8(wanted, from + i * ld));
  }
}
// Of a panel:
void copy_rest(const int8_t* from, size_t quads, int8_t* to) {
  for (size_t q = 0; q < kTileRows; ++q) {
    _mm512_store_si512(to + q * kQuad, q < quads ? _mm512_loadu_si512(from + q * kQuad) : _mm512_setzero_si512());
  }
}

// A tile of sums, of rows from `first` on and a panel, to C.
void dequantize(const Product& product, const int32_t (&sums)[kTileRows][kPanel], size_t first, size_t panel) {
  const size_t column = panel * kPanel;
  const __m512i column_sum = _mm512_loadu_si512(product.b.column_sum + column);
  const __m512 scale = _mm512_loadu_ps(product.b.scale + column), bias = _mm512_loadu_ps(product.b.bias + column);
  for (size_t i = 0; i < product.tile_rows; ++i) {
    const size_t row = first + i;
    const __m512i correction = _mm512_mullo_epi32(_mm512_set1_epi32(product.a.zero[row]), column_sum);
    const __m512 centred = _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_load_si512(sums[i]), correction));
    const __m512 both_scales = _mm512_mul_ps(_mm512_set1_ps(product.a.scale[row]), scale);
    _mm512_storeu_ps(product.c + row * product.ldc + column, _mm512_fmadd_ps(centred, both_scales, bias));
  }
}

// R tiles of rows from first[r] on, P panels from p on. Fetches `lines` lines of `ahead` every step, into the L2 cache:
// the L1 cache has no room beside what the block reads.
template <size_t R, size_t P>
void multiply_block(const Product& product, const size_t (&first)[2], size_t p, const char* ahead, size_t lines) {
  static_assert(R * P <= kRowsAt);
  const QuantizedRows& a = product.a;
  const WeightsS8& b = product.b;
  const uint8_t* rows[R];
  const int8_t* panels[P];
  unroll<R>([&](auto r) { rows[r] = a.values + first[r] * a.ld; });
  unroll<P>([&](auto v) { panels[v] = b.values + (p + v) * b.k4 * kPanel; });
  unroll<R * P>([&](auto t) { clear_tile<t>(); });
  const auto step = [&](size_t ld) __attribute__((always_inline)) {
    unroll<R>([&](auto r) { load_tile<kRowsAt + r>(rows[r], ld); });
    unroll<P>([&](auto v) {
      constexpr size_t kPanelAt = kPanelsAt + v % (kRegisters - kPanelsAt);
      load_tile<kPanelAt>(panels[v], kQuad);
      unroll<R>([&](auto r) { multiply_tiles<r * P + v, kRowsAt + r, kPanelAt>(); });
    });
  };
  for (size_t k = 0; k < b.k4 / kTileBytes; ++k) {
    for (size_t l = 0; l < lines; ++l, ahead += 64) __builtin_prefetch(ahead, 0, 2);
    step(a.ld);
    unroll<R>([&](auto r) { rows[r] += kTileBytes; });
    unroll<P>([&](auto v) { panels[v] += kTileRows * kQuad; });
  }
  if (const size_t rest = b.k4 % kTileBytes; rest > 0) {
    alignas(64) uint8_t rest_of_rows[R][kTileRows * kTileBytes];
    alignas(64) int8_t rest_of_panels[P][kTileRows * kQuad];
    unroll<R>([&](auto r) {
      copy_rest(rows[r], a.ld, product.tile_rows, rest, rest_of_rows[r]);
      rows[r] = rest_of_rows[r];
    });
    unroll<P>([&](auto v) {
      copy_rest(panels[v], rest / 4, rest_of_panels[v]);
      panels[v] = rest_of_panels[v];
    });
    step(kTileBytes);
  }

  alignas(64) int32_t sums[R][P][kTileRows][kPanel];
  unroll<R>([&](auto r) {
    unroll<P>([&](auto v) { store_tile<r * P + v>(sums[r][v], sizeof(sums[r][v][0])); });
  });
  for (size_t r = 0; r < R; ++r) {
    for (size_t v = 0; v < P; ++v) dequantize(product, sums[r][v], first[r], p + v);
  }
}

using Block = void (*)(const Product&, const size_t (&)[2], size_t, const char*, size_t);

TileShapes shapes_for(size_t tile_rows) {
  TileShapes shapes;
  for (size_t t = 0; t < kRegisters; ++t) {
    shapes.rows[t] = static_cast<uint8_t>(t < kPanelsAt ? tile_rows : kTileRows);
    shapes.row_bytes[t] = kTileBytes;
  }
  return shapes;
}

}  // namespace

void gemm_s8_avx512_amx(const QuantizedRows& a, size_t m, const WeightsS8& b, float* c, size_t ldc) {
  if (m <= kFewRows) return gemm_s8_avx512_vnni(a, m, b, c, ldc);
  // All tiles have the same number of rows, as one set of shapes wants it; the last ones may overlap, and what they
  // share is computed twice.
  const size_t tiles = (m + kTileRows - 1) / kTileRows;
  const Product product = {a, b, c, ldc, (m + tiles - 1) / tiles};
  const auto first_row = [&](size_t t) {
    const size_t first = t * product.tile_rows, last = m - product.tile_rows;
    return first < last ? first : last;
  };
  shape_tiles(shapes_for(product.tile_rows));
  const size_t times = (tiles + 1) / 2;  // that a panel is read
  for (size_t p = 0; p < b.panels;) {
    const size_t left = b.panels - p, width = left >= 4 ? 4 : left >= 2 ? 2 : 1;
    const auto* next = reinterpret_cast<const char*>(b.values + (p + width) * b.k4 * kPanel);
    const auto run = [&](Block block, size_t t, size_t panel, size_t panels) {
      const size_t first[2] = {first_row(t), first_row(t + 1)};
      const size_t lines = (panels * kTileRows + times - 1) / times;
      block(product, first, panel, next, lines);
      next += lines * (b.k4 / kTileBytes) * 64;
    };
    for (size_t panel = p; panel < p + width; panel += 2) {
      for (size_t t = 0; t + 2 <= tiles; t += 2) {
        if (width == 1) {
          run(multiply_block<2, 1>, t, panel, 1);
        } else {
          run(multiply_block<2, 2>, t, panel, 2);
        }
      }
    }
    if (tiles % 2 == 1) {
      run(width == 4 ? multiply_block<1, 4> : width == 2 ? multiply_block<1, 2> : multiply_block<1, 1>, tiles - 1, p,
          width);
    }
    p += width;
  }
  release_tiles();
}

}  // namespace linnet::kernels
