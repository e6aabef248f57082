// tools/vector_format.h - how a vector is written: its numbers, and the file around them.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "linnet/status.h"
#include "tools/batch.h"
#include "tools/options.h"

namespace linnet::tools {

// What --quantize-output makes of a vector v of n numbers.
enum class Quantization {
  kNone,
  kInt8,     // q = round(127 v / max|v|), ties to even: v is close to scale * q with scale = max|v| / 127.
             // Cosines need no scale; jsonl and csv have it as "scale". A vector of zeros: scale 0.
  kBinary,   // the signs: bit 1 where v > 0, eight to a byte, the first in the highest bit, the last byte
             // filled with 0; the byte - 128, as a signed number (sentence-transformers: "binary")
  kUbinary,  // the byte itself ("ubinary")
};

struct VectorFormat {
  enum class Kind { kJsonl, kCsv, kNpy, kF32 };
  Kind kind = Kind::kJsonl;
  bool half = false;  // kNpy: float16, rounded to nearest even
  Quantization quantization = Quantization::kNone;
  size_t dimension = 0;

  size_t values() const;  // numbers in what is written for one vector
};

std::vector<Option> vector_options();  // --dtype, --quantize-output
Result<VectorFormat> parse_vector_format(const Arguments& args, const std::string& format,
                                         size_t dimension);

OutputLayout vector_layout(const VectorFormat& format);

// As BatchTask::append wants it.
void append_vector(const VectorFormat& format, std::span<const float> vector, std::string& out);

}  // namespace linnet::tools
