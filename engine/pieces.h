// engine/pieces.h - work in pieces, which any thread may do in any order.
#pragma once

#include <atomic>
#include <cstddef>
#include <new>

#include "engine/threads.h"
#include "kernels/float_env.h"

namespace linnet::engine {

// Calls piece(i, worker) for each i from begin to end - 1, once. Throws std::bad_alloc where a piece did, the only
// thing that a piece may throw.
template <typename Piece>
void run_pieces(Threads& threads, size_t begin, size_t end, const Piece& piece) {
  std::atomic<size_t> next{begin};
  std::atomic<bool> enough_memory{true};
  threads.run([&](uint32_t worker) {
    const kernels::FloatEnv float_env;
    try {
      for (size_t i = next++; i < end; i = next++) piece(i, worker);
    } catch (const std::bad_alloc&) {
      enough_memory = false;
    }
  });
  if (!enough_memory) throw std::bad_alloc();
}

}  // namespace linnet::engine
