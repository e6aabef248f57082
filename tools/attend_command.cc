// linnet attend: what a model looks at, as numbers or as a picture.
#include <algorithm>
#include <charconv>
#include <optional>

#include "linnet/attender.h"
#include "tools/attention_picture.h"
#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/json_text.h"
#include "tools/message.h"
#include "tools/task_run.h"
#include "tools/word_attention.h"

namespace linnet::tools {
namespace {

constexpr std::string_view kAttendFormats[] = {"jsonl", "html"};
constexpr size_t kMostPictures = 24;  // of a text

enum class Heads { kFarthest, kMean, kEach };

// What is shown of a text: a matrix, or several.
struct Matrix {
  uint32_t layer = 0;
  std::optional<uint32_t> head;  // none: the mean of all
  std::vector<float> weights;    // [S][S]
};
struct ShownText {
  Encoding tokens;
  std::vector<Matrix> matrices;
};

Result<std::vector<uint32_t>> parse_numbers(const Arguments& args, const std::string& name) {
  std::vector<uint32_t> numbers;
  for (const std::string& text : parse_list(args, name)) {
    uint32_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, number);
    if (problem != std::errc() || stop != end) {
      return Status{Code::kInvalidArgument, "--" + name + " " + text + ": expected numbers from 0, or all" +
                                                (name == "head" ? ", mean or auto" : "")};
    }
    numbers.push_back(number);
  }
  return numbers;
}

Result<AttendOptions> parse_attend_options(const Arguments& args, Heads& heads) {
  const Result<TaskOptions> task = parse_task_options(args);
  if (!task.ok()) return task.status();
  AttendOptions options{.task = task.value()};
  if (args.value("layer").value_or("all") != "all") {
    const auto layers = parse_numbers(args, "layer");
    if (!layers.ok()) return layers.status();
    options.layers = layers.value();
  }
  const std::string head = args.value("head").value_or("auto");
  heads = head == "auto" ? Heads::kFarthest : head == "mean" ? Heads::kMean : Heads::kEach;
  if (heads == Heads::kEach && head != "all") {
    const auto numbers = parse_numbers(args, "head");
    if (!numbers.ok()) return numbers.status();
    options.heads = numbers.value();
  }
  return options;
}

std::vector<float> mean_of_heads(const Attention& attention, size_t layer) {
  const std::span<const float> first = attention.of(layer, 0);
  std::vector<float> mean(first.size());
  for (size_t head = 0; head < attention.heads; ++head) {
    const std::span<const float> weights = attention.of(layer, head);
    for (size_t i = 0; i < mean.size(); ++i) mean[i] += weights[i];
  }
  for (float& weight : mean) weight /= static_cast<float>(attention.heads);
  return mean;
}

// What of a text's attention is shown. `word`: whose attention decides, where one is given.
class Selection {
 public:
  Selection(const Attender& attender, const Tokenizer& tokenizer, Heads heads, std::optional<std::string> word)
      : attender_(attender), tokenizer_(tokenizer), heads_(heads), word_(std::move(word)) {}

  // The words of --from. None where it is not given.
  Result<std::vector<size_t>> from(const WordAttention& words) const {
    if (!word_) return std::vector<size_t>();
    std::vector<size_t> found = find_words(words, *word_);
    if (!found.empty()) return found;
    return Status{Code::kCorrupt, "the text has no word " + *word_ + ", which --from asks for"};
  }

  Status choose(std::string_view text, Attention& attention, ShownText& shown) const {
    const auto merged = [&](size_t layer, size_t head) {
      return merge_words(tokenizer_, text, attention.tokens, attention.of(layer, head));
    };
    const Result<std::vector<size_t>> from = this->from(merged(0, 0));
    if (!from.ok()) return from.status();
    size_t best_layer = 0, best_head = 0;
    float best = -1;
    shown.matrices.clear();
    for (size_t layer = 0; layer < attention.layers; ++layer) {
      if (heads_ == Heads::kMean) {
        shown.matrices.push_back({attender_.layers()[layer], {}, mean_of_heads(attention, layer)});
        continue;
      }
      for (size_t head = 0; head < attention.heads; ++head) {
        if (heads_ == Heads::kEach) {
          add(attention, layer, head, shown);
        } else if (const float look = far_look(merged(layer, head), from.value()); look > best) {
          best = look;
          best_layer = layer;
          best_head = head;
        }
      }
    }
    if (heads_ == Heads::kFarthest) add(attention, best_layer, best_head, shown);
    shown.tokens = std::move(attention.tokens);
    return {};
  }

 private:
  void add(const Attention& attention, size_t layer, size_t head, ShownText& shown) const {
    const std::span<const float> weights = attention.of(layer, head);
    shown.matrices.push_back(
        {attender_.layers()[layer], attender_.heads()[head], {weights.begin(), weights.end()}});
  }

  const Attender& attender_;
  const Tokenizer& tokenizer_;
  Heads heads_;
  std::optional<std::string> word_;
};

void append_json(const Tokenizer& tokenizer, std::string_view text, OffsetUnit unit, const ShownText& shown,
                 std::string& out) {
  const size_t n = shown.tokens.ids.size();
  out.append(", \"tokens\": [");
  for (size_t i = 0; i < n; ++i) {
    out.append(i > 0 ? ", " : "");
    append_json_string(tokenizer.token(shown.tokens.ids[i]), out);
  }
  std::vector<Encoding::Span> offsets = shown.tokens.offsets;
  OffsetConverter begins(text, unit), ends(text, unit);
  out.append("], \"offsets\": [");
  for (size_t i = 0; i < n; ++i) {
    const bool special = shown.tokens.word_ids[i] < 0;
    out.append(i > 0 ? ", [" : "[");
    append_integer(special ? 0 : static_cast<int64_t>(begins.convert(offsets[i].begin)), out);
    out.append(", ");
    append_integer(special ? 0 : static_cast<int64_t>(ends.convert(offsets[i].end)), out);
    out.append("]");
  }
  out.append("], \"attention\": [");
  for (const Matrix& matrix : shown.matrices) {
    out.append(&matrix == shown.matrices.data() ? "{\"layer\": " : ", {\"layer\": ");
    append_integer(matrix.layer, out);
    out.append(", \"head\": ").append(matrix.head ? std::to_string(*matrix.head) : "\"mean\"");
    out.append(", \"weights\": [");
    for (size_t i = 0; i < n; ++i) {
      out.append(i > 0 ? ", [" : "[");
      for (size_t j = 0; j < n; ++j) {
        out.append(j > 0 ? ", " : "");
        append_json_float(matrix.weights[i * n + j], out);
      }
      out.append("]");
    }
    out.append("]}");
  }
  out.append("]");
}

void append_html(const Tokenizer& tokenizer, std::string_view text, const Selection& selection,
                 const ShownText& shown, std::string& out) {
  for (const Matrix& matrix : shown.matrices) {
    const WordAttention words = merge_words(tokenizer, text, shown.tokens, matrix.weights);
    const std::string head = matrix.head ? "head " + std::to_string(*matrix.head) : "mean of all heads";
    const std::string title = "Layer " + std::to_string(matrix.layer) + ", " + head;
    append_picture(words, selection.from(words).value(), title, out);
  }
}

int run_attend(const Arguments& args) {
  const Result<std::string> name = model_argument(args, false);
  if (!name.ok()) return exit_with(name.status());
  Heads heads = Heads::kEach;
  const Result<AttendOptions> options = parse_attend_options(args, heads);
  if (!options.ok()) return exit_with(options.status());
  const Result<OffsetUnit> unit = parse_offset_unit(args);
  if (!unit.ok()) return exit_with(unit.status());
  Result<Batch> batch = open_batch(args, kAttendFormats, {"tokens", "offsets", "attention"});
  if (!batch.ok()) return exit_with(batch.status());
  const bool picture = batch.value().format == "html";
  if (picture && batch.value().resume) {
    return exit_with({Code::kInvalidArgument, "--resume does not go with html, which is one page"});
  }
  const Result<Model> model = open_model(name.value(), args);
  if (!model.ok()) return exit_with(model.status());
  Result<Attender> created = Attender::create(model.value(), options.value());
  if (!created.ok()) return exit_with(created.status());
  Attender& attender = created.value();
  const size_t matrices = heads == Heads::kFarthest ? 1
                          : heads == Heads::kMean   ? attender.layers().size()
                                                    : attender.layers().size() * attender.heads().size();
  if (picture && matrices > kMostPictures) {
    return exit_with({Code::kInvalidArgument,
                      std::to_string(matrices) + " pictures of each text, expected at most " +
                          std::to_string(kMostPictures) + ": choose by --layer and --head"});
  }

  const Tokenizer& tokenizer = model.value().tokenizer();
  const Selection selection(attender, tokenizer, heads, args.value("from"));
  const size_t together = options.value().task.num_threads;  // few: a text may have megabytes of weights
  RowTask<ShownText> rows;
  rows.compute = [&](auto texts, auto, auto& results, EmbedStats& stats, auto problems) {
    std::vector<Attention> found;
    results.resize(texts.size());
    for (size_t begin = 0; begin < texts.size(); begin += together) {
      const auto part = texts.subspan(begin, std::min(together, texts.size() - begin));
      if (Status s = attender.attend(part, found, &stats); !s.ok()) return s;
      for (size_t i = 0; i < part.size(); ++i) {
        problems[begin + i] = selection.choose(part[i], found[i], results[begin + i]);
      }
    }
    return Status{};
  };
  OutputLayout layout;
  if (picture) {
    layout.kind = OutputLayout::Kind::kRaw;
    layout.null_row = "";
    layout.start = picture_page_start();
    rows.append = [&](auto text, auto, const ShownText& shown, std::string& out) {
      append_html(tokenizer, text, selection, shown, out);
    };
  } else {
    rows.append = [&](auto text, auto, const ShownText& shown, std::string& out) {
      append_json(tokenizer, text, unit.value(), shown, out);
    };
  }
  const size_t longest = options.value().task.max_length == 0 ? model.value().info().max_length
                                                              : options.value().task.max_length;
  return run_rows(args, batch.value(), model.value(), options.value().task, std::move(layout),
                  matrices * longest * longest * sizeof(float), rows);
}

}  // namespace

Command attend_command() {
  using Kind = Option::Kind;
  return {.name = "attend",
          .summary = "Shows what a model looks at: the weights of its attention, or a picture of them.",
          .usage = "-m MODEL [options] [FILE...]",
          .options = join(
              {model_options(),
               {{Kind::kValue, '\0', "layer", "L,..", "layers, from 0, or all (default: all)"},
                {Kind::kValue, '\0', "head", "H,..",
                 "heads, from 0; all; mean: of each layer's; auto (default): the one head of the layers whose "
                 "words look most at one that is not their neighbour"},
                {Kind::kValue, '\0', "from", "WORD",
                 "the word whose arcs are shown, and by which auto chooses (default: all)"}},
               batch_options("jsonl or html"), offset_options(), task_options(), common_options()}),
          .examples = {"linnet attend -m mpnet.linnet --text 'a text' -o attention.html",
                       "linnet attend -m mpnet.linnet texts.txt --layer 5 --head mean"},
          .run = run_attend};
}

}  // namespace linnet::tools
