// Rows of embedding tables that are not stored row by row in fp32.
#include "engine/encoder_steps.h"
#include "engine/profile.h"

namespace linnet::engine {

void gather_rows(const Table& table, const int32_t* ids, size_t rows, size_t n, float* y) {
  const InPart in(Part::kGather);
  for (size_t row = 0; row < rows; ++row, y += n) {
    const auto id = static_cast<size_t>(ids[row]);
    if (table.panels != nullptr) {
      const float* const column = table.panels + id / 16 * 16 * n + id % 16;
      for (size_t j = 0; j < n; ++j) y[j] = column[16 * j];
      continue;
    }
    const int8_t* const values = table.s8 + id * n;
    const float scale = table.scale[id];
    for (size_t j = 0; j < n; ++j) y[j] = scale * static_cast<float>(values[j]);
  }
}

}  // namespace linnet::engine
