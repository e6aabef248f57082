// linnet/queue.h - single texts from many threads, embedded together.
//
//   auto queue = linnet::EmbedQueue::create(model);
//   std::future<linnet::Result<std::vector<float>>> answer = queue.value().submit("a text");
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "linnet/embedder.h"
#include "linnet/model.h"
#include "linnet/status.h"

namespace linnet {

struct QueueOptions {
  EmbedOptions embed = {};
  size_t capacity = 1024;   // texts that wait at most
  size_t max_batch = 64;    // texts that are embedded together at most, up to 65536
  std::chrono::microseconds gather{0};  // how long the first text of a batch waits for others; 0: the batch
                                        // is what is already waiting
  bool wait_when_full = false;          // submit() waits for room instead of failing with kBusy, except in a
                                        // callback, which would wait for itself
};

// One thread of its own takes what waits, embeds it with embed.num_threads workers and answers. A text's
// vector does not depend on what it was embedded with. All functions may be called by any thread, and
// submit() and cancel() by a callback too.
//
// Every text that submit() took is answered exactly once: with its vector, with the failure of its batch
// (kOutOfMemory), or with kCancelled.
class EmbedQueue {
 public:
  // Called once, by the queue's thread, or for a cancelled text by the thread that cancels it. The vector
  // [dimension()] is there until the callback returns, and empty on failure. It must not throw, and other
  // texts wait while it runs.
  using Callback = std::function<void(const Status& status, std::span<const float> vector)>;

  static Result<EmbedQueue> create(const Model& model, const QueueOptions& options = {});
  EmbedQueue(EmbedQueue&&) noexcept;
  EmbedQueue& operator=(EmbedQueue&&) noexcept;
  ~EmbedQueue();  // close()

  size_t dimension() const;

  // Copies the text. On failure nothing is called: kBusy when the queue is full, kCancelled when it is
  // closed. The value is a ticket for cancel().
  Result<uint64_t> submit(std::string_view text, Callback done);

  // The same with a future, which is ready at once where the other fails. Throws std::bad_alloc where there is no
  // memory for the future itself.
  std::future<Result<std::vector<float>>> submit(std::string_view text);

  // True: the text was still waiting, and has been answered with kCancelled. False: it has been answered,
  // or soon will be.
  bool cancel(uint64_t ticket);

  void drain();  // returns when every text submitted before has been answered or is being cancelled; not from a
                 // callback
  void close();  // takes no more texts, cancels those that wait, returns when the batch under way has been
                 // answered; not from a callback

 private:
  struct Impl;
  explicit EmbedQueue(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet
