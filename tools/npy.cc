// The header side of npy.h. Format: numpy.lib.format, "Format Specification: NPY".
#include "tools/npy.h"

#include <cassert>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

namespace linnet::tools {
namespace {

Status wrong_header(const std::string& found) { return {Code::kCorrupt, ".npy header: " + found}; }

struct Description {
  std::optional<std::string> descr;
  std::optional<bool> fortran_order;
  std::optional<std::vector<uint64_t>> shape;
};

// Reads the Python dictionary that the header is, with the three keys it may have, in any order.
class DescriptionParser {
 public:
  explicit DescriptionParser(std::string_view text) : text_(text) {}

  // False: malformed, at position().
  bool parse(Description& out) {
    if (!take('{')) return false;
    while (!take('}')) {
      std::string key;
      if (!string(key) || !take(':') || !entry(key, out)) return false;
      if (take(',')) continue;
      if (!take('}')) return false;
      break;
    }
    skip_blanks();
    return position_ == text_.size();
  }

  size_t position() const { return position_; }

 private:
  bool entry(const std::string& key, Description& out) {
    if (key == "descr" && !out.descr) return string(out.descr.emplace());
    if (key == "fortran_order" && !out.fortran_order) return boolean(out.fortran_order.emplace());
    if (key == "shape" && !out.shape) return shape(out.shape.emplace());
    return false;  // unknown or twice
  }

  void skip_blanks() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n')) {
      ++position_;
    }
  }

  bool take(char expected) {
    skip_blanks();
    if (position_ == text_.size() || text_[position_] != expected) return false;
    ++position_;
    return true;
  }

  bool word(std::string_view expected) {
    skip_blanks();
    if (text_.substr(position_, expected.size()) != expected) return false;
    position_ += expected.size();
    return true;
  }

  bool string(std::string& out) {
    skip_blanks();
    if (position_ == text_.size()) return false;
    const char quote = text_[position_];
    if (quote != '\'' && quote != '"') return false;
    const size_t end = text_.find(quote, position_ + 1);
    if (end == std::string_view::npos) return false;
    out = text_.substr(position_ + 1, end - position_ - 1);
    position_ = end + 1;
    return true;
  }

  bool boolean(bool& out) {
    out = word("True");
    return out || word("False");
  }

  bool shape(std::vector<uint64_t>& out) {
    if (!take('(')) return false;
    while (!take(')')) {
      skip_blanks();
      uint64_t axis = 0;
      const char* begin = text_.data() + position_;
      const auto [stop, problem] = std::from_chars(begin, text_.data() + text_.size(), axis);
      if (problem != std::errc()) return false;
      position_ += static_cast<size_t>(stop - begin);
      out.push_back(axis);
      if (take(',')) continue;
      return take(')');
    }
    return true;
  }

  std::string_view text_;
  size_t position_ = 0;
};

Status check_description(const Description& found) {
  if (!found.descr || !found.fortran_order || !found.shape) {
    return wrong_header("expected the keys descr, fortran_order and shape");
  }
  if (*found.descr != "<f4" && *found.descr != "<f2") {
    return wrong_header("found dtype " + *found.descr + ", expected little-endian float32 (<f4) or float16 (<f2); "
                 "convert it in Python with numpy.save(path, array.astype('<f4'))");
  }
  if (*found.fortran_order) return wrong_header("found Fortran order, expected C order");
  if (found.shape->size() != 2) {
    return wrong_header("found " + std::to_string(found.shape->size()) +
                 " axes, expected 2: (texts, dimension)");
  }
  if (found.shape->at(1) == 0) return wrong_header("found vectors of dimension 0");
  return {};
}

Status check_size(const NpyHeader& header, uint64_t file_size) {
  uint64_t bytes = 0;
  const bool overflow = __builtin_mul_overflow(header.rows, header.columns, &bytes) ||
                        __builtin_mul_overflow(bytes, uint64_t{header.half ? 2u : 4u}, &bytes);
  const std::string shape =
      "(" + std::to_string(header.rows) + ", " + std::to_string(header.columns) + ")";
  if (overflow) return wrong_header("found shape " + shape + ", more than a file can hold");
  const uint64_t data = file_size - header.data_offset;
  if (data != bytes) {
    return wrong_header("found " + std::to_string(data) + " bytes of data, expected " +
                 std::to_string(bytes) + " for shape " + shape);
  }
  return {};
}

}  // namespace

std::string npy_header(std::string_view dtype, uint64_t rows, uint64_t columns) {
  std::string header(kNpyMagic);
  header.append({'\x01', '\x00', static_cast<char>(kNpyHeaderBytes - 10), '\x00'});
  header.append("{'descr': '").append(dtype).append("', 'fortran_order': False, 'shape': (");
  header.append(std::to_string(rows) + ", " + std::to_string(columns) + "), }");
  assert(header.size() < kNpyHeaderBytes);
  header.resize(kNpyHeaderBytes - 1, ' ');
  header.push_back('\n');
  return header;
}

Result<NpyHeader> parse_npy_header(std::string_view start, uint64_t file_size) {
  const auto byte = [start](size_t i) { return static_cast<size_t>(static_cast<uint8_t>(start[i])); };
  if (start.size() < kNpyMagic.size() + 2 || start.substr(0, kNpyMagic.size()) != kNpyMagic) {
    return wrong_header("found no \\x93NUMPY at the start: not an .npy file");
  }
  const size_t version = byte(6);
  if (version < 1 || version > 3) {
    return wrong_header("found format version " + std::to_string(version) + ", expected 1, 2 or 3");
  }
  const size_t begin = version == 1 ? 10 : 12;
  if (start.size() < begin) return wrong_header("the file ends within it");
  size_t length = byte(8) | byte(9) << 8;
  if (version > 1) length |= byte(10) << 16 | byte(11) << 24;
  if (length > file_size - begin || length > kMaxNpyHeaderBytes - begin) {
    return wrong_header("found a length of " + std::to_string(length) + " bytes, more than the " +
                 std::to_string(std::min<uint64_t>(file_size, kMaxNpyHeaderBytes) - begin) +
                 " that can be");
  }
  Description description;
  DescriptionParser parser(start.substr(begin, length));
  if (!parser.parse(description)) {
    return wrong_header("malformed at byte " + std::to_string(begin + parser.position()) +
                 ", expected a dictionary of descr, fortran_order and shape");
  }
  if (Status status = check_description(description); !status.ok()) return status;
  const NpyHeader header{.rows = description.shape->at(0),
                         .columns = description.shape->at(1),
                         .data_offset = begin + length,
                         .half = *description.descr == "<f2"};
  if (Status status = check_size(header, file_size); !status.ok()) return status;
  return header;
}

}  // namespace linnet::tools
