// engine/hf_head.h - which task head config.json names, and what its outputs mean.
#pragma once

#include <string>

#include "base/json_fields.h"
#include "engine/config.h"
#include "engine/family.h"
#include "linnet/status.h"

namespace linnet::engine {

// The head that `architectures` names; task kEmbed when that is a bare encoder or a head that the family
// does not have. `path` is config.json's, for messages.
Result<HeadConfig> read_hf_head(const base::Json& config, const std::string& path,
                                const Family& family, const EncoderConfig& encoder);

}  // namespace linnet::engine
