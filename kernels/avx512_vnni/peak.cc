#include "kernels/peak.h"

#include "kernels/avx512_vnni/dot_s8.h"

#include "kernels/peak_s8.h"

namespace linnet::kernels {
uint64_t run_s8_peak_avx512_vnni(uint64_t rounds) {
  return run_s8_peak(_mm512_set1_epi8(3), _mm512_set1_epi8(-2), rounds);
}
}  // namespace linnet::kernels
