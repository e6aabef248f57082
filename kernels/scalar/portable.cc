// The scalar tier for any x86-64.
#include "kernels/scalar/vector.h"

#include "kernels/generic/attention_s8.h"
#include "kernels/generic/quantize.h"
#include "kernels/scalar/gemm.h"
#include "kernels/scalar/gemm_s8.h"
#include "kernels/tiers.h"

#include "kernels/generic/table.h"

namespace linnet::kernels {
const Kernels kScalarPortable = make_table("scalar");
}
