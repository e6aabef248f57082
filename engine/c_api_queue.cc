// The queue of linnet/linnet.h over linnet/queue.h.
#include <algorithm>
#include <new>
#include <span>
#include <utility>

#include "engine/c_api_handle.h"
#include "linnet/queue.h"

struct linnet_queue {
  linnet::EmbedQueue queue;
};

using linnet::missing;

int linnet_queue_create(const linnet_model* model, uint32_t num_threads, size_t capacity,
                        uint32_t gather_us, linnet_queue** queue) try {
  if (queue == nullptr) return missing("queue");
  *queue = nullptr;
  if (model == nullptr) return missing("model");
  linnet::QueueOptions options = {.embed = {.num_threads = std::max(1u, num_threads)},
                                  .gather = std::chrono::microseconds(gather_us)};
  if (capacity != 0) options.capacity = capacity;
  linnet::Result<linnet::EmbedQueue> created = linnet::EmbedQueue::create(model->model, options);
  if (!created.ok()) return linnet::report_to_c(created.status());
  *queue = new linnet_queue{std::move(created.value())};
  return LINNET_OK;
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}

int linnet_queue_submit(linnet_queue* queue, const char* text, size_t bytes,
                        linnet_queue_callback answer, void* context, uint64_t* ticket) try {
  if (queue == nullptr) return missing("queue");
  if (answer == nullptr) return missing("answer");
  if (text == nullptr && bytes > 0) return missing("text");
  const auto submitted = queue->queue.submit(
      linnet::view(text, bytes),
      [answer, context](const linnet::Status& status, std::span<const float> vector) {
        answer(context, static_cast<int>(status.code), vector.data(), vector.size());
      });
  if (!submitted.ok()) return linnet::report_to_c(submitted.status());
  if (ticket != nullptr) *ticket = submitted.value();
  return LINNET_OK;
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}

int linnet_queue_cancel(linnet_queue* queue, uint64_t ticket) {
  return queue != nullptr && queue->queue.cancel(ticket) ? 1 : 0;
}

void linnet_queue_drain(linnet_queue* queue) {
  if (queue != nullptr) queue->queue.drain();
}

void linnet_queue_free(linnet_queue* queue) { delete queue; }
