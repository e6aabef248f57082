#include "engine/entities.h"

#include <algorithm>

#include "engine/wordpiece_text.h"

namespace linnet::engine {
namespace {

// A token, or with the word strategies a word, and its one label.
struct Labelled {
  std::string word;
  size_t label;
  float score;
  uint32_t begin, end, index;
};

size_t best_of(std::span<const float> scores) {
  return static_cast<size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

// aggregate_word(): tokens of one word, of which one label is made.
Labelled label_word(std::span<const TaggedToken> tokens, size_t labels, Aggregation aggregation,
                    std::string_view prefix) {
  std::vector<std::string> pieces;
  for (const TaggedToken& token : tokens) pieces.push_back(token.word);
  std::vector<float> scores(tokens[0].scores, tokens[0].scores + labels);
  if (aggregation == Aggregation::kMax) {
    float most = *std::max_element(scores.begin(), scores.end());
    for (const TaggedToken& token : tokens.subspan(1)) {
      const float best = *std::max_element(token.scores, token.scores + labels);
      if (best <= most) continue;
      most = best;
      scores.assign(token.scores, token.scores + labels);
    }
  } else if (aggregation == Aggregation::kAverage) {
    for (size_t l = 0; l < labels; ++l) {
      for (const TaggedToken& token : tokens.subspan(1)) scores[l] += token.scores[l];
      scores[l] /= static_cast<float>(tokens.size());
    }
  }
  const size_t label = best_of(scores);
  return {join_pieces(pieces, prefix), label,           scores[label],
          tokens.front().begin,        tokens.back().end, tokens.front().index};
}

std::vector<Labelled> label_all(std::span<const TaggedToken> tokens, size_t labels,
                                Aggregation aggregation, std::string_view prefix) {
  std::vector<Labelled> labelled;
  const bool words = aggregation != Aggregation::kNone && aggregation != Aggregation::kSimple;
  for (size_t i = 0; i < tokens.size();) {
    size_t end = i + 1;
    while (words && end < tokens.size() && tokens[end].continues) ++end;
    if (words) {
      labelled.push_back(label_word(tokens.subspan(i, end - i), labels, aggregation, prefix));
    } else {
      const TaggedToken& token = tokens[i];
      const size_t label = best_of({token.scores, labels});
      labelled.push_back(
          {token.word, label, token.scores[label], token.begin, token.end, token.index});
    }
    i = end;
  }
  return labelled;
}

// group_sub_entities()
Entity entity_of(std::span<const Labelled> parts, const std::string& kind, std::string_view prefix) {
  std::vector<std::string> words;
  float sum = 0;
  for (const Labelled& part : parts) {
    words.push_back(part.word);
    sum += part.score;
  }
  return {.label = kind,
          .score = sum / static_cast<float>(parts.size()),
          .word = join_pieces(words, prefix),
          .begin = parts.front().begin,
          .end = parts.back().end,
          .index = parts.front().index};
}

bool contains(std::span<const std::string> names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::vector<LabelMeaning> label_meanings(std::span<const std::string> labels) {
  const bool bioes = std::any_of(labels.begin(), labels.end(), [](const std::string& label) {
    return label.starts_with("S-") || label.starts_with("E-");
  });
  std::vector<LabelMeaning> meanings;
  for (const std::string& label : labels) {
    const bool begins = label.starts_with("B-") || (bioes && label.starts_with("S-"));
    const bool inside = label.starts_with("I-") || (bioes && label.starts_with("E-"));
    meanings.push_back({begins, begins || inside ? label.substr(2) : label});
  }
  return meanings;
}

std::vector<Entity> entities_of(std::span<const TaggedToken> tokens,
                                std::span<const std::string> labels,
                                std::span<const LabelMeaning> meanings, Aggregation aggregation,
                                std::span<const std::string> ignored, std::string_view prefix) {
  const std::vector<Labelled> parts = label_all(tokens, labels.size(), aggregation, prefix);
  std::vector<Entity> entities;
  if (aggregation == Aggregation::kNone) {
    for (const Labelled& part : parts) {
      if (contains(ignored, labels[part.label])) continue;
      entities.push_back({labels[part.label], part.score, part.word, part.begin, part.end, part.index});
    }
    return entities;
  }
  for (size_t i = 0; i < parts.size();) {
    const LabelMeaning& first = meanings[parts[i].label];
    size_t end = i + 1;
    while (end < parts.size() && !meanings[parts[end].label].begins &&
           meanings[parts[end].label].kind == first.kind) {
      ++end;
    }
    if (!contains(ignored, first.kind)) {
      entities.push_back(entity_of(std::span(parts).subspan(i, end - i), first.kind, prefix));
    }
    i = end;
  }
  return entities;
}

// aggregate_overlapping_entities()
std::vector<Entity> merge_overlapping(std::vector<Entity> entities) {
  std::stable_sort(entities.begin(), entities.end(),
                   [](const Entity& a, const Entity& b) { return a.begin < b.begin; });
  std::vector<Entity> merged;
  for (Entity& entity : entities) {
    if (merged.empty() || entity.begin >= merged.back().end) {
      merged.push_back(std::move(entity));
      continue;
    }
    Entity& before = merged.back();
    const uint32_t length = entity.end - entity.begin, other = before.end - before.begin;
    if (length > other || (length == other && entity.score > before.score)) {
      before = std::move(entity);
    }
  }
  return merged;
}

}  // namespace linnet::engine
