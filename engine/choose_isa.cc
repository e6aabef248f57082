// Which kernels a model uses, and what this machine could use.
#include <cstdlib>

#include "engine/model_impl.h"

namespace linnet {

std::vector<TierInfo> cpu_tiers() {
  const Result<kernels::Isa> chosen = engine::choose_isa("");
  std::vector<TierInfo> tiers;
  for (size_t i = 0; i < kernels::kNumIsas; ++i) {
    const auto isa = static_cast<kernels::Isa>(i);
    tiers.push_back({.name = kernels::isa_name(isa),
                     .supported = kernels::isa_supported(isa),
                     .in_use = chosen.ok() && chosen.value() == isa,
                     .detail = isa == kernels::Isa::kScalar ? kernels::scalar_variant() : ""});
  }
  return tiers;
}

namespace engine {

Result<kernels::Isa> choose_isa(const std::string& name) {
  std::string wanted = name;
  std::string source = "isa";
  if (wanted.empty()) {
    const char* variable = std::getenv("LINNET_ISA");
    if (variable == nullptr || *variable == '\0') return kernels::best_isa();
    wanted = variable;
    source = "LINNET_ISA";
  }
  std::string known;
  for (size_t i = 0; i < kernels::kNumIsas; ++i) {
    const auto isa = static_cast<kernels::Isa>(i);
    if (wanted == kernels::isa_name(isa)) {
      if (kernels::isa_supported(isa)) return isa;
      return Status{Code::kUnsupported,
                    source + " " + wanted + ": this CPU or this build does not have it, the best is " +
                        kernels::isa_name(kernels::best_isa())};
    }
    known += (i == 0 ? "" : ", ") + std::string(kernels::isa_name(isa));
  }
  return Status{Code::kInvalidArgument,
                source + " " + wanted + ": no such tier, expected one of " + known};
}

}  // namespace engine
}  // namespace linnet
