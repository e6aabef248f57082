// The avx512 tier: needs AVX-512 F, BW, DQ and VL.
#include "kernels/avx512/vector.h"

#include "kernels/avx512/gemm.h"
#include "kernels/avx512/dot_s8.h"

#include "kernels/avx512/gemm_s8.h"
#include "kernels/generic/attention_s8.h"
#include "kernels/generic/quantize.h"
#include "kernels/tiers.h"

#include "kernels/generic/table.h"

namespace linnet::kernels {
const Kernels kAvx512 = make_table("avx512");
}
