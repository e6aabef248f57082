// linnet/tagger.h - texts in; the entities in them out: names, places, whatever the model was trained for.
//
// For ...ForTokenClassification models (Task::kTag), as transformers' "token-classification". Labels may
// have the prefixes of BIO or BIOES (B-PER, I-PER, E-PER, S-PER) or none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/task.h"

namespace linnet {

// What becomes of the labels of single tokens: TokenClassificationPipeline's aggregation_strategy.
enum class Aggregation : uint32_t {
  kNone,     // a record for each token
  kSimple,   // neighbouring tokens of one label are an entity
  kFirst,    // a word has the label of its first token; neighbouring words are an entity
  kAverage,  // ... of the mean of its tokens' scores
  kMax,      // ... of its token with the highest score
};

struct TagOptions {
  TaskOptions task = {};
  Aggregation aggregation = Aggregation::kSimple;
  // kSplit: overlapping windows; of two entities that overlap the longer one stays, of two equally long
  // ones the surer one. kNone cannot be split: the text is truncated.
  LongText long_texts = LongText::kSplit;
  uint32_t stride = 0;                             // tokens two windows share; 0: a quarter of a window
  std::vector<std::string> ignore_labels = {"O"};  // without prefix, but with it for kNone
};

struct Entity {
  std::string label;        // "PER"; "B-PER" with kNone
  float score = 0;
  std::string word;         // its tokens as text
  uint32_t begin = 0, end = 0;  // bytes into the text
  uint32_t index = 0;       // kNone: which token of the sequence, [CLS] is 0
};

class Tagger {
 public:
  static Result<Tagger> create(const Model& model, const TagOptions& options = {});
  Tagger(Tagger&&) noexcept;
  Tagger& operator=(Tagger&&) noexcept;
  ~Tagger();

  const std::vector<std::string>& labels() const;  // of single tokens

  // entities[i] becomes those of texts[i], in the order of the text. Adds to *stats when given.
  Status tag(std::span<const std::string_view> texts, std::vector<std::vector<Entity>>& entities,
             EmbedStats* stats = nullptr, TextProblems problems = {});

  // The same for texts that are split into words already: no word is joined to the next one. Offsets are
  // into the words joined by single spaces.
  Status tag_words(std::span<const std::vector<std::string_view>> texts,
                   std::vector<std::vector<Entity>>& entities, EmbedStats* stats = nullptr,
                   TextProblems problems = {});

  // The first max_length tokens of one text, special ones included, and their logits [tokens, labels].
  Status logits(std::string_view text, Encoding& tokens, std::vector<float>& logits);

 private:
  struct Impl;
  explicit Tagger(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet
