// engine/hf_config.h - config.json of a Hugging Face folder -> the numbers of encoder and head.
#pragma once

#include <string>

#include "engine/config.h"
#include "engine/family.h"
#include "linnet/status.h"

namespace linnet::engine {

struct HfConfig {
  const Family* family;
  EncoderConfig encoder;
  HeadConfig head;  // that `architectures` names
  bool tied;        // tie_word_embeddings
};

// Whatever would change a result and is not supported is an error that names the field.
Result<HfConfig> read_hf_config(const std::string& folder);

// The bounds that the engine relies on, whoever wrote the numbers.
Status check_encoder_config(const EncoderConfig& config, const std::string& where);

}  // namespace linnet::engine
