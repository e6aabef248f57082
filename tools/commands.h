// tools/commands.h - the subcommands; main.cc lists them.
#pragma once

#include "tools/options.h"

namespace linnet::tools {

Command import_command();
Command inspect_command();
Command tokenize_command();
Command train_vocab_command();
Command embed_command();
Command classify_command();
Command tag_command();
Command answer_command();
Command fill_command();
Command sparse_command();
Command rerank_command();
Command zero_shot_command();
Command similar_command();
Command attend_command();
Command verify_command();
Command bench_command();

}  // namespace linnet::tools
