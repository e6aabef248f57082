// tests/kernels/tiers_under_test.h - every compilation of every tier that this CPU can run.
#pragma once

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/tiers.h"

namespace linnet::tests {

struct TierUnderTest {
  std::string name;
  const kernels::Kernels* kernels;
};

// The portable scalar tier first: the others have to give its bits. LINNET_TEST_TIERS=best, for CPUs that are emulated
// and slow: of the others the best alone.
inline std::vector<TierUnderTest> tiers_under_test() {
  using kernels::Isa;
  std::vector<TierUnderTest> tiers = {{"scalar portable", &kernels::kScalarPortable}};
  if (kernels::isa_supported(Isa::kAvx2)) tiers.push_back({"scalar fma", &kernels::kScalarFma});
  for (const Isa isa : {Isa::kAvx2, Isa::kAvx2Vnni, Isa::kAvx512, Isa::kAvx512Vnni, Isa::kAvx512Amx}) {
    if (kernels::isa_supported(isa)) {
      tiers.push_back({kernels::isa_name(isa), &kernels::kernels_for(isa)});
    }
  }
  const char* wanted = std::getenv("LINNET_TEST_TIERS");
  if (wanted != nullptr && std::string_view(wanted) == "best" && tiers.size() > 1) {
    tiers.erase(tiers.begin() + 1, tiers.end() - 1);
  }
  return tiers;
}

constexpr float kCanary = -12345.678f;

// rows x n values at a distance of ld, canaries between the rows and `margin` floats of them around all.
class Matrix {
 public:
  Matrix(size_t rows, size_t n, size_t ld) : rows_(rows), n_(n), ld_(ld) {
    all_.assign(kMargin + rows * ld + kMargin, kCanary);
  }
  float* data() { return all_.data() + kMargin; }
  const float* data() const { return all_.data() + kMargin; }
  float& at(size_t i, size_t j) { return data()[i * ld_ + j]; }
  float at(size_t i, size_t j) const { return data()[i * ld_ + j]; }
  size_t ld() const { return ld_; }

  template <typename Random>
  void fill(Random&& random) {
    for (size_t i = 0; i < rows_; ++i) {
      for (size_t j = 0; j < n_; ++j) at(i, j) = random();
    }
  }
  bool canaries_live() const {
    for (size_t k = 0; k < all_.size(); ++k) {
      const bool inside = k >= kMargin && k < kMargin + rows_ * ld_ && (k - kMargin) % ld_ < n_;
      if (!inside && all_[k] != kCanary) return false;
    }
    return true;
  }
  bool same_bits(const Matrix& other) const {
    return std::memcmp(all_.data(), other.all_.data(), all_.size() * sizeof(float)) == 0;
  }

 private:
  static constexpr size_t kMargin = 64;
  size_t rows_, n_, ld_;
  std::vector<float> all_;
};

// Numbers of many sizes, some of them special.
class RandomFloats {
 public:
  explicit RandomFloats(uint32_t seed) : engine_(seed) {}
  float operator()() {
    const uint32_t kind = engine_() % 64;
    if (kind == 0) return 0.0f;
    if (kind == 1) return -0.0f;
    if (kind == 2) return 1e-40f;  // subnormal
    return normal_(engine_);
  }
  float positive() { return 0.5f + std::abs(normal_(engine_)); }

 private:
  std::mt19937 engine_;
  std::normal_distribution<float> normal_;
};

}  // namespace linnet::tests
