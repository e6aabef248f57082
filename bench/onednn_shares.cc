// onednn_shares [TIER]: each product of MiniLM and of BERT-base by Linnet's kernels and by oneDNN held to
// the same instructions. Cold weights: a pass goes through as many matrices as a model has, or 64 MB of
// them. Rounds alternate between the two, each figure is the median of its rounds. oneDNN's int8 stops at
// the sums, ours ends with floats: the difference is in its favour. It gets dense rows and repacks the
// weights as it likes; ours has the engine's strides.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/aligned_buffer.h"
#include "bench/peak_share.h"
#include "engine/backend_onednn.h"
#include "kernels/kernels.h"

namespace linnet::bench {
namespace {

using base::AlignedBuffer;
using engine::OneDnnMatrix;
using kernels::Isa;

constexpr size_t kRows[] = {1, 4, 16, 64, 128, 256};
constexpr size_t kMostRows = 256, kMostBytes = size_t{64} << 20;

struct Model {
  const char* name;
  size_t layers, width;
};
constexpr Model kModels[] = {{"MiniLM", 6, 384}, {"BERT-base", 12, 768}};

struct Shape {
  const char* name;
  size_t k, n;
};

void stop_unless(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "onednn_shares: %s\n", status.message.c_str());
  std::exit(1);
}

// One matrix of a model, `count` times, with rows to multiply. Element T: float or int8_t.
template <typename T>
struct Matrices {
  Matrices(const Shape& s, size_t most_count)
      : shape(s), count(std::max<size_t>(1, std::min(most_count, kMostBytes / (s.k * s.n * sizeof(T))))),
        weights(count * s.k * s.n), scale(s.n, 0.01f), sums(s.n, 3) {
    std::mt19937 random(1);
    for (size_t i = 0; i < weights.size(); ++i) {
      if constexpr (sizeof(T) == 4) {
        weights.data()[i] = static_cast<float>(random() % 201) * 0.01f - 1.0f;
      } else {
        weights.data()[i] = static_cast<int8_t>(random() % 129 - 64);
      }
    }
    for (size_t i = 0; i < count; ++i) {
      theirs.push_back([&] {
        if constexpr (sizeof(T) == 4) return OneDnnMatrix::create(at(i), shape.n / 16, shape.k);
        else return OneDnnMatrix::create(packed(i));
      }());
    }
  }
  const T* at(size_t i) const { return weights.data() + i * shape.k * shape.n; }
  kernels::WeightsS8 packed(size_t i) const {
    if constexpr (sizeof(T) == 1) {
      return {at(i), shape.n / 16, shape.k, scale.data(), sums.data(), scale.data()};
    } else {
      return {};
    }
  }

  Shape shape;
  size_t count;
  AlignedBuffer<T> weights;
  std::vector<float> scale;
  std::vector<int32_t> sums;
  std::vector<OneDnnMatrix> theirs;
};

// Rows for either, dense and at the engine's distance.
struct Rows {
  Rows() : floats(kMostRows * (3072 + 16)), bytes(kMostRows * (3072 + 64)), out(kMostRows * (3072 + 16)) {
    std::mt19937 random(2);
    for (size_t i = 0; i < floats.size(); ++i) {
      floats.data()[i] = static_cast<float>(random() % 201) * 0.01f - 1.0f;
    }
    for (size_t i = 0; i < bytes.size(); ++i) bytes.data()[i] = static_cast<uint8_t>(random());
    scale.assign(kMostRows, 0.01f);
    zero.assign(kMostRows, 100);
  }
  AlignedBuffer<float> floats;
  AlignedBuffer<uint8_t> bytes;
  AlignedBuffer<float> out;
  std::vector<float> scale;
  std::vector<int32_t> zero;
};

void run_ours(const kernels::Kernels& kernels, const Matrices<float>& x, Rows& rows, size_t m) {
  for (size_t i = 0; i < x.count; ++i) {
    kernels.gemm_f32(rows.floats.data(), x.shape.k + 16, m, x.at(i), x.shape.n / 16, x.shape.k,
                     rows.out.data(), x.shape.n + 16);
  }
}

void run_ours(const kernels::Kernels& kernels, const Matrices<int8_t>& x, Rows& rows, size_t m) {
  const kernels::QuantizedRows a{rows.bytes.data(), x.shape.k + 64, rows.scale.data(), rows.zero.data()};
  for (size_t i = 0; i < x.count; ++i) {
    kernels.gemm_s8(a, m, x.packed(i), rows.out.data(), x.shape.n + 16);
  }
}

void run_theirs(const Matrices<float>& x, Rows& rows, size_t m) {
  for (const OneDnnMatrix& matrix : x.theirs) {
    stop_unless(matrix.gemm_f32(rows.floats.data(), x.shape.k, m, rows.out.data(), x.shape.n));
  }
}

void run_theirs(const Matrices<int8_t>& x, Rows& rows, size_t m) {
  const kernels::QuantizedRows a{rows.bytes.data(), x.shape.k, rows.scale.data(), rows.zero.data()};
  for (const OneDnnMatrix& matrix : x.theirs) {
    stop_unless(matrix.sums_s8(a, m, reinterpret_cast<int32_t*>(rows.out.data()), x.shape.n));
  }
}

template <typename F>
double seconds_of(F f) {
  const double start = thread_seconds();
  f();
  return thread_seconds() - start;
}

double median(std::vector<double> x) {
  std::nth_element(x.begin(), x.begin() + static_cast<ptrdiff_t>(x.size() / 2), x.end());
  return x[x.size() / 2];
}

struct Summary {
  double log_sum = 0, least = 1e9;
  size_t cells = 0;
  std::string least_at, codes;

  void add(double ratio, const std::string& where) {
    log_sum += std::log(ratio);
    ++cells;
    if (ratio < least) {
      least = ratio;
      least_at = where;
    }
  }
};

template <typename T>
void line(const kernels::Kernels& kernels, Matrices<T>& x, Rows& rows, Summary& summary) {
  std::printf("    %-11s %4zu x %4zu ", x.shape.name, x.shape.k, x.shape.n);
  for (const size_t m : kRows) {
    for (OneDnnMatrix& matrix : x.theirs) stop_unless(matrix.prepare(m, x.shape.k, x.shape.n));
    const std::string code = x.theirs[0].implementation(m, x.shape.k, x.shape.n);
    if (summary.codes.find(code) == std::string::npos) summary.codes += " " + code;
    run_ours(kernels, x, rows, m);
    run_theirs(x, rows, m);
    std::vector<double> ours, theirs;
    for (int round = 0; round < (m <= 64 ? 9 : 5); ++round) {
      ours.push_back(seconds_of([&] { run_ours(kernels, x, rows, m); }));
      theirs.push_back(seconds_of([&] { run_theirs(x, rows, m); }));
    }
    const double ratio = median(theirs) / median(ours);
    const auto operations = static_cast<double>(2 * m * x.shape.k * x.shape.n * x.count);
    std::printf("  %5.2f (%4.0f)", ratio, operations / median(ours) / 1e9);
    std::fflush(stdout);
    summary.add(ratio, std::string(x.shape.name) + " at M " + std::to_string(m));
  }
  std::printf("\n");
}

template <typename T>
void table(const char* type, const kernels::Kernels& kernels, const Model& model, Rows& rows) {
  const size_t h = model.width;
  const Shape shapes[] = {
      {"Q, K, V", h, 3 * h}, {"output", h, h}, {"wide", h, 4 * h}, {"narrow", 4 * h, h}};
  const size_t weights = model.layers * 12 * h * h;
  std::printf("  %s %s: times as fast as oneDNN (Linnet's Gop/s)\n    %-24s", model.name, type, "M");
  for (const size_t m : kRows) std::printf("  %12zu", m);
  std::printf("\n");
  Summary summary;
  for (const Shape& shape : shapes) {
    Matrices<T> matrices(shape, weights / (shape.k * shape.n));
    line(kernels, matrices, rows, summary);
  }
  std::printf("    geometric mean %.2f, least %.2f (%s); oneDNN ran%s\n",
              std::exp(summary.log_sum / static_cast<double>(summary.cells)), summary.least,
              summary.least_at.c_str(), summary.codes.c_str());
}

// What oneDNN calls each tier; it reads the name when it is first used.
const char* onednn_isa(Isa isa) {
  switch (isa) {
    case Isa::kScalar: return nullptr;
    case Isa::kAvx2: return "AVX2";
    case Isa::kAvx2Vnni: return "AVX2_VNNI";
    case Isa::kAvx512: return "AVX512_CORE";
    case Isa::kAvx512Vnni: return "AVX512_CORE_VNNI";
    case Isa::kAvx512Amx: return "AVX512_CORE_AMX";
  }
  return nullptr;
}

int run(const char* tier) {
  for (size_t i = 0; i < kernels::kNumIsas; ++i) {
    const auto isa = static_cast<Isa>(i);
    if (std::strcmp(kernels::isa_name(isa), tier) != 0 || onednn_isa(isa) == nullptr) continue;
    if (!kernels::isa_supported(isa)) {
      std::fprintf(stderr, "onednn_shares: this CPU has no %s\n", tier);
      return 1;
    }
    ::setenv("DNNL_MAX_CPU_ISA", onednn_isa(isa), 1);
    std::printf("%s against oneDNN %s held to %s\n", tier, engine::onednn_version().c_str(),
                onednn_isa(isa));
    const kernels::Kernels& kernels = kernels::kernels_for(isa);
    Rows rows;
    for (const Model& model : kModels) {
      table<float>("fp32", kernels, model, rows);
      table<int8_t>("int8", kernels, model, rows);
    }
    return 0;
  }
  std::fprintf(stderr, "onednn_shares: no tier '%s'; expected avx2, avx2-vnni, avx512, avx512-vnni or avx512-amx\n",
               tier);
  return 1;
}

}  // namespace
}  // namespace linnet::bench

int main(int argc, char** argv) {
  using namespace linnet;
  return bench::run(argc > 1 ? argv[1] : kernels::isa_name(kernels::best_isa()));
}
