// kernels/tiers.h - the tables that the ISA folders define; only dispatch.cc chooses among them.
#pragma once

#include "kernels/kernels.h"

namespace linnet::kernels {

extern const Kernels kScalarPortable;  // for any x86-64
extern const Kernels kScalarFma;       // the same source, compiled for AVX2 and FMA
extern const Kernels kAvx2;
extern const Kernels kAvx512;

}  // namespace linnet::kernels
