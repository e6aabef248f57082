// kernel_shares [TIER...]: how near each tier's products and its attention come to what this core can do,
// measured in the same run. The weights are cold: every pass goes through all matrices of a model (MiniLM's
// shapes, 6 layers).
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "base/aligned_buffer.h"
#include "bench/peak_share.h"
#include "kernels/kernels.h"
#include "kernels/peak.h"

namespace linnet::bench {
namespace {

using base::AlignedBuffer;
using kernels::Isa;

constexpr size_t kLayers = 6, kMostRows = 256;
struct Shape {
  size_t k, n;
};
constexpr Shape kLayer[] = {{384, 1152}, {384, 384}, {384, 1536}, {1536, 384}};
constexpr size_t kWidest = 1536, kStride = kWidest + 16;

// The least seconds of `repeats` calls.
template <typename F>
double least_seconds(int repeats, F f) {
  double least = 1e9;
  for (int i = 0; i < repeats; ++i) {
    const double start = thread_seconds();
    f();
    least = std::min(least, thread_seconds() - start);
  }
  return least;
}

struct Model {
  Model() : a(kMostRows * kStride), c(kMostRows * kStride), bytes(kMostRows * kStride) {
    size_t size = 0;
    for (const Shape& s : kLayer) size += kLayers * s.k * s.n;
    floats = AlignedBuffer<float>(size);
    quantized = AlignedBuffer<int8_t>(size);
    std::mt19937 engine(1);
    for (size_t i = 0; i < size; ++i) {
      floats.data()[i] = static_cast<float>(engine() % 201) * 0.01f - 1.0f;
      quantized.data()[i] = static_cast<int8_t>(engine() % 129 - 64);
    }
    for (size_t i = 0; i < kMostRows * kStride; ++i) {
      a.data()[i] = static_cast<float>(engine() % 201) * 0.01f - 1.0f;
      bytes.data()[i] = static_cast<uint8_t>(engine());
    }
    scale.assign(kWidest, 0.01f);
    sums.assign(kWidest, 3);
    zero.assign(kMostRows, 100);
  }
  size_t weights() const { return floats.size(); }

  void run_f32(const kernels::Kernels& k, size_t m) {
    const float* b = floats.data();
    for (size_t layer = 0; layer < kLayers; ++layer) {
      for (const Shape& s : kLayer) {
        k.gemm_f32(a.data(), s.k + 16, m, b, s.n / 16, s.k, c.data(), s.n + 16);
        b += s.k * s.n;
      }
    }
  }
  void run_s8(const kernels::Kernels& k, size_t m) {
    const int8_t* b = quantized.data();
    for (size_t layer = 0; layer < kLayers; ++layer) {
      for (const Shape& s : kLayer) {
        const kernels::QuantizedRows rows{bytes.data(), s.k + 64, scale.data(), zero.data()};
        k.gemm_s8(rows, m, {b, s.n / 16, s.k, scale.data(), sums.data(), scale.data()}, c.data(),
                  s.n + 16);
        b += s.k * s.n;
      }
    }
  }

  AlignedBuffer<float> a, c, floats;
  AlignedBuffer<uint8_t> bytes;
  AlignedBuffer<int8_t> quantized;
  std::vector<float> scale;
  std::vector<int32_t> sums, zero;
};

// Operations a second of the units, bytes a second of plain reading. The clock is not steady, so that the
// peak is measured anew beside each figure.
struct Limits {
  std::function<double()> peak;
  double read;
};

template <typename Run>
void products(const char* name, const Model& model, Limits limits, size_t weight_size, Run run) {
  const auto weights = static_cast<double>(model.weights());
  double peak = 0;
  const auto rate = [&](size_t m, int repeats) {
    peak = limits.peak();
    const double got = 2.0 * weights * static_cast<double>(m) / least_seconds(repeats, [&] { run(m); });
    peak = (peak + limits.peak()) / 2;
    return got;
  };
  std::printf("  %-5s peak %.1f Gop/s, reading %.1f GB/s\n", name, limits.peak() / 1e9, limits.read / 1e9);
  for (const size_t m : {size_t{1}, size_t{2}, size_t{4}, size_t{8}}) {
    const double got = rate(m, 9);
    const double bound = std::min(
        peak, limits.read / static_cast<double>(weight_size) * 2 * static_cast<double>(m));
    std::printf("    M %3zu: %7.1f Gop/s, %5.1f %% of peak, %5.1f %% of min(peak, reading)\n", m, got / 1e9,
                100 * got / peak, 100 * got / bound);
  }
  double at_64 = 0;
  for (const size_t m : {size_t{16}, size_t{60}, size_t{64}, size_t{128}, size_t{256}}) {
    const double got = rate(m, 5);
    if (m == 64) at_64 = got / peak;
    std::printf("    M %3zu: %7.1f Gop/s, %5.1f %% of peak\n", m, got / 1e9, 100 * got / peak);
  }
  double sum = 0, least = 1e18;
  size_t least_at = 0;
  for (size_t m = 16; m <= 64; ++m) {
    const double got = rate(m, 3) / peak;
    sum += got;
    if (got < least) {
      least = got;
      least_at = m;
    }
  }
  std::printf("    mean of M 16..64: %.1f %% of M 64; least %.1f %% at M %zu\n", 100 * sum / 49 / at_64,
              100 * least / at_64, least_at);
}

// Attention of 12 heads as engine/attention.cc computes it, counted as 4 S^2 d operations: softmax takes time
// and counts nothing.
void attention(const kernels::Kernels& k, Model& model, const std::function<double()>& peak) {
  constexpr size_t kHeads = 12, kQueryRows = 48;
  for (const size_t d : {size_t{32}, size_t{64}}) {
    std::printf("  attention, head size %zu, share of the fp32 peak:", d);
    for (const size_t length : {size_t{16}, size_t{64}, size_t{128}, size_t{256}, size_t{512}}) {
      const size_t stride = length + 16, head = length * d, ldy = kHeads * d + 16;
      AlignedBuffer<float> scores(kQueryRows * stride), sums(kQueryRows), y(length * ldy);
      const float* q = model.floats.data();
      const auto run = [&] {
        const size_t blocks = (length + kQueryRows - 1) / kQueryRows;
        for (size_t h = 0; h < kHeads; ++h) {
          const float *qh = q + 3 * h * head, *kh = qh + head, *vh = kh + head;
          for (size_t b = 0; b < blocks; ++b) {
            const size_t begin = length * b / blocks, rows = length * (b + 1) / blocks - begin;
            float* out = y.data() + begin * ldy + h * d;
            k.gemm_f32(qh + begin * d, d, rows, kh, length / 16, d, scores.data(), stride);
            k.softmax_unnormalized(scores.data(), stride, rows, length, 0.1f, sums.data());
            k.gemm_f32(scores.data(), stride, rows, vh, d / 16, length, out, ldy);
            k.divide_rows(out, ldy, rows, d, sums.data());
          }
        }
      };
      const int calls = length <= 64 ? 50 : 2;
      const double before = peak();
      const double seconds = least_seconds(9, [&] { for (int i = 0; i < calls; ++i) run(); }) / calls;
      const double limit = (before + peak()) / 2;
      const auto operations = static_cast<double>(4 * length * length * d * kHeads);
      std::printf("  S %zu: %.1f %%", length, 100 * operations / seconds / limit);
    }
    std::printf("\n");
  }
}

void table(Isa isa, Model& model) {
  const kernels::Kernels& k = kernels::kernels_for(isa);
  std::printf("%s\n", k.name);
  const auto peak = [&](auto run) {
    return [=] {
      uint64_t operations = 0;
      const double seconds = least_seconds(5, [&] { operations = run(isa, 100'000); });
      return static_cast<double>(operations) / seconds;
    };
  };
  const auto read = [&](const void* p, size_t bytes) {
    volatile uint64_t sink;
    return static_cast<double>(bytes) /
           least_seconds(9, [&] { sink = kernels::read_plainly(isa, p, bytes); });
  };
  products("fp32", model, {peak(kernels::run_fma_peak), read(model.floats.data(), model.weights() * 4)}, 4,
           [&](size_t m) { model.run_f32(k, m); });
  products("int8", model, {peak(kernels::run_s8_peak), read(model.quantized.data(), model.weights())}, 1,
           [&](size_t m) { model.run_s8(k, m); });
  attention(k, model, peak(kernels::run_fma_peak));
}

}  // namespace
}  // namespace linnet::bench

int main(int argc, char** argv) {
  using namespace linnet;
  std::string tiers;
  for (size_t i = 1; i < kernels::kNumIsas; ++i) tiers.append(" ").append(kernels::isa_name(kernels::Isa(i)));
  for (int a = 1; a < argc; ++a) {
    if ((tiers + " ").find(" " + std::string(argv[a]) + " ") != std::string::npos) continue;
    std::fprintf(stderr, "kernel_shares: no tier '%s', expected of%s\n", argv[a], tiers.c_str());
    return 2;
  }
  static bench::Model model;
  for (size_t i = kernels::kNumIsas; i-- > 1;) {
    const auto isa = static_cast<kernels::Isa>(i);
    bool wanted = argc == 1;
    for (int a = 1; a < argc; ++a) wanted = wanted || std::strcmp(argv[a], kernels::isa_name(isa)) == 0;
    if (wanted && kernels::isa_supported(isa)) bench::table(isa, model);
  }
}
