#include "tools/verify_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "tools/json_lines.h"
#include "tools/utf8.h"

namespace linnet::tools {
namespace {

constexpr size_t kShownTexts = 5;
constexpr size_t kKeptTexts = 2000;  // a second or two for all pairs of them
constexpr size_t kNeighbours = 10;

// Of both, and NaN where one of them is.
double lesser(double a, double b) { return std::isnan(a) || a < b ? a : b; }
double greater(double a, double b) { return std::isnan(a) || a > b ? a : b; }

// NaN compares as the worst there is.
double rank(const Difference& d) { return std::isnan(d.cosine) ? -2 : d.cosine; }

Difference compare(std::span<const float> a, std::span<const float> b) {
  double dot = 0, norm_a = 0, norm_b = 0, most = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double x = a[i], y = b[i];
    dot += x * y;
    norm_a += x * x;
    norm_b += y * y;
    most = greater(std::abs(x - y), most);
  }
  const double cosine = dot / std::sqrt(norm_a * norm_b);  // which rounds, to beyond 1 and -1, too
  return {.cosine = greater(lesser(cosine, 1), -1), .max_abs = most};
}

// Rows of length 1, so that a product is a cosine. A row of zeros stays one.
std::vector<float> normalized(const std::vector<float>& vectors, size_t dimension) {
  std::vector<float> rows = vectors;
  for (size_t at = 0; at < rows.size(); at += dimension) {
    double squares = 0;
    for (size_t j = at; j < at + dimension; ++j) {
      squares += static_cast<double>(rows[j]) * static_cast<double>(rows[j]);
    }
    const auto length = static_cast<float>(std::sqrt(squares));
    for (size_t j = 0; j < dimension && length > 0; ++j) rows[at + j] /= length;
  }
  return rows;
}

// The `count` rows nearest to row i, itself apart.
std::vector<size_t> nearest_rows(const std::vector<float>& rows, size_t dimension, size_t i, size_t count) {
  const size_t n = rows.size() / dimension;
  const float* const x = rows.data() + i * dimension;
  std::vector<float> cosine(n);
  for (size_t k = 0; k < n; ++k) {
    float lanes[8] = {};  // so that a compiler can vectorize it
    const float* const y = rows.data() + k * dimension;
    for (size_t j = 0; j + 8 <= dimension; j += 8) {
      for (size_t l = 0; l < 8; ++l) lanes[l] += x[j + l] * y[j + l];
    }
    for (size_t j = dimension / 8 * 8; j < dimension; ++j) lanes[0] += x[j] * y[j];
    cosine[k] = std::accumulate(lanes, lanes + 8, 0.0f);
  }
  std::vector<size_t> order;
  for (size_t k = 0; k < n; ++k) {
    if (k != i) order.push_back(k);
  }
  std::partial_sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(count), order.end(),
                    [&](size_t a, size_t b) { return cosine[a] != cosine[b] ? cosine[a] > cosine[b] : a < b; });
  order.resize(count);
  std::sort(order.begin(), order.end());
  return order;
}

std::string line_of(const char* format, auto... values) {
  char line[200];
  std::snprintf(line, sizeof line, format, values...);
  return line;
}

double mean_cosine(const Verdict& verdict) {
  return verdict.sum_cosine / static_cast<double>(verdict.texts);
}

std::string layer_name(size_t layer) { return layer == 0 ? "embeddings" : std::to_string(layer); }

}  // namespace

void Verdict::add(std::span<const float> vector, std::span<const float> reference_vector,
                  const RecordReader& reader, const Record& record, bool keep) {
  if (keep && texts < kKeptTexts) {
    dimension = vector.size();
    vectors.insert(vectors.end(), vector.begin(), vector.end());
    reference.insert(reference.end(), reference_vector.begin(), reference_vector.end());
  }
  Difference d = compare(vector, reference_vector);
  ++texts;
  max_abs = greater(d.max_abs, max_abs);
  sum_cosine += d.cosine;
  min_cosine = lesser(d.cosine, min_cosine);
  if (worst.size() == kShownTexts && rank(worst.back()) <= rank(d)) return;
  d.place = reader.place(record);
  d.text = one_line(record.text, 60);
  const auto at = std::upper_bound(worst.begin(), worst.end(), d,
                                   [](const auto& a, const auto& b) { return rank(a) < rank(b); });
  worst.insert(at, std::move(d));
  if (worst.size() > kShownTexts) worst.pop_back();
}

std::optional<double> Verdict::neighbours_kept() const {
  const size_t n = kept(), count = kNeighbours;
  if (n < count + 2) return {};
  const std::vector<float> a = normalized(vectors, dimension), b = normalized(reference, dimension);
  size_t common = 0;
  for (size_t i = 0; i < n; ++i) {
    const auto of_a = nearest_rows(a, dimension, i, count), of_b = nearest_rows(b, dimension, i, count);
    std::vector<size_t> both;
    std::set_intersection(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(), std::back_inserter(both));
    common += both.size();
  }
  return static_cast<double>(common) / static_cast<double>(n * count);
}

std::string text_report(const Verdict& verdict) {
  std::string out = line_of(
      "texts                %llu\nmax abs difference   %.3g\nmean cosine          %.7f\n"
      "min cosine           %.7f\n",
      static_cast<unsigned long long>(verdict.texts), verdict.max_abs, mean_cosine(verdict),
      verdict.min_cosine);
  if (!verdict.layers.empty()) {
    const auto share = verdict.neighbours_kept();
    out += share ? line_of("top-10 neighbours    %.2f %% kept, of the first %zu texts\n", 100 * *share, verdict.kept())
                 : line_of("top-10 neighbours    need 12 texts, there are %zu\n", verdict.kept());
    out += "hidden states after:\n  layer        mean cosine   min cosine   relative error\n";
    for (size_t l = 0; l < verdict.layers.size(); ++l) {
      const LayerDrift& drift = verdict.layers[l];
      out += line_of("  %-11s   %.7f    %.7f        %.5f\n", layer_name(l).c_str(), drift.mean_cosine,
                     drift.min_cosine, drift.relative_error);
    }
  }
  out += "worst texts:\n";
  for (const Difference& d : verdict.worst) {
    out += line_of("  cosine %.7f  max abs %.3g  ", d.cosine, d.max_abs) + d.place + ": " + d.text + "\n";
  }
  return out;
}

std::string json_report(const Verdict& verdict) {
  Json worst = Json::array(), layers = Json::array();
  for (const Difference& d : verdict.worst) {
    worst.push_back({{"cosine", d.cosine}, {"max_abs", d.max_abs}, {"place", d.place}, {"text", d.text}});
  }
  for (size_t l = 0; l < verdict.layers.size(); ++l) {
    const LayerDrift& drift = verdict.layers[l];
    layers.push_back({{"layer", l},
                      {"mean_cosine", drift.mean_cosine},
                      {"min_cosine", drift.min_cosine},
                      {"relative_error", drift.relative_error}});
  }
  Json json = {{"texts", verdict.texts},
               {"max_abs", verdict.max_abs},
               {"mean_cosine", mean_cosine(verdict)},
               {"min_cosine", verdict.min_cosine}};
  if (!verdict.layers.empty()) {
    const auto share = verdict.neighbours_kept();
    json["neighbours_kept"] = share ? Json(*share) : Json();
    json["neighbours_of_texts"] = verdict.kept();
    json["layers"] = std::move(layers);
  }
  json["worst"] = std::move(worst);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace linnet::tools
