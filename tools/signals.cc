#include "tools/signals.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace linnet::tools {
namespace {

char temporary_file[PATH_MAX];  // static memory: a signal handler may read nothing else
volatile std::sig_atomic_t has_temporary_file = 0;

void remove_and_die(int number) {
  if (has_temporary_file != 0) ::unlink(temporary_file);
  // SA_RESETHAND has restored the default action; the signal arrives when the handler returns.
  ::raise(number);
}

std::atomic<int> asked_by{0};
std::atomic<int> stop_event{-1};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may use nothing else");

void ask_to_stop(int number) {
  const int saved = errno;
  asked_by = number;
  const uint64_t one = 1;
  // A full counter is readable as well.
  [[maybe_unused]] const ssize_t written = ::write(stop_event, &one, sizeof one);
  errno = saved;
}

// Once: SA_RESETHAND. A signal that the parent has made ignored (nohup) stays ignored.
void on_signal(int number, void (*handler)(int)) {
  struct sigaction current {};
  if (::sigaction(number, nullptr, &current) != 0 || current.sa_handler == SIG_IGN) return;
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESETHAND;
  ::sigaction(number, &action, nullptr);
}

constexpr int kEnding[] = {SIGINT, SIGTERM, SIGHUP};

// /dev/null the wrong way round: reading standard input or writing standard output still fails.
void occupy(int fd) {
  if (::fcntl(fd, F_GETFD) != -1) return;
  const int opened = ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  if (opened >= 0 && opened != fd) {
    ::dup2(opened, fd);
    ::close(opened);
  }
}

}  // namespace

void prepare_process() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  for (const int number : kEnding) on_signal(number, remove_and_die);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) occupy(fd);
}

void set_temporary_file(const std::string& path) {
  has_temporary_file = 0;
  if (path.empty() || path.size() >= sizeof temporary_file) return;
  std::memcpy(temporary_file, path.c_str(), path.size() + 1);
  has_temporary_file = 1;
}

void stop_gently() {
  if (stop_event < 0) stop_event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  for (const int number : kEnding) on_signal(number, ask_to_stop);
}

int stop_signal() { return asked_by; }

void stop_reading() {
  int nobody = 0;
  asked_by.compare_exchange_strong(nobody, kStopByProgram);
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(stop_event, &one, sizeof one);
}
int stop_descriptor() { return stop_event; }

void die_of_stop_signal() {
  const int number = asked_by;
  std::signal(number, SIG_DFL);
  ::raise(number);
  std::_Exit(128 + number);  // where it is blocked
}

}  // namespace linnet::tools
