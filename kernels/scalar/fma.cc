// The scalar tier for a CPU that has FMA: the same source, which the compiler vectorizes.
#include "kernels/scalar/vector.h"

#include "kernels/generic/attention_s8.h"
#include "kernels/generic/quantize.h"
#include "kernels/scalar/gemm.h"
#include "kernels/scalar/gemm_s8.h"
#include "kernels/tiers.h"

#include "kernels/generic/table.h"

namespace linnet::kernels {
const Kernels kScalarFma = make_table("scalar");
}
