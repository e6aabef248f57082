// linnet rerank: a query and documents -> the documents by how well they answer it.
//
// Three forms of input, one of output: a record for each query.
//   --query Q FILE...             every text is a document; one record, when all have been read
//   JSON Lines                    {"query": ..., "documents": [...]}
//   CSV, TSV, or --pair-field     a row for each document; rows of one query follow each other
#include "linnet/reranker.h"

#include <algorithm>
#include <array>

#include "tools/batch.h"
#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/json_text.h"
#include "tools/message.h"
#include "tools/signals.h"
#include "tools/string_list.h"
#include "tools/task_run.h"

namespace linnet::tools {
namespace {

constexpr std::string_view kRerankFormats[] = {"jsonl"};

enum class Form { kOneQuery, kDocumentLists, kRows };

struct Ranked {
  uint64_t index;  // of the document, from 0 for each query
  float score;
  std::string text;  // where it is shown
};

struct RerankJob {
  Reranker reranker;
  std::string query;  // of kOneQuery
  size_t top;
  bool show_text;
  size_t workers;
};

// The best first; of equal scores the earlier document.
void keep_best(size_t top, std::vector<Ranked>& ranked) {
  std::sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
    return a.score != b.score ? a.score > b.score : a.index < b.index;
  });
  if (ranked.size() > top) ranked.resize(top);
}

void append_results(const std::vector<Ranked>& ranked, bool show_text, std::string& out) {
  out.append(", \"results\": [");
  for (size_t i = 0; i < ranked.size(); ++i) {
    out.append(i > 0 ? ", {" : "{").append("\"index\": ");
    append_integer(static_cast<int64_t>(ranked[i].index), out);
    out.append(", \"score\": ");
    append_json_float(ranked[i].score, out);
    if (show_text) {
      out.append(", \"text\": ");
      append_json_string(ranked[i].text, out);
    }
    out.append("}");
  }
  out.append("]");
}

// One query's documents, in parts of some seconds, between which the program looks whether it is to stop: kCancelled.
// `problem`: of a document that cannot be scored.
Status rank(RerankJob& job, std::string_view query, std::span<const std::string_view> documents,
            EmbedStats& stats, std::vector<Ranked>& ranked, Status& problem) {
  const size_t part_bytes = job.workers << 16;
  std::vector<float> scores(documents.size());
  for (size_t first = 0; first < documents.size();) {
    if (first > 0 && stop_signal() > 0) return {Code::kCancelled, "the program is to stop"};
    size_t count = 0;
    for (size_t bytes = 0; first + count < documents.size() && bytes < part_bytes; ++count) {
      bytes += documents[first + count].size() + query.size() + 1;
    }
    std::vector<Status> problems(count);
    Status status = job.reranker.score(query, documents.subspan(first, count),
                                       std::span(scores).subspan(first, count), &stats, problems);
    if (!status.ok()) return status;
    for (size_t i = 0; i < count; ++i) {
      if (problems[i].ok()) continue;
      problem = {problems[i].code, "document " + std::to_string(first + i) + ": " + problems[i].message};
      return {};
    }
    first += count;
  }
  ranked.clear();
  for (size_t i = 0; i < documents.size(); ++i) ranked.push_back({i, scores[i], {}});
  keep_best(job.top, ranked);
  for (Ranked& one : ranked) {
    if (job.show_text) one.text = documents[one.index];
  }
  return {};
}

BatchTask common_task(const RerankJob& job, const Model& model) {
  BatchTask task;
  task.workers = job.workers;
  task.chunk_tokens = model.chunk_tokens(static_cast<uint32_t>(job.workers));
  task.model_fingerprint = fingerprint(model.info());
  return task;
}

// A record of input has a query and its documents.
int rank_records(const Arguments& args, Batch& batch, const Model& model, RerankJob& job) {
  std::array<std::vector<std::vector<Ranked>>, kWindowsInFlight> ranked;  // [rows of the window]
  BatchTask task = common_task(job, model);
  task.bytes_per_result = 4096;
  task.compute = [&](Window& window) {
    ranked[window.slot].resize(window.texts.size());
    for (size_t row = 0; row < window.texts.size(); ++row) {
      Status problem;
      const Status status = rank(job, window.texts[row], items_of(window.pairs[row]), window.stats,
                                 ranked[window.slot][row], problem);
      if (!status.ok()) return status;
      if (!problem.ok()) window.fail(row, std::move(problem));
    }
    return Status{};
  };
  task.append = [&](const Window& window, size_t record, std::string& out) {
    append_results(ranked[window.slot][window.rows[record]], job.show_text, out);
  };
  return run_batch(args, batch, task);
}

// A record of input is a document. Memory holds no more of them than are shown, and a window.
int rank_documents(const Arguments& args, Batch& batch, const Model& model, RerankJob& job) {
  std::array<std::vector<float>, kWindowsInFlight> scores;  // [rows of the window]
  std::vector<Ranked> best;
  BatchTask task = common_task(job, model);
  task.bytes_per_result = sizeof(float);
  task.compute = [&](Window& window) {
    scores[window.slot].resize(window.texts.size());
    std::vector<Status> problems(window.texts.size());
    Status status = job.reranker.score(job.query, window.texts, scores[window.slot], &window.stats, problems);
    window.take_problems(problems);
    return status;
  };
  task.append = [&](const Window& window, size_t record, std::string&) {
    constexpr size_t kWaiting = 4096;
    const size_t row = window.rows[record];
    best.push_back({window.first + record, scores[window.slot][row],
                    job.show_text ? std::string(window.texts[row]) : std::string()});
    if (best.size() > kWaiting && best.size() - kWaiting > job.top) keep_best(job.top, best);
  };
  task.layout.kind = OutputLayout::Kind::kRaw;
  task.resumable = false;  // nothing is written until all documents are known
  task.finish = [&](std::string& out) {
    keep_best(job.top, best);
    out.append("{\"index\": 0");
    append_results(best, job.show_text, out);
    out.append("}\n");
  };
  return run_batch(args, batch, task);
}

// The query in "query" and each document in "document", unless the command line says otherwise.
Result<Form> choose_form(const Arguments& args, InputOptions& input) {
  FieldSelection& fields = input.fields;
  if (args.value("query")) {
    for (const char* name : {"id-field", "keep", "pair-field"}) {
      if (!args.value(name)) continue;
      return Status{Code::kInvalidArgument, "--query and --" + std::string(name) +
                                                " cannot be given together: with --query every text is a document"};
    }
    if (args.flag("resume", false)) {
      return Status{Code::kInvalidArgument,
                    "--resume: with --query there is one record, and nothing of it to go on with"};
    }
    return Form::kOneQuery;
  }
  if (!input.texts.empty()) {
    return Status{Code::kInvalidArgument, "the documents have no query: --query Q gives it"};
  }
  if (!args.value("field")) fields.text = "query";
  bool rows = fields.pair.has_value(), lines = false;
  for (const std::string& path : input.files.empty() ? std::vector<std::string>{"-"} : input.files) {
    const InputFormat format = input.format.value_or(format_of(path));
    rows = rows || format == InputFormat::kCsv || format == InputFormat::kTsv;
    lines = lines || format == InputFormat::kLines || format == InputFormat::kNul;
  }
  if (lines) {
    return Status{Code::kInvalidArgument,
                  "lines of text hold documents alone: --query Q gives the query, or use JSON Lines, CSV or TSV"};
  }
  if (rows) {
    if (!fields.pair) fields.pair = "document";
    input.join_rows = true;
    return Form::kRows;
  }
  fields.pair = "documents";
  fields.documents = true;
  return Form::kDocumentLists;
}

int run_rerank(const Arguments& args) {
  const Result<std::string> name = model_argument(args, false);
  if (!name.ok()) return exit_with(name.status());
  const Result<TaskOptions> task = parse_task_options(args);
  if (!task.ok()) return exit_with(task.status());
  const auto top = args.count("top", 1, uint64_t{1} << 32);
  if (!top.ok()) return exit_with(top.status());
  Form form = Form::kOneQuery;
  Result<Batch> batch = open_batch(args, kRerankFormats, {"results"}, [&](InputOptions& input) {
    const Result<Form> chosen = choose_form(args, input);
    if (chosen.ok()) form = chosen.value();
    return chosen.ok() ? Status{} : chosen.status();
  });
  if (!batch.ok()) return exit_with(batch.status());
  const Result<Model> model = open_model(name.value(), args);
  if (!model.ok()) return exit_with(model.status());
  Result<Reranker> reranker =
      Reranker::create(model.value(), {.task = task.value(), .raw = args.flag("raw", false)});
  if (!reranker.ok()) return exit_with(reranker.status());
  RerankJob job{.reranker = std::move(reranker.value()),
                .query = args.value("query").value_or(""),
                .top = static_cast<size_t>(top.value().value_or(SIZE_MAX)),
                .show_text = args.flag("return-documents", false),
                .workers = task.value().num_threads};
  return form == Form::kOneQuery ? rank_documents(args, batch.value(), model.value(), job)
                                 : rank_records(args, batch.value(), model.value(), job);
}

}  // namespace

Command rerank_command() {
  using Kind = Option::Kind;
  return {.name = "rerank",
          .summary = "Sorts documents by how well they answer a query (cross-encoder).",
          .usage = "-m MODEL [options] [FILE...]",
          .options = join(
              {model_options(),
               {{Kind::kValue, '\0', "query", "Q", "the query; every text of the input is a document"},
                {Kind::kValue, '\0', "top", "K", "the best K documents (default: all)"},
                {Kind::kFlag, '\0', "raw", "", "logits, whatever the model says (default: no)"},
                {Kind::kFlag, '\0', "return-documents", "", "their texts too (default: no)"}},
               batch_options("jsonl"),
               {{Kind::kValue, '\0', "pair-field", "NAME",
                 "a record for each document: its field (CSV and TSV: document)"}},
               task_options(), common_options()}),
          .examples = {"linnet rerank -m reranker.linnet --query 'small birds' passages.txt --top 10",
                       "linnet rerank -m reranker.linnet queries.jsonl -o ranked.jsonl"},
          .run = run_rerank};
}

}  // namespace linnet::tools
