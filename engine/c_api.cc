// linnet/linnet.h over the C++ API.
#include "linnet/linnet.h"

#include <algorithm>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "base/failure.h"
#include "engine/c_api_handle.h"
#include "linnet/import.h"

namespace {

thread_local std::string last_error;

std::optional<linnet::Precision> precision_named(std::string_view name) {
  for (const linnet::Precision known : {linnet::Precision::kFp32, linnet::Precision::kInt8}) {
    if (name == linnet::precision_name(known)) return known;
  }
  return {};
}

int wrong_precision(const std::string& found) {
  return linnet::report_to_c(
      {linnet::Code::kInvalidArgument, "precision " + found + ": expected fp32 or int8"});
}

}  // namespace

namespace linnet {

int report_to_c(const Status& status) noexcept {
  if (!status.ok()) last_error = base::failure(status.code, status.message).message;
  return static_cast<int>(status.code);
}

int report_out_of_memory_to_c() noexcept { return report_to_c(base::out_of_memory("not enough memory")); }

}  // namespace linnet

const char* linnet_version(void) { return linnet::version(); }
const char* linnet_error_text(void) { return last_error.c_str(); }

using linnet::missing;

int linnet_open(const char* path, linnet_model** model) { return linnet_open_with(path, nullptr, model); }

int linnet_open_with(const char* path, const linnet_open_options* given, linnet_model** model) try {
  if (model == nullptr) return missing("model");
  *model = nullptr;
  if (path == nullptr) return missing("path");
  linnet::OpenOptions options;
  if (given != nullptr) {
    options = {.verify_tensors = given->verify_tensors != 0,
               .isa = given->isa == nullptr ? "" : given->isa,
               .num_threads = given->num_threads,
               .backend = given->backend == nullptr ? "" : given->backend};
    if (given->precision != nullptr) {
      options.precision = precision_named(given->precision);
      if (!options.precision) return wrong_precision(given->precision);
    }
  }
  linnet::Result<linnet::Model> opened = linnet::Model::open(path, options);
  if (!opened.ok()) return linnet::report_to_c(opened.status());
  *model = new linnet_model{std::move(opened.value())};
  return LINNET_OK;
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}

void linnet_close(linnet_model* model) { delete model; }

int linnet_import(const char* folder, const char* output, const char* precision, const char* calibration,
                  uint32_t num_threads) try {
  if (folder == nullptr) return missing("folder");
  if (output == nullptr) return missing("output");
  const auto wanted = precision == nullptr ? linnet::Precision::kFp32 : precision_named(precision);
  if (!wanted) return wrong_precision(precision);
  return linnet::report_to_c(linnet::import_model(folder, output,
                                                  {.precision = *wanted,
                                                   .calibration = calibration == nullptr ? "" : calibration,
                                                   .num_threads = std::max(num_threads, 1u)})
                                 .status());
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}

size_t linnet_dimension(const linnet_model* model) {
  return model == nullptr ? 0 : model->model.info().dimension;
}

int linnet_tokenize(const linnet_model* model, const char* text, size_t bytes, int32_t* ids,
                    uint32_t* offsets, size_t capacity, size_t* num_ids) try {
  if (model == nullptr) return missing("model");
  if (num_ids == nullptr) return missing("num_ids");
  *num_ids = 0;
  if (text == nullptr && bytes > 0) return missing("text");
  if (ids == nullptr) return missing("ids");
  if (capacity == 0) {
    return linnet::report_to_c({linnet::Code::kInvalidArgument, "capacity is 0, no room for a token"});
  }
  thread_local linnet::Encoding encoding;
  const linnet::Status status = model->model.tokenizer().encode(
      bytes == 0 ? std::string_view() : std::string_view(text, bytes), {.max_length = capacity},
      encoding);
  if (!status.ok()) return linnet::report_to_c(status);
  *num_ids = encoding.ids.size();
  std::copy(encoding.ids.begin(), encoding.ids.end(), ids);
  for (size_t i = 0; offsets != nullptr && i < encoding.offsets.size(); ++i) {
    offsets[2 * i] = encoding.offsets[i].begin;
    offsets[2 * i + 1] = encoding.offsets[i].end;
  }
  return LINNET_OK;
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}
