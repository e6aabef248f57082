// tools/common_options.h - the options that several subcommands share, and what they mean.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/embedder.h"
#include "linnet/model.h"
#include "linnet/status.h"
#include "tools/options.h"
#include "tools/records.h"

namespace linnet::tools {

std::vector<Option> model_options();   // -m, --isa, --precision, --backend
std::vector<Option> input_options();   // -i, --input-format, --text, the fields, --header, --max-record
std::vector<Option> output_options(const std::string& formats);  // -o, --format
std::vector<Option> embed_options();   // --pooling, --normalize, --dim, --prompt, --max-length, -t, --mode
Option mode_option();                  // --mode
std::vector<Option> common_options();  // --progress, --log-format, -q, -v, -V, -h

// -m MODEL, or with `may_be_argument` the only word that is no option. Fails when it is not given.
Result<std::string> model_argument(const Arguments& args, bool may_be_argument);

// What --isa, --precision, --backend and -t ask for, weights checked.
Result<OpenOptions> parse_open_options(const Arguments& args);

// Opens a model by name as they ask, on `threads` threads; 0: on as many as -t says.
Result<Model> open_model(const std::string& name, const Arguments& args, uint32_t threads = 0);

Result<InputOptions> parse_input(const Arguments& args);

// The one of `formats` that --format or the suffix of -o asks for, else the first. A clash is
// kInvalidArgument, as is a suffix of another known kind of file: -o x.jsonl.gz.
Result<std::string> parse_format(const Arguments& args, std::span<const std::string_view> formats);

Result<Mode> parse_mode(const Arguments& args);
Result<EmbedOptions> parse_embed_options(const Arguments& args);

}  // namespace linnet::tools
