// tools/word_attention.h - attention between tokens as attention between words, for people to look at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/attender.h"
#include "linnet/tokenizer.h"

namespace linnet::tools {

struct WordAttention {
  struct Word {
    std::string text;      // as it stands in the text; of a special token its name
    bool special = false;  // [CLS], [SEP]
  };
  std::vector<Word> words;     // [N]
  std::vector<float> weights;  // [N][N]: row i says how much word i takes from each word

  float at(size_t from, size_t to) const { return weights[from * words.size() + to]; }
};

// The pieces of a word become one, and so does a word with an apostrophe inside. What a word takes is the mean
// of what its tokens take, what it gives the sum of what its tokens give: Clark et al. 2019, section 4.1.
// weights: [S][S] of the tokens.
WordAttention merge_words(const Tokenizer& tokenizer, std::string_view text, const Encoding& tokens,
                          std::span<const float> weights);

// The words that are spelled like this, upper and lower case of ASCII alike.
std::vector<size_t> find_words(const WordAttention& attention, std::string_view word);

// How far the words look: the mean, over those of `from` (none: over all that are not special), of the largest
// weight that a word gives to one that is not special, no punctuation, not itself and not next to it. Of a
// model's heads the one where this is largest is the one that shows people most.
float far_look(const WordAttention& attention, std::span<const size_t> from);

}  // namespace linnet::tools
