// kernels/unroll.h - loops over registers, written out by the compiler whatever their size: an array that is
// indexed by anything but constants lies in memory.
#pragma once

#include <stddef.h>

namespace linnet::kernels {
namespace {

template <size_t I>
struct Index {
  constexpr operator size_t() const { return I; }
};

// f(Index<0>()), f(Index<1>()), ... f(Index<N - 1>()).
template <size_t N, typename F>
[[gnu::always_inline]] inline void unroll(F&& f) {
  if constexpr (N > 0) {
    unroll<N - 1>(f);
    f(Index<N - 1>());
  }
}

}  // namespace
}  // namespace linnet::kernels
