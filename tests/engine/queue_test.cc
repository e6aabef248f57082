// The event queue: every text is answered once and with the bits it has alone, whoever else is there;
// cancelled, refused and closed as the header says. ThreadSanitizer runs this too.
#include "linnet/queue.h"

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "linnet/linnet.h"
#include "tests/engine/embed_all.h"

namespace linnet {
namespace {

using namespace std::chrono_literals;
using tests::embed_all;
using tests::open_model;

const std::string kTiny = LINNET_SOURCE_DIR "/tests/golden/tiny_bert";

EmbedQueue make_queue(const QueueOptions& options) {
  auto queue = EmbedQueue::create(open_model(kTiny), options);
  EXPECT_TRUE(queue.ok()) << queue.status().message;
  return std::move(queue.value());
}

// A callback that keeps the queue's thread until it is let go, so that a test knows what is waiting.
struct Gate {
  std::promise<void> reached, opened;
  std::shared_future<void> open = opened.get_future().share();

  EmbedQueue::Callback callback() {
    return [this](const Status&, std::span<const float>) {
      reached.set_value();
      open.wait();
    };
  }
};

TEST(Queue, GivesEveryThreadItsOwnVectors) {
  const std::vector<std::string> texts = tests::various_texts();
  const std::vector<float> expected = embed_all(open_model(kTiny), texts, 1);
  for (const uint32_t workers : {1u, 3u}) {
    for (const auto gather : {0us, 300us}) {
      EmbedQueue queue = make_queue({.embed = {.num_threads = workers}, .max_batch = 16, .gather = gather});
      const size_t dimension = queue.dimension();
      std::vector<std::thread> threads;
      std::atomic<int> wrong{0};
      for (size_t t = 0; t < 6; ++t) {
        threads.emplace_back([&, t] {
          for (size_t i = t; i < texts.size(); i += 5) {
            const auto answer = queue.submit(texts[i]).get();
            const bool same = answer.ok() && answer.value().size() == dimension &&
                              std::memcmp(answer.value().data(), expected.data() + i * dimension,
                                          dimension * sizeof(float)) == 0;
            if (!same) ++wrong;
          }
        });
      }
      for (std::thread& thread : threads) thread.join();
      EXPECT_EQ(wrong, 0) << workers << " workers, " << gather.count() << " us";
    }
  }
}

TEST(Queue, AnswersInTheOrderOfSubmission) {
  EmbedQueue queue = make_queue({.max_batch = 7});
  std::vector<int> order;  // written by the queue's thread alone
  for (int i = 0; i < 100; ++i) {
    const auto ticket = queue.submit("text", [&order, i](const Status& status, std::span<const float>) {
      EXPECT_TRUE(status.ok());
      order.push_back(i);
    });
    ASSERT_TRUE(ticket.ok());
  }
  queue.drain();
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<size_t>(i)], i);
}

TEST(Queue, RefusesWhatItHasNoRoomFor) {
  Gate gate;
  EmbedQueue queue = make_queue({.capacity = 2});
  ASSERT_TRUE(queue.submit("first", gate.callback()).ok());
  gate.reached.get_future().wait();  // now two more may wait
  auto second = queue.submit("second"), third = queue.submit("third");
  const auto fourth = queue.submit("fourth").get();
  EXPECT_EQ(fourth.status().code, Code::kBusy);
  EXPECT_EQ(fourth.status().message, "the queue is full, 2 texts are waiting");
  gate.opened.set_value();
  EXPECT_TRUE(second.get().ok());
  EXPECT_TRUE(third.get().ok());
}

TEST(Queue, WaitsForRoomWhereAsked) {
  EmbedQueue queue = make_queue({.capacity = 1, .wait_when_full = true});
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        const auto ticket = queue.submit("a text", [&](const Status& status, std::span<const float>) {
          if (status.ok()) ++answered;
        });
        EXPECT_TRUE(ticket.ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  queue.drain();
  EXPECT_EQ(answered, 100);
}

TEST(Queue, CancelsWhatStillWaits) {
  Gate gate;
  EmbedQueue queue = make_queue({});
  const auto first = queue.submit("first", gate.callback());
  gate.reached.get_future().wait();
  std::atomic<int> cancelled{0}, answered{0};
  const auto count = [&](const Status& status, std::span<const float> vector) {
    ++(status.code == Code::kCancelled && vector.empty() ? cancelled : answered);
  };
  const auto second = queue.submit("second", count), third = queue.submit("third", count);
  ASSERT_TRUE(second.ok() && third.ok());
  EXPECT_TRUE(queue.cancel(second.value()));
  EXPECT_EQ(cancelled, 1);
  EXPECT_FALSE(queue.cancel(second.value()));  // once
  EXPECT_FALSE(queue.cancel(first.value()));   // under way
  EXPECT_FALSE(queue.cancel(12345));           // never was
  gate.opened.set_value();
  queue.drain();
  EXPECT_EQ(answered, 1);
  EXPECT_EQ(cancelled, 1);
}

TEST(Queue, ClosesWithAnAnswerForEveryText) {
  Gate gate;
  std::atomic<int> cancelled{0};
  EmbedQueue queue = make_queue({});
  ASSERT_TRUE(queue.submit("first", gate.callback()).ok());
  gate.reached.get_future().wait();
  for (int i = 0; i < 10; ++i) {
    (void)queue.submit("later", [&](const Status& status, std::span<const float>) {
      if (status.code == Code::kCancelled) ++cancelled;
    });
  }
  std::thread closer([&] { queue.close(); });
  while (cancelled < 10) std::this_thread::yield();
  EXPECT_EQ(queue.submit("too late").get().status().code, Code::kCancelled);
  gate.opened.set_value();
  closer.join();
  queue.drain();  // nothing is left
}

TEST(Queue, ACallbackMaySubmit) {
  EmbedQueue queue = make_queue({});
  std::promise<Status> done;
  const auto ticket = queue.submit("one", [&](const Status&, std::span<const float>) {
    const auto inner = queue.submit(
        "two", [&](const Status& status, std::span<const float>) { done.set_value(status); });
    EXPECT_TRUE(inner.ok());
  });
  ASSERT_TRUE(ticket.ok());
  EXPECT_TRUE(done.get_future().get().ok());
}

TEST(Queue, ACallbackDoesNotWaitForItself) {
  EmbedQueue queue = make_queue({.capacity = 1, .wait_when_full = true});
  std::promise<std::pair<Code, Code>> submitted;
  const auto ignore = [](const Status&, std::span<const float>) {};
  const auto ticket = queue.submit("one", [&](const Status&, std::span<const float>) {
    const Code two = queue.submit("two", ignore).status().code;
    submitted.set_value({two, queue.submit("three", ignore).status().code});
  });
  ASSERT_TRUE(ticket.ok());
  EXPECT_EQ(submitted.get_future().get(), std::pair(Code::kOk, Code::kBusy));
  queue.drain();
}

TEST(Queue, ManyMayCloseIt) {
  for (int round = 0; round < 50; ++round) {
    EmbedQueue queue = make_queue({});
    (void)queue.submit("a text");
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) threads.emplace_back([&] { queue.close(); });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(queue.submit("too late").get().status().code, Code::kCancelled);
  }
}

TEST(Queue, TakesLimitsThatMeanNone) {
  EmbedQueue queue = make_queue({.capacity = 3, .max_batch = SIZE_MAX, .gather = std::chrono::microseconds::max()});
  std::vector<std::future<Result<std::vector<float>>>> answers;
  answers.push_back(queue.submit("one"));
  answers.push_back(queue.submit("two"));
  EXPECT_EQ(answers[0].wait_for(50ms), std::future_status::timeout);  // the batch is not full
  answers.push_back(queue.submit("three"));
  for (auto& answer : answers) EXPECT_TRUE(answer.get().ok());
}

TEST(Queue, RefusesOptionsThatCannotBe) {
  const Model model = open_model(kTiny);
  for (const QueueOptions& options :
       {QueueOptions{.capacity = 0}, QueueOptions{.max_batch = 0}, QueueOptions{.gather = -1us},
        QueueOptions{.capacity = SIZE_MAX, .max_batch = SIZE_MAX}, QueueOptions{.embed = {.num_threads = 0}}}) {
    EXPECT_EQ(EmbedQueue::create(model, options).status().code, Code::kInvalidArgument);
  }
}

struct CAnswer {
  std::promise<std::pair<int, std::vector<float>>> promise;

  static void take(void* context, int code, const float* vector, size_t dimension) {
    static_cast<CAnswer*>(context)->promise.set_value({code, {vector, vector + dimension}});
  }
};

TEST(Queue, FromC) {
  linnet_model* model = nullptr;
  ASSERT_EQ(linnet_open(kTiny.c_str(), &model), LINNET_OK) << linnet_error_text();
  linnet_queue* queue = nullptr;
  ASSERT_EQ(linnet_queue_create(model, 2, 16, 100, &queue), LINNET_OK) << linnet_error_text();
  linnet_close(model);
  CAnswer answer;
  uint64_t ticket = 0;
  ASSERT_EQ(linnet_queue_submit(queue, "one text", 8, CAnswer::take, &answer, &ticket), LINNET_OK);
  const auto [code, vector] = answer.promise.get_future().get();
  EXPECT_EQ(code, LINNET_OK);
  EXPECT_TRUE(tests::same_bits(vector, embed_all(open_model(kTiny), {"one text"}, 1)));
  EXPECT_EQ(linnet_queue_cancel(queue, ticket), 0);
  EXPECT_EQ(linnet_queue_submit(queue, nullptr, 1, CAnswer::take, &answer, nullptr), LINNET_INVALID_ARGUMENT);
  EXPECT_EQ(linnet_queue_submit(queue, "a", 1, nullptr, nullptr, nullptr), LINNET_INVALID_ARGUMENT);
  linnet_queue_drain(queue);
  linnet_queue_free(queue);
}

}  // namespace
}  // namespace linnet
