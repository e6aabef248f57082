#include "engine/profile.h"

namespace linnet {

const char* part_name(Part part) {
  constexpr const char* kNames[kNumParts] = {"gemm",     "attention", "softmax",   "norm", "activation",
                                             "quantize", "gather",    "tokenizer", "other"};
  return kNames[static_cast<size_t>(part)];
}

namespace engine {
namespace {

using kernels::Kernels;

// The time stamp counter: a few nanoseconds a reading, where the system's clock takes tens. Its rate is
// found from the system's clock over the whole of a Profiled scope.
uint64_t ticks_now() { return __builtin_ia32_rdtsc(); }

// A kernel's entry, timed. A product inside attention is attention's.
template <Part kPart, auto kEntry>
struct Timed;
template <Part kPart, typename R, typename... Args, R (*Kernels::*kEntry)(Args...)>
struct Timed<kPart, kEntry> {
  static R call(Args... args) {
    const Stopwatch& watch = *this_threads_stopwatch;
    const bool attending = kPart == Part::kGemm && watch.part == Part::kAttention;
    const InPart in(attending ? Part::kAttention : kPart);
    return (watch.kernels->*kEntry)(args...);
  }
};

}  // namespace

Part Stopwatch::enter(Part next) {
  const uint64_t now = ticks_now();
  ticks[static_cast<size_t>(part)] += now - since;
  since = now;
  const Part left = part;
  part = next;
  return left;
}

Kernels timed_kernels(const Kernels& real) {
  Kernels timed = real;
  timed.gemm_f32 = Timed<Part::kGemm, &Kernels::gemm_f32>::call;
  timed.gemm_s8 = Timed<Part::kGemm, &Kernels::gemm_s8>::call;
  timed.quantize_rows = Timed<Part::kQuantize, &Kernels::quantize_rows>::call;
  timed.gelu_quantize = Timed<Part::kActivation, &Kernels::gelu_quantize>::call;
  timed.residual_layer_norm_quantize =
      Timed<Part::kNorm, &Kernels::residual_layer_norm_quantize>::call;
  timed.add_bias = Timed<Part::kGemm, &Kernels::add_bias>::call;
  timed.add_bias_gelu = Timed<Part::kActivation, &Kernels::add_bias_gelu>::call;
  timed.add_bias_gelu_tanh = Timed<Part::kActivation, &Kernels::add_bias_gelu_tanh>::call;
  timed.add_bias_relu = Timed<Part::kActivation, &Kernels::add_bias_relu>::call;
  timed.add_bias_silu = Timed<Part::kActivation, &Kernels::add_bias_silu>::call;
  timed.add_bias_tanh = Timed<Part::kActivation, &Kernels::add_bias_tanh>::call;
  timed.gate_gelu = Timed<Part::kActivation, &Kernels::gate_gelu>::call;
  timed.gate_gelu_tanh = Timed<Part::kActivation, &Kernels::gate_gelu_tanh>::call;
  timed.gate_relu = Timed<Part::kActivation, &Kernels::gate_relu>::call;
  timed.gate_silu = Timed<Part::kActivation, &Kernels::gate_silu>::call;
  timed.add_bias_residual_layer_norm =
      Timed<Part::kNorm, &Kernels::add_bias_residual_layer_norm>::call;
  timed.residual_no_norm = Timed<Part::kNorm, &Kernels::residual_no_norm>::call;
  timed.embed_layer_norm = Timed<Part::kGather, &Kernels::embed_layer_norm>::call;
  timed.softmax_unnormalized = Timed<Part::kSoftmax, &Kernels::softmax_unnormalized>::call;
  timed.softmax_split14 = Timed<Part::kSoftmax, &Kernels::softmax_split14>::call;
  // The rest counts as what it is called from: divide_rows as attention, pooling as other.
  return timed;
}

Profiled::Profiled(Profile* profile, const Kernels* real)
    : profile_(real == nullptr ? nullptr : profile) {
  if (profile_ == nullptr) return;
  watch_.kernels = real;
  start_ = std::chrono::steady_clock::now();
  watch_.since = start_ticks_ = ticks_now();
  this_threads_stopwatch = &watch_;
}

Profiled::~Profiled() {
  if (profile_ == nullptr) return;
  watch_.enter(Part::kOther);
  this_threads_stopwatch = nullptr;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start_;
  const uint64_t ticks = watch_.since - start_ticks_;
  if (ticks == 0) return;
  const double seconds_per_tick = seconds.count() / static_cast<double>(ticks);
  for (size_t i = 0; i < kNumParts; ++i) {
    profile_->seconds[i] += static_cast<double>(watch_.ticks[i]) * seconds_per_tick;
  }
}

}  // namespace engine
}  // namespace linnet
