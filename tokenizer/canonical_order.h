// tokenizer/canonical_order.h - the one thing in BERT's normalizer that looks at neighbours: NFD puts
// combining marks in the order of their classes. It shows only where a mark is left that strip_accents
// does not remove: 83 scalars of Unicode 9, none in ordinary text.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "tokenizer/wordpiece.h"

namespace linnet::tokenizer {

// `text` [begin, end) is one stretch between added tokens; `at` is the start of a scalar with
// kReorderFlag. Finds the run of marks that it belongs to, decomposes and orders it, and leaves in
// `marks` what remains of it from `at` on, with the places in the text that the reference gives them.
// Returns where the run ends.
size_t canonical_run(std::string_view text, size_t begin, size_t at, size_t end, bool clean_text,
                     std::vector<Scratch::Mark>& marks);

}  // namespace linnet::tokenizer
