#include "tools/bench_machine.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <numeric>
#include <string_view>
#include <thread>

#include "linnet/embedder.h"
#include "linnet/machine.h"
#include "tools/bench_measure.h"
#include "tools/system_error.h"

namespace linnet::tools {
namespace {

Status embed_texts(const Model& model, uint32_t threads, const std::vector<std::string>& texts) {
  auto embedder = Embedder::create(model, {.num_threads = threads});
  if (!embedder.ok()) return embedder.status();
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<float> vectors(texts.size() * embedder.value().dimension());
  return embedder.value().embed(views, vectors);
}

// Done twice, and the second time counts: the first may wait for a disk.
Result<double> milliseconds_of(const std::function<Status()>& work) {
  double last = 0;
  for (int i = 0; i < 2; ++i) {
    const auto start = std::chrono::steady_clock::now();
    if (Status status = work(); !status.ok()) return status;
    last = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  }
  return last;
}

}  // namespace

double peak_of(uint32_t threads, const std::string& isa, double (*measure)(const std::string& isa)) {
  std::vector<double> peaks(threads);
  std::vector<std::thread> others;
  for (uint32_t i = 1; i < threads; ++i) {
    others.emplace_back([&, i] { peaks[i] = measure(isa); });
  }
  peaks[0] = measure(isa);
  for (std::thread& other : others) other.join();
  return std::accumulate(peaks.begin(), peaks.end(), 0.0);
}

double process_cpu_seconds() {
  timespec time;
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

Result<OpenTimes> measure_open(const std::string& path, const OpenOptions& options, const std::string& text) {
  OpenTimes times;
  const auto open = [&](bool verify, bool embed) {
    return milliseconds_of([&] {
      OpenOptions checked = options;
      checked.verify_tensors = verify;
      const Result<Model> model = Model::open(path, checked);
      if (!model.ok()) return model.status();
      return embed ? embed_texts(model.value(), 1, {text}) : Status{};
    });
  };
  for (const auto& [time, verify, embed] : {std::tuple(&times.open, false, false),
                                            std::tuple(&times.open_checked, true, false),
                                            std::tuple(&times.first_vector, false, true)}) {
    const Result<double> measured = open(verify, embed);
    if (!measured.ok()) return measured.status();
    *time = measured.value();
  }
  return times;
}

Result<uint64_t> measure_memory(const std::string& path, const OpenOptions& options, uint32_t threads,
                                size_t length) {
  const pid_t child = ::fork();
  if (child < 0) return system_error("bench", "cannot start a process", errno);
  if (child == 0) {
    OpenOptions alone = options;  // a check would read what a user's process does not
    alone.verify_tensors = false;
    const Result<Model> model = Model::open(path, alone);
    if (!model.ok()) ::_exit(1);
    const auto texts = texts_of_length(model.value(), length, size_t{16} * threads);
    const bool done = texts.ok() && embed_texts(model.value(), threads, texts.value()).ok();
    ::_exit(done ? 0 : 1);  // no destructor of this process's may run twice
  }
  int status = 0;
  struct rusage usage {};
  while (::wait4(child, &status, 0, &usage) < 0) {
    if (errno != EINTR) return system_error("bench", "cannot wait for a process", errno);
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return Status{Code::kIo, "the process that measures memory failed"};
  }
  return static_cast<uint64_t>(usage.ru_maxrss);
}

}  // namespace linnet::tools
