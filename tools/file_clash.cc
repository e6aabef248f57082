#include "tools/file_clash.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tools/file_names.h"
#include "tools/model_path.h"
#include "tools/system_error.h"

namespace linnet::tools {
namespace {

namespace fs = std::filesystem;

// Which file it is, whatever its name.
struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  std::string path;  // resolved; of one that is not there yet
  bool operator==(const FileId&) const = default;
};

struct UsedFile {
  std::string name;  // "the input a.txt", "-o b.npy"
  FileId id;
  std::string owner;             // the option or stream it is written by; "": it is read
  bool by_descriptor = false;    // what is in it stays, and others may write it through descriptors, too
};

// Nothing for a folder, a device, a pipe: no name of theirs is replaced, and what is in them does not get lost.
std::optional<FileId> id_of(const struct stat& info) {
  if (!S_ISREG(info.st_mode)) return std::nullopt;
  return FileId{info.st_dev, info.st_ino, ""};
}

std::optional<FileId> id_of_path(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) return id_of(info);
  const std::string target = link_target(path), folder = folder_of(target);
  char* resolved = ::realpath(folder.empty() ? "." : folder.c_str(), nullptr);
  if (resolved == nullptr) return std::nullopt;  // it cannot be written, as will be said
  const std::string place = resolved;
  std::free(resolved);
  return FileId{0, 0, place + "/" + target.substr(folder.size())};
}

std::optional<FileId> id_of_descriptor(int descriptor) {
  struct stat info {};
  return ::fstat(descriptor, &info) == 0 ? id_of(info) : std::nullopt;
}

void add(const std::string& name, std::optional<FileId> id, const std::string& owner, bool by_descriptor,
         std::vector<UsedFile>& files) {
  if (id) files.push_back({name, std::move(*id), owner, by_descriptor});
}

void add_read(const std::string& name, const std::string& path, std::vector<UsedFile>& files) {
  add(name, id_of_path(path), "", false, files);
}

// What an import reads of a folder, and of those in it.
bool is_of_model(const fs::path& path) {
  const std::string suffix = path.extension().string();
  return suffix == ".json" || suffix == ".safetensors" || path.filename() == "vocab.txt";
}

// A .linnet file, or the files of a folder.
void add_model(const std::string& option, const std::string& name, std::vector<UsedFile>& files) {
  const Result<std::string> found = find_model(name);
  if (!found.ok()) return;  // as will be said
  std::error_code error;
  if (!fs::is_directory(found.value(), error)) return add_read(option + " " + name, found.value(), files);
  auto entry = fs::recursive_directory_iterator(found.value(), fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (entry.depth() > 0) entry.disable_recursion_pending();
    if (!is_of_model(entry->path())) continue;
    add_read("the model's " + entry->path().string(), entry->path().string(), files);
  }
}

void add_inputs(const Arguments& args, std::vector<UsedFile>& files) {
  const bool are_models = args.command() == "import" || args.command() == "inspect";
  const std::vector<std::string> given = args.files();
  for (const std::string& path : given) {
    if (are_models) {
      add_model("the model", path, files);
    } else if (path == "-") {
      add("standard input", id_of_descriptor(STDIN_FILENO), "", false, files);
    } else {
      add_read("the input " + path, path, files);
    }
  }
  if (given.empty() && args.values("text").empty() && !are_models) {
    add("standard input", id_of_descriptor(STDIN_FILENO), "", false, files);
  }
  for (const char* option : {"model", "reference"}) {
    if (const auto name = args.value(option)) add_model("--" + std::string(option), *name, files);
  }
  for (const char* option : {"labels-file", "calibration", "like"}) {
    for (const std::string& path : args.values(option)) {
      if (path == "-") {
        add("standard input", id_of_descriptor(STDIN_FILENO), "", false, files);
      } else {
        add_read("--" + std::string(option) + " " + path, path, files);
      }
    }
  }
}

void add_standard(int descriptor, const std::string& name, std::vector<UsedFile>& files) {
  add(name, id_of_descriptor(descriptor), name, true, files);
}

// What `option` writes at `path`, and beside it, under its name with each of `suffixes` behind it, while it does.
void add_written(const std::string& option, const std::string& path, std::initializer_list<const char*> suffixes,
                 std::vector<UsedFile>& files) {
  const std::string name = option + " " + path;
  if (const auto descriptor = named_descriptor(path)) {
    return add(name, id_of_descriptor(*descriptor), option, true, files);
  }
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) return;
  add(name, id_of_path(path), option, false, files);
  for (const char* suffix : suffixes) {
    const std::string beside = link_target(path) + suffix;
    add("the unfinished " + beside + " of " + name, id_of_path(beside), option, false, files);
  }
}

void add_outputs(const Arguments& args, std::vector<UsedFile>& files) {
  const std::string output = args.value("output").value_or("");
  if (output.empty() || output == "-") {
    add_standard(STDOUT_FILENO, "standard output", files);
  } else if (args.command() == "train-vocab") {  // a folder
    for (const char* name : {"/vocab.txt", "/tokenizer.json", "/tokenizer_config.json"}) {
      add_written("-o", output + name, {}, files);
    }
  } else {
    add_written("-o", output, {".part", ".part.state"}, files);
  }
  const std::string errors = args.value("errors").value_or("");
  if (errors == "-") add_standard(STDOUT_FILENO, "--errors -", files);
  if (!errors.empty() && errors != "-") add_written("--errors", errors, {".part"}, files);
  if (const auto metrics = args.value("metrics")) add_written("--metrics", *metrics, {}, files);
  add_standard(STDERR_FILENO, "standard error", files);
}

// Later the number may be that of a file which the program has opened itself.
Status check_descriptors(const Arguments& args) {
  for (const char* option : {"output", "errors"}) {
    const auto path = args.value(option);
    const auto descriptor = path ? named_descriptor(*path) : std::nullopt;
    if (descriptor && ::fcntl(*descriptor, F_GETFD) == -1) return system_error(*path, "cannot write", errno);
  }
  return {};
}

}  // namespace

Status check_files(const Arguments& args) {
  if (Status status = check_descriptors(args); !status.ok()) return status;
  std::vector<UsedFile> read, written;
  add_outputs(args, written);
  add_inputs(args, read);
  const auto clash = [](const UsedFile& a, const UsedFile& b) {
    return usage(a.name + " and " + b.name + " are one file, which would be overwritten: expected two");
  };
  for (size_t i = 0; i < written.size(); ++i) {
    const UsedFile& file = written[i];
    for (const UsedFile& other : read) {
      if (file.id == other.id) return clash(file, other);
    }
    for (size_t j = 0; j < i; ++j) {
      const UsedFile& other = written[j];
      if (file.owner == other.owner || (file.by_descriptor && other.by_descriptor)) continue;
      if (file.id == other.id) return clash(other, file);
    }
  }
  return {};
}

}  // namespace linnet::tools
