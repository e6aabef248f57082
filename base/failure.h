// base/failure.h - a Status that can be made where memory has run out: where there is none for its text either, it has
// none. For catch handlers, and for what must be answered in any case.
#pragma once

#include <new>
#include <string_view>

#include "linnet/status.h"

namespace linnet::base {

// Its message is `text`, and `more` behind it.
inline Status failure(Code code, std::string_view text, std::string_view more = {}) noexcept {
  Status status{code, {}};
  try {
    status.message.append(text).append(more);
  } catch (const std::bad_alloc&) {
    status.message.clear();
  }
  return status;
}

inline Status out_of_memory(std::string_view text, std::string_view more = {}) noexcept {
  return failure(Code::kOutOfMemory, text, more);
}

}  // namespace linnet::base
