// ask_and_answer LINNET MODEL TEXTS [OPTION...]: what asking a running `linnet embed` costs over calling the library.
//
// Sends the lines of TEXTS, at most 1,000, to `LINNET embed -q -m MODEL --format f32 OPTION...` through a pipe, one at
// a time, each after the answer to the one before; then embeds the same lines by the library, one a call, with as many
// threads as CPUs are allowed. Prints the quantiles of both.
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "linnet/embedder.h"
#include "linnet/model.h"

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "ask_and_answer: %s\n", what.c_str());
  std::exit(1);
}

struct Program {
  pid_t pid;
  int to, from;
};

Program start(std::vector<std::string> words) {
  int to[2], from[2];
  if (::pipe(to) != 0 || ::pipe(from) != 0) fail("no pipes");
  const pid_t pid = ::fork();
  if (pid < 0) fail("cannot fork");
  if (pid == 0) {
    ::dup2(to[0], STDIN_FILENO);
    ::dup2(from[1], STDOUT_FILENO);
    for (const int fd : {to[0], to[1], from[0], from[1]}) ::close(fd);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(to[0]);
  ::close(from[1]);
  return {pid, to[1], from[0]};
}

// Microseconds until the answer is there.
double ask(const Program& program, const std::string& text, std::vector<float>& vector) {
  const std::string line = text + "\n";
  const auto begin = Clock::now();
  if (::write(program.to, line.data(), line.size()) != static_cast<ssize_t>(line.size())) fail("cannot ask");
  auto* out = reinterpret_cast<char*>(vector.data());
  for (size_t missing = vector.size() * sizeof(float); missing > 0;) {
    const ssize_t got = ::read(program.from, out, missing);
    if (got <= 0) fail("no answer to: " + text);
    out += got;
    missing -= static_cast<size_t>(got);
  }
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

void print(const char* name, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  const auto at = [&](double q) { return times[static_cast<size_t>(q * static_cast<double>(times.size() - 1))] / 1e3; };
  std::printf("%-8s %zu answers: p50 %.3f ms, p90 %.3f, p99 %.3f\n", name, times.size(), at(0.5), at(0.9), at(0.99));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) fail("usage: ask_and_answer LINNET MODEL TEXTS [OPTION...]");
  std::vector<std::string> texts;
  std::ifstream file(argv[3]);
  for (std::string line; texts.size() < 1000 && std::getline(file, line);) texts.push_back(line);
  if (texts.empty()) fail(std::string(argv[3]) + ": no lines");

  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) fail("no affinity mask");
  const auto model = linnet::Model::open(argv[2]);
  if (!model.ok()) fail(model.status().message);
  auto embedder =
      linnet::Embedder::create(model.value(), {.num_threads = static_cast<uint32_t>(CPU_COUNT(&allowed))});
  if (!embedder.ok()) fail(embedder.status().message);
  std::vector<float> answer(embedder.value().dimension()), expected(answer.size());

  std::vector<std::string> words{argv[1], "embed", "-q", "-m", argv[2], "--format", "f32"};
  words.insert(words.end(), argv + 4, argv + argc);
  const Program program = start(words);
  for (size_t i = 0; i < 20; ++i) ask(program, texts[i % texts.size()], answer);  // while it starts
  std::vector<double> asked, called;
  for (const std::string& text : texts) {
    asked.push_back(ask(program, text, answer));
    const std::string_view view = text;
    const auto begin = Clock::now();
    if (!embedder.value().embed({&view, 1}, expected).ok()) fail("embed");
    called.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
    if (std::memcmp(answer.data(), expected.data(), answer.size() * sizeof(float)) != 0) {
      fail("the program and the library differ: " + text);
    }
  }
  ::close(program.to);
  ::waitpid(program.pid, nullptr, 0);
  print("program", asked);
  print("library", called);
}
