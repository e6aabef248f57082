// tools/embed_parts.h - linnet embed with more than one vector of a text: of its windows, of its tokens.
#pragma once

#include "linnet/model.h"
#include "linnet/window_embedder.h"
#include "tools/batch.h"
#include "tools/options.h"

namespace linnet::tools {

std::vector<Option> embed_parts_options();  // --per-window, --tokens

// Whether the arguments ask for one of them. kInvalidArgument for what does not go together.
Result<bool> asks_for_parts(const Arguments& args, const std::string& format);

// Runs it to its end; the exit code.
int embed_parts(const Arguments& args, Batch& batch, const Model& model, const WindowEmbedOptions& options);

}  // namespace linnet::tools
