// tokenizer/decode.h - what the decoder makes of one token.
#pragma once

#include <string>

namespace linnet::tokenizer {

// The clean-up of a token with the space before it: " ." becomes ".", " do not" becomes " don't" and so on.
void clean_up(std::string& token);

}  // namespace linnet::tokenizer
