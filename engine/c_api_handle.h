// engine/c_api_handle.h - how the functions of linnet/linnet.h make their handles and read their arguments.
#pragma once

#include <cstddef>
#include <new>
#include <string_view>
#include <utility>

#include "base/failure.h"
#include "engine/c_api_error.h"
#include "engine/c_api_model.h"
#include "linnet/linnet.h"

namespace linnet {

inline Status is_null(std::string_view argument) noexcept {
  return base::failure(Code::kInvalidArgument, argument, " is NULL");
}
inline int missing(std::string_view argument) noexcept { return report_to_c(is_null(argument)); }

// A handle of `create(model)`'s object: *handle is null on failure.
template <typename Handle, typename Create, typename... Rest>
int make(const linnet_model* model, Handle** handle, const Create& create, Rest... rest) try {
  if (handle == nullptr) return missing("the handle's place");
  *handle = nullptr;
  if (model == nullptr) return missing("model");
  auto made = create(model->model);
  if (!made.ok()) return report_to_c(made.status());
  *handle = new Handle{std::move(made.value()), rest...};
  return LINNET_OK;
} catch (const std::bad_alloc&) {
  return report_out_of_memory_to_c();
}

inline std::string_view view(const char* text, size_t bytes) {
  return bytes == 0 ? std::string_view() : std::string_view(text, bytes);
}

}  // namespace linnet
