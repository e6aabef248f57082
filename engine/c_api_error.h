// engine/c_api_error.h - how the functions of linnet/linnet.h fail.
#pragma once

#include "linnet/status.h"

namespace linnet {

// Keeps the message for linnet_error_text(), "" where there is no memory for it, and gives the code.
int report_to_c(const Status& status) noexcept;
int report_out_of_memory_to_c() noexcept;

}  // namespace linnet
