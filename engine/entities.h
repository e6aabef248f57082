// engine/entities.h - scores of tokens -> entities: TokenClassificationPipeline of transformers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/tagger.h"

namespace linnet::engine {

// A token of a text, as the pipeline's gather_pre_entities() sees it.
struct TaggedToken {
  std::string word;            // the token; of an unknown one the text it stands for
  const float* scores;         // [labels]
  uint32_t begin, end, index;
  bool continues;              // the word of the token before it
};

// What a label says: where it stands in an entity, and of which kind.
struct LabelMeaning {
  bool begins;       // an entity, whatever stood before it
  std::string kind;  // without the prefix
};
// B- and I-; E- and S- too where the labels are BIOES: the end continues an entity, a single one begins it.
std::vector<LabelMeaning> label_meanings(std::span<const std::string> labels);

std::vector<Entity> entities_of(std::span<const TaggedToken> tokens,
                                std::span<const std::string> labels,
                                std::span<const LabelMeaning> meanings, Aggregation aggregation,
                                std::span<const std::string> ignored, std::string_view prefix);

// Entities of several windows of one text: where two overlap one stays.
std::vector<Entity> merge_overlapping(std::vector<Entity> entities);

}  // namespace linnet::engine
