#include "tools/signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <climits>
#include <csignal>
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

void die_cleanly_on(int number) {
  struct sigaction current {};
  if (::sigaction(number, nullptr, &current) != 0 || current.sa_handler == SIG_IGN) return;
  struct sigaction action {};
  action.sa_handler = remove_and_die;
  action.sa_flags = SA_RESETHAND;
  ::sigaction(number, &action, nullptr);
}

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
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) die_cleanly_on(number);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) occupy(fd);
}

void set_temporary_file(const std::string& path) {
  has_temporary_file = 0;
  if (path.empty() || path.size() >= sizeof temporary_file) return;
  std::memcpy(temporary_file, path.c_str(), path.size() + 1);
  has_temporary_file = 1;
}

}  // namespace linnet::tools
