#include "kernels/split_runs.h"

#include "kernels/avx2/byte_classifier.h"

#include "kernels/generic/split_runs.h"

namespace linnet::kernels {

size_t split_runs_avx2(const uint8_t* classes, const char* text, size_t size, char* copy, uint16_t* begins,
                       uint16_t* ends, uint64_t* other) {
  return split_runs(classes, text, size, copy, begins, ends, other);
}

}  // namespace linnet::kernels
