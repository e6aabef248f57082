// linnet/queue.h over Embedder.
#include "linnet/queue.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "base/failure.h"
#include "engine/team.h"
#include "tokenizer/wordpiece.h"

namespace linnet {
namespace {

using Clock = std::chrono::steady_clock;

struct Waiting {
  uint64_t ticket;
  std::string text;
  EmbedQueue::Callback done;
  Clock::time_point arrived;
};

// A batch is never more than what may wait; and no sum of times overflows.
QueueOptions bounded(QueueOptions options) {
  options.max_batch = std::min(options.max_batch, options.capacity);
  options.gather = std::min<std::chrono::microseconds>(options.gather, std::chrono::hours(24 * 365));
  return options;
}

}  // namespace

struct EmbedQueue::Impl {
  Impl(Embedder made, const QueueOptions& given)
      : embedder(std::move(made)), options(bounded(given)), vectors(options.max_batch * embedder.dimension()) {
    batch.reserve(options.max_batch);
    views.reserve(options.max_batch);
  }

  Embedder embedder;
  const QueueOptions options;

  std::mutex mutex;
  std::condition_variable filled, freed, answered;
  std::deque<Waiting> waiting;
  uint64_t next_ticket = 1;
  uint64_t under_way = 0;  // the least ticket of the batch that is being answered; 0: there is none
  bool closed = false;
  std::atomic<uint32_t> submissions{0};  // changes with every text, for the thread that spins

  // Of the queue's thread alone.
  std::vector<Waiting> batch;
  std::vector<std::string_view> views;
  std::vector<float> vectors;
  std::thread thread;
  std::once_flag joined;
  std::thread::id thread_id;  // its name, from create(): join() takes the one that the thread itself has away

  bool full() const { return waiting.size() >= options.capacity; }

  // Moves the next batch to `batch`. False: the queue is closed.
  bool take_batch() {
    const uint32_t seen = submissions.load(std::memory_order_relaxed);
    std::unique_lock lock(mutex);
    if (waiting.empty() && !closed) {
      lock.unlock();
      engine::spin_while_equal(submissions, seen);  // after a request the next one is often near
      lock.lock();
    }
    filled.wait(lock, [&] { return closed || !waiting.empty(); });
    if (closed) return false;
    if (options.gather.count() > 0) {
      filled.wait_until(lock, waiting.front().arrived + options.gather, [&] {
        return closed || waiting.empty() || waiting.size() >= options.max_batch;
      });
    }
    if (closed) return false;
    if (!waiting.empty()) under_way = waiting.front().ticket;
    while (!waiting.empty() && batch.size() < options.max_batch) {
      batch.push_back(std::move(waiting.front()));
      waiting.pop_front();
    }
    lock.unlock();
    freed.notify_all();
    return true;
  }

  void answer_batch() {
    views.clear();
    for (const Waiting& item : batch) views.push_back(item.text);
    const size_t dimension = embedder.dimension();
    const std::span<float> found = std::span(vectors).first(batch.size() * dimension);
    const Status status = embedder.embed(views, found);
    for (size_t i = 0; i < batch.size(); ++i) {
      batch[i].done(status, status.ok() ? found.subspan(i * dimension, dimension) : std::span<float>());
    }
    batch.clear();
    {
      const std::lock_guard lock(mutex);
      under_way = 0;
    }
    answered.notify_all();
  }

  bool all_answered(uint64_t until) const {
    return (waiting.empty() || waiting.front().ticket > until) && (under_way == 0 || under_way > until);
  }

  void serve() {
    while (take_batch()) {
      if (!batch.empty()) answer_batch();  // empty: all were cancelled while they gathered
    }
  }

  // The callback of the text that waits longest; none: no text waits.
  Callback take_oldest() {
    const std::lock_guard lock(mutex);
    if (waiting.empty()) return {};
    Callback done = std::move(waiting.front().done);
    waiting.pop_front();
    return done;
  }

  void close() {
    {
      const std::lock_guard lock(mutex);
      closed = true;
    }
    submissions.fetch_add(1, std::memory_order_release);
    filled.notify_all();
    freed.notify_all();
    while (const Callback done = take_oldest()) done(base::failure(Code::kCancelled, "the queue was closed"), {});
    answered.notify_all();
    std::call_once(joined, [&] { thread.join(); });  // whoever comes second waits for the first
  }
};

Result<EmbedQueue> EmbedQueue::create(const Model& model, const QueueOptions& options) try {
  if (options.capacity < 1 || options.max_batch < 1 || options.gather.count() < 0) {
    return Status{Code::kInvalidArgument,
                  "capacity " + std::to_string(options.capacity) + ", max_batch " +
                      std::to_string(options.max_batch) + ", gather " +
                      std::to_string(options.gather.count()) + " us, expected at least 1, 1 and 0"};
  }
  constexpr size_t kMostBatch = 65536;
  if (std::min(options.max_batch, options.capacity) > kMostBatch) {
    return Status{Code::kInvalidArgument, "max_batch " + std::to_string(options.max_batch) +
                                              ", expected at most " + std::to_string(kMostBatch)};
  }
  auto embedder = Embedder::create(model, options.embed);
  if (!embedder.ok()) return embedder.status();
  auto impl = std::make_unique<Impl>(std::move(embedder.value()), options);
  impl->thread = std::thread([queue = impl.get()] { queue->serve(); });
  impl->thread_id = impl->thread.get_id();
  return EmbedQueue(std::move(impl));
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory for a queue");
} catch (const std::system_error& error) {
  return base::out_of_memory("cannot start the queue's thread: ", error.what());
}

EmbedQueue::EmbedQueue(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EmbedQueue::EmbedQueue(EmbedQueue&&) noexcept = default;
EmbedQueue& EmbedQueue::operator=(EmbedQueue&& other) noexcept {
  if (this != &other) {
    if (impl_) impl_->close();
    impl_ = std::move(other.impl_);
  }
  return *this;
}
EmbedQueue::~EmbedQueue() {
  if (impl_) impl_->close();
}

size_t EmbedQueue::dimension() const { return impl_->embedder.dimension(); }

Result<uint64_t> EmbedQueue::submit(std::string_view text, Callback done) try {
  if (Status s = tokenizer::check_text_size(text.size(), "the text has"); !s.ok()) return s;
  Waiting item{0, std::string(text), std::move(done), Clock::now()};
  uint64_t ticket = 0;
  {
    std::unique_lock lock(impl_->mutex);
    // The queue's own thread is the one that makes room: a callback does not wait for it.
    if (impl_->options.wait_when_full && std::this_thread::get_id() != impl_->thread_id) {
      impl_->freed.wait(lock, [&] { return impl_->closed || !impl_->full(); });
    }
    if (impl_->closed) return Status{Code::kCancelled, "the queue is closed"};
    if (impl_->full()) {
      return Status{Code::kBusy, "the queue is full, " + std::to_string(impl_->options.capacity) +
                                     " texts are waiting"};
    }
    item.ticket = ticket = impl_->next_ticket;
    impl_->waiting.push_back(std::move(item));
    ++impl_->next_ticket;
  }
  impl_->submissions.fetch_add(1, std::memory_order_release);
  impl_->filled.notify_one();
  return ticket;
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory for another text");
}

std::future<Result<std::vector<float>>> EmbedQueue::submit(std::string_view text) {
  using Answer = Result<std::vector<float>>;
  const auto promise = std::make_shared<std::promise<Answer>>();
  const auto ticket = submit(text, [promise](const Status& status, std::span<const float> vector) {
    if (!status.ok()) return promise->set_value(base::failure(status.code, status.message));
    try {
      promise->set_value(std::vector<float>(vector.begin(), vector.end()));
    } catch (const std::bad_alloc&) {
      promise->set_value(base::out_of_memory("not enough memory for a vector"));
    }
  });
  if (!ticket.ok()) promise->set_value(base::failure(ticket.status().code, ticket.status().message));
  return promise->get_future();
}

bool EmbedQueue::cancel(uint64_t ticket) {
  Callback done;
  {
    const std::lock_guard lock(impl_->mutex);
    const auto found = std::find_if(impl_->waiting.begin(), impl_->waiting.end(),
                                    [&](const Waiting& item) { return item.ticket == ticket; });
    if (found == impl_->waiting.end()) return false;
    done = std::move(found->done);
    impl_->waiting.erase(found);
  }
  impl_->freed.notify_one();
  done(base::failure(Code::kCancelled, "the text was cancelled"), {});
  impl_->answered.notify_all();
  return true;
}

void EmbedQueue::drain() {
  std::unique_lock lock(impl_->mutex);
  const uint64_t until = impl_->next_ticket - 1;
  impl_->answered.wait(lock, [&] { return impl_->all_answered(until); });
}

void EmbedQueue::close() { impl_->close(); }

}  // namespace linnet
