// tools/verify_report.h - what `verify` finds, and how it says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "linnet/layer_drift.h"
#include "tools/records.h"

namespace linnet::tools {

// Of one text: its vector against the reference's.
struct Difference {
  double cosine = 0, max_abs = 0;
  std::string place = {}, text = {};  // of the record, for those that are shown
};

struct Verdict {
  uint64_t texts = 0;
  double max_abs = 0, sum_cosine = 0, min_cosine = 1;
  std::vector<Difference> worst;    // the worst first
  std::vector<LayerDrift> layers;   // or empty: not asked for

  // The first vectors of both sides, to see whether texts keep their neighbours.
  size_t dimension = 0;
  std::vector<float> vectors, reference;  // [kept, dimension]

  // keep: the vectors too, of the first texts.
  void add(std::span<const float> vector, std::span<const float> reference_vector,
           const RecordReader& reader, const Record& record, bool keep);

  size_t kept() const { return dimension == 0 ? 0 : vectors.size() / dimension; }
  // The share of each text's ten nearest (by cosine) that it keeps, on average over the kept texts. Nothing where
  // there are fewer than 12: the others are the ten nearest, whatever the vectors.
  std::optional<double> neighbours_kept() const;
};

std::string text_report(const Verdict& verdict);
std::string json_report(const Verdict& verdict);

}  // namespace linnet::tools
