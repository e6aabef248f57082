// Fuzzes the reading of tokenizer.json, and of vocab.txt with tokenizer_config.json and special_tokens_map.json:
// files of whatever bytes are an error with a message, or a tokenizer that works.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>

#include "tests/fuzz/targets/probe.h"
#include "tokenizer/import.h"
#include "tokenizer/tokenizer_json.h"
#include "tokenizer/vocab_txt.h"

using namespace linnet;
using namespace linnet::tokenizer;

namespace {

// A folder that goes when the program ends.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "linnet_fuzz_XXXXXX").string();
    fuzz::require(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

}  // namespace

// data: the files with \x1f between them. One is a tokenizer.json; of more the first is vocab.txt, the others
// are the two that go with it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Folder folder;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const bool json = input.find('\x1f') == std::string_view::npos;
  const char* const names[] = {json ? "tokenizer.json" : "vocab.txt", "tokenizer_config.json",
                               "special_tokens_map.json"};
  for (const char* name : {"tokenizer.json", "vocab.txt", names[1], names[2]}) {
    ::unlink((folder.path + "/" + name).c_str());
  }
  size_t begin = 0;
  for (const char* name : names) {
    const size_t end = std::min(input.find('\x1f', begin), size);
    std::ofstream(folder.path + "/" + name, std::ios::binary) << input.substr(begin, end - begin);
    begin = end + 1;
    if (begin > size) break;
  }
  const std::string first = folder.path + "/" + names[0];
  const auto spec = json ? read_tokenizer_json(first) : read_vocab_txt(folder.path, first);
  fuzz::require(spec.ok() || !spec.status().message.empty());
  // Tables take seconds with the sanitizers: those of few inputs.
  if (!spec.ok() || std::hash<std::string_view>()(input) % 2048 != 0) return 0;
  const auto imported = import_tokenizer(folder.path, 1u << 16);
  if (!imported.ok()) return 0;
  const auto wordpiece = WordPiece::from_tables(imported.value().tables, "tables");
  fuzz::require(wordpiece.ok());
  fuzz::probe(wordpiece.value());
  return 0;
}
