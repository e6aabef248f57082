#include "tools/vector_format.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "tools/json_text.h"
#include "tools/npy.h"
#include "tools/options.h"

static_assert(std::endian::native == std::endian::little, "f32 and npy are written as they lie");

namespace linnet::tools {
namespace {

using FileKind = VectorFormat::Kind;

template <typename T>
void append_raw(T value, std::string& out) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

float largest(std::span<const float> vector) {
  float most = 0;
  for (const float value : vector) most = std::max(most, std::abs(value));
  return most;
}

// Calls append(integer) for each number of the quantized vector.
template <typename Append>
void quantize(Quantization quantization, std::span<const float> vector, const Append& append) {
  if (quantization == Quantization::kInt8) {
    const float most = largest(vector);
    const float factor = most > 0 ? 127 / most : 0;  // infinite for the smallest subnormal ones
    for (const float value : vector) {
      const float scaled = std::isfinite(factor) ? value * factor : value / most * 127;
      append(static_cast<int>(std::nearbyint(std::clamp(scaled, -127.0f, 127.0f))));
    }
    return;
  }
  const int offset = quantization == Quantization::kBinary ? -128 : 0;
  for (size_t first = 0; first < vector.size(); first += 8) {
    unsigned byte = 0;
    for (size_t i = 0; i < 8 && first + i < vector.size(); ++i) {
      if (vector[first + i] > 0) byte |= 0x80u >> i;
    }
    append(static_cast<int>(byte) + offset);
  }
}

// The numbers, `before` the first and "," (with `space`) between them.
void append_numbers(const VectorFormat& format, std::span<const float> vector,
                    std::string_view between, std::string& out) {
  bool any = false;
  const auto separate = [&] {
    if (any) out.append(between);
    any = true;
  };
  if (format.quantization == Quantization::kNone) {
    for (const float value : vector) {
      separate();
      format.kind == FileKind::kJsonl ? append_json_float(value, out) : append_float(value, out);
    }
    return;
  }
  quantize(format.quantization, vector, [&](int value) {
    separate();
    append_integer(value, out);
  });
}

void append_raw_vector(const VectorFormat& format, std::span<const float> vector, std::string& out) {
  if (format.quantization != Quantization::kNone) {
    quantize(format.quantization, vector,
             [&](int value) { out.push_back(static_cast<char>(value)); });
  } else if (format.half) {
    for (const float value : vector) append_raw(static_cast<_Float16>(value), out);
  } else {
    out.append(reinterpret_cast<const char*>(vector.data()), vector.size_bytes());
  }
}

const char* npy_dtype(const VectorFormat& format) {
  switch (format.quantization) {
    case Quantization::kInt8:
    case Quantization::kBinary: return "|i1";
    case Quantization::kUbinary: return "|u1";
    case Quantization::kNone: break;
  }
  return format.half ? "<f2" : "<f4";
}

}  // namespace

size_t VectorFormat::values() const {
  const bool bits =
      quantization == Quantization::kBinary || quantization == Quantization::kUbinary;
  return bits ? (dimension + 7) / 8 : dimension;
}

std::vector<Option> vector_options() {
  return {{Option::Kind::kValue, '\0', "dtype", "T", "npy: float32 (default) or float16"},
          {Option::Kind::kValue, '\0', "quantize-output", "Q",
           "int8 (each vector by its largest number), binary or ubinary (signs, 8 to a byte)"}};
}

Result<VectorFormat> parse_vector_format(const Arguments& args, const std::string& format,
                                         size_t dimension) {
  VectorFormat result{.kind = format == "csv"   ? FileKind::kCsv
                              : format == "npy" ? FileKind::kNpy
                              : format == "f32" ? FileKind::kF32
                                                : FileKind::kJsonl,
                      .dimension = dimension};
  const std::string dtype = args.value("dtype").value_or("float32");
  result.half = dtype == "float16";
  if (!result.half && dtype != "float32") {
    return usage("--dtype " + dtype + ": expected float32 or float16");
  }
  if (result.half && result.kind != FileKind::kNpy) return usage("--dtype float16 goes with npy alone");
  const auto quantization = args.value("quantize-output");
  if (!quantization) return result;
  if (*quantization == "int8") {
    result.quantization = Quantization::kInt8;
  } else if (*quantization == "binary") {
    result.quantization = Quantization::kBinary;
  } else if (*quantization == "ubinary") {
    result.quantization = Quantization::kUbinary;
  } else {
    return usage("--quantize-output " + *quantization + ": expected int8, binary or ubinary");
  }
  if (result.kind == FileKind::kF32) return usage("--quantize-output does not go with --format f32");
  if (args.value("dtype")) return usage("--quantize-output does not go with --dtype");
  return result;
}

OutputLayout vector_layout(const VectorFormat& format) {
  OutputLayout layout;
  if (format.kind == FileKind::kCsv) {
    layout.kind = OutputLayout::Kind::kCsv;
    if (format.quantization == Quantization::kInt8) layout.csv_columns.push_back("scale");
    for (size_t i = 0; i < format.values(); ++i) {
      layout.csv_columns.push_back("embedding_" + std::to_string(i));
    }
  }
  if (format.kind != FileKind::kNpy && format.kind != FileKind::kF32) return layout;
  layout.kind = OutputLayout::Kind::kRaw;
  layout.rows_need_all = layout.binary = true;
  if (format.quantization == Quantization::kNone) {
    const std::vector<float> nan(format.dimension, std::numeric_limits<float>::quiet_NaN());
    append_raw_vector(format, nan, layout.null_row.emplace());
  }
  if (format.kind == FileKind::kNpy) {
    layout.header = [format](uint64_t rows) {
      return npy_header(npy_dtype(format), rows, format.values());
    };
  }
  return layout;
}

void append_vector(const VectorFormat& format, std::span<const float> vector, std::string& out) {
  const float scale = format.quantization == Quantization::kInt8 ? largest(vector) / 127 : 0;
  switch (format.kind) {
    case FileKind::kJsonl:
      if (format.quantization == Quantization::kInt8) {
        out.append(", \"scale\": ");
        append_json_float(scale, out);
      }
      out.append(", \"embedding\": [");
      append_numbers(format, vector, ", ", out);
      out.append("]");
      break;
    case FileKind::kCsv:
      out.append(",");
      if (format.quantization == Quantization::kInt8) {
        append_float(scale, out);
        out.append(",");
      }
      append_numbers(format, vector, ",", out);
      break;
    case FileKind::kNpy:
    case FileKind::kF32:
      append_raw_vector(format, vector, out);
      break;
  }
}

}  // namespace linnet::tools
