// engine/open_image.h - a model by its path, whatever is there.
#pragma once

#include <string>

#include "engine/model_image.h"
#include "linnet/status.h"

namespace linnet::engine {

// A folder is imported into memory, a file is mapped.
Result<ModelImage> open_image(const std::string& path);

}  // namespace linnet::engine
