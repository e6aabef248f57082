// tokenizer/train_vocab.h - a WordPiece vocabulary from word counts, as the reference's WordPieceTrainer makes
// it: byte-pair encoding over characters, with a prefix on what continues a word.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tokenizer/count_words.h"

namespace linnet::tokenizer {

struct VocabSettings {
  size_t vocab_size = 30000;
  uint64_t min_frequency = 2;             // of a pair that is merged
  std::optional<size_t> limit_alphabet = 1000;
  std::vector<uint32_t> initial_alphabet; // scalars that are in it whatever the words hold
  std::vector<std::string> special_tokens = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  std::string continuing_prefix = "##";
  // The order of the characters that continue a word; those not in it come behind, by code point. In the
  // reference it is that of a hash table with a random seed; pairs of equal frequency are merged by it.
  std::vector<std::string> continuing_order;
};

// The tokens by id: special ones, the alphabet by code point, characters that continue a word, merged ones.
// The reference counts in 32 bits, which overflow for a pair that stands 2^31 times in the texts; this does not.
std::vector<std::string> train_vocab(const WordCounts& counts, const VocabSettings& settings);

}  // namespace linnet::tokenizer
