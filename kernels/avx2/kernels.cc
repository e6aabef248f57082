// The avx2 tier: needs AVX2 and FMA.
#include "kernels/avx2/vector.h"

#include "kernels/avx2/gemm.h"
#include "kernels/avx2/dot_s8.h"

#include "kernels/avx2/gemm_s8.h"
#include "kernels/generic/attention_s8.h"
#include "kernels/generic/quantize.h"
#include "kernels/tiers.h"

#include "kernels/generic/table.h"

namespace linnet::kernels {
const Kernels kAvx2 = make_table("avx2");
}
