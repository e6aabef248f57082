#include "tools/word_attention.h"

#include <algorithm>
#include <numeric>

namespace linnet::tools {
namespace {

bool is_apostrophe(std::string_view token) { return token == "'" || token == "\xe2\x80\x99"; }

// Of ASCII. Heads that look at the ends of sentences do it for every word.
bool is_punctuation(std::string_view word) {
  return std::ranges::all_of(word, [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'), digit = c >= '0' && c <= '9';
    return !letter && !digit && static_cast<unsigned char>(c) < 0x80;
  });
}

std::string_view slice(std::string_view text, const Encoding::Span& span) {
  return text.substr(span.begin, span.end - span.begin);
}

// Whether token i is an apostrophe with words on both sides, and no space between.
bool joins_words(std::string_view text, const Encoding& tokens, size_t i) {
  const std::vector<Encoding::Span>& places = tokens.offsets;
  if (i == 0 || i + 1 >= tokens.ids.size() || !is_apostrophe(slice(text, places[i]))) return false;
  for (const size_t left : {i - 1, i}) {
    if (tokens.word_ids[left] < 0 || tokens.word_ids[left + 1] < 0 || places[left].end != places[left + 1].begin) {
      return false;
    }
  }
  return !is_punctuation(slice(text, places[i - 1])) && !is_punctuation(slice(text, places[i + 1]));
}

// Whether token i goes on with the word of the token before it.
bool goes_on(std::string_view text, const Encoding& tokens, size_t i) {
  if (i == 0 || tokens.word_ids[i] < 0) return false;
  return tokens.word_ids[i] == tokens.word_ids[i - 1] || joins_words(text, tokens, i) ||
         joins_words(text, tokens, i - 1);
}

}  // namespace

WordAttention merge_words(const Tokenizer& tokenizer, std::string_view text, const Encoding& tokens,
                          std::span<const float> weights) {
  const size_t n = tokens.ids.size();
  WordAttention merged;
  std::vector<size_t> word_of(n), size_of;  // [tokens], [words] in tokens
  for (size_t i = 0; i < n; ++i) {
    const bool special = tokens.word_ids[i] < 0;
    if (!goes_on(text, tokens, i)) {
      merged.words.push_back({special ? std::string(tokenizer.token(tokens.ids[i])) : std::string(), special});
      size_of.push_back(0);
    }
    word_of[i] = merged.words.size() - 1;
    size_of.back() += 1;
    if (special) continue;
    merged.words.back().text += slice(text, tokens.offsets[i]);
  }
  const size_t words = merged.words.size();
  merged.weights.resize(words * words);
  for (size_t i = 0; i < n; ++i) {
    float* row = merged.weights.data() + word_of[i] * words;
    const float share = 1.0f / static_cast<float>(size_of[word_of[i]]);
    for (size_t j = 0; j < n; ++j) row[word_of[j]] += share * weights[i * n + j];
  }
  return merged;
}

std::vector<size_t> find_words(const WordAttention& attention, std::string_view word) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  std::vector<size_t> found;
  for (size_t i = 0; i < attention.words.size(); ++i) {
    const bool same = std::ranges::equal(attention.words[i].text, word, {}, lower, lower);
    if (same) found.push_back(i);
  }
  return found;
}

float far_look(const WordAttention& attention, std::span<const size_t> from) {
  const size_t n = attention.words.size();
  std::vector<size_t> all(n);
  std::iota(all.begin(), all.end(), size_t{0});
  float sum = 0;
  size_t rows = 0;
  for (const size_t i : from.empty() ? std::span<const size_t>(all) : from) {
    if (from.empty() && attention.words[i].special) continue;
    float most = 0;
    for (size_t j = 0; j < n; ++j) {
      const WordAttention::Word& word = attention.words[j];
      const bool near = j + 1 >= i && j <= i + 1;
      if (!near && !word.special && !is_punctuation(word.text)) most = std::max(most, attention.at(i, j));
    }
    sum += most;
    ++rows;
  }
  return rows == 0 ? 0 : sum / static_cast<float>(rows);
}

}  // namespace linnet::tools
