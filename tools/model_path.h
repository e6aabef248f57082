// tools/model_path.h - where a model is, by the name the user gave it.
#pragma once

#include <string>

#include "linnet/status.h"

namespace linnet::tools {

// A file or folder that exists, else the snapshot of a model in the local Hugging Face cache
// (HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub). The network is never used. Fails with
// kNotFound and, where the name could be one of the Hub, the command that fetches it.
Result<std::string> find_model(const std::string& name);

}  // namespace linnet::tools
