// tools/blocking_queue.h - hands pointers from one thread to another, in order.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

namespace linnet::tools {

// Bounded by how many things there are to hand over.
template <typename T>
class BlockingQueue {
 public:
  void push(T* item) {
    {
      const std::lock_guard lock(mutex_);
      items_.push_back(item);
    }
    changed_.notify_one();
  }

  // Waits for an item. Null: the queue was closed; what was left in it is not given any more.
  T* pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !items_.empty(); });
    return take();
  }

  // The same, but waits until then at most. Null: nothing has come, or the queue was closed.
  T* pop_until(std::chrono::steady_clock::time_point end) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, end, [&] { return closed_ || !items_.empty(); });
    return take();
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }

 private:
  T* take() {
    if (closed_ || items_.empty()) return nullptr;
    T* item = items_.front();
    items_.pop_front();
    return item;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T*> items_;
  bool closed_ = false;
};

}  // namespace linnet::tools
