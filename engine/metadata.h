// engine/metadata.h - the metadata section of a .linnet file: configuration and provenance as JSON.
#pragma once

#include <string>
#include <string_view>

#include "engine/config.h"
#include "engine/model_image.h"
#include "linnet/status.h"

namespace linnet::engine {

struct Metadata {
  ModelConfig config;
  Provenance provenance;
};

const char* activation_name(Activation activation);  // "gelu_tanh"

// The same text on every machine: keys in order, numbers without a locale.
std::string write_metadata(const Metadata& metadata);

// Checks every bound that the engine relies on.
Result<Metadata> read_metadata(std::string_view text, const std::string& where);

}  // namespace linnet::engine
