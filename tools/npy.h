// tools/npy.h - NumPy's .npy files of matrices, and raw float32: writes the header, reads whole rows of float32.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "linnet/status.h"

namespace linnet::tools {

constexpr std::string_view kNpyMagic = "\x93NUMPY";

// Always kNpyHeaderBytes long, so that it can be written again once the row count is known.
constexpr size_t kNpyHeaderBytes = 128;
std::string npy_header(std::string_view dtype, uint64_t rows, uint64_t columns);  // "<f4"

struct NpyHeader {
  uint64_t rows = 0, columns = 0;
  uint64_t data_offset = 0;
  bool half = false;  // float16

  uint64_t row_bytes() const { return columns * (half ? 2 : 4); }
};

// Reads the header from the first bytes of a file of file_size bytes: format versions 1 to 3,
// little-endian float32 or float16, C order, two axes, exactly as many bytes as these ask for.
Result<NpyHeader> parse_npy_header(std::string_view start, uint64_t file_size);

// The longest header looked at; a writer needs about 100 bytes.
constexpr size_t kMaxNpyHeaderBytes = size_t{64} << 10;

// The rows of a file, in order, without holding more than is asked for.
class NpyReader {
 public:
  static bool is_npy(const std::string& path);  // by its first bytes
  static Result<NpyReader> open(const std::string& path);
  // A file of nothing but numbers, so many in each row.
  static Result<NpyReader> open_f32(const std::string& path, uint64_t columns);

  NpyReader(NpyReader&& other) noexcept;
  NpyReader& operator=(NpyReader&&) = delete;
  ~NpyReader();

  uint64_t rows() const { return header_.rows; }
  uint64_t columns() const { return header_.columns; }

  // Rows first .. first + out.size() / columns(). REQUIRES: they exist.
  Status read(uint64_t first, std::span<float> out);

 private:
  static Result<NpyReader> open_file(const std::string& path, uint64_t& bytes);
  NpyReader(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  std::string path_;
  int fd_;
  NpyHeader header_;
};

}  // namespace linnet::tools
