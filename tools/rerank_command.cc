// linnet rerank: a query and documents -> the documents by how well they answer it.
//
// Three forms of input, one of output: a record for each query.
//   --query Q FILE...             every text is a document
//   JSON Lines                    {"query": ..., "documents": [...]}
//   CSV, TSV, or --pair-field     a row for each document; rows of one query follow each other
#include "linnet/reranker.h"

#include <algorithm>

#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/json_text.h"
#include "tools/message.h"
#include "tools/output_file.h"
#include "tools/record_text.h"
#include "tools/records.h"
#include "tools/task_run.h"

namespace linnet::tools {
namespace {

constexpr std::string_view kFormats[] = {"jsonl"};
constexpr const char* kDocuments = "documents";
constexpr size_t kDocumentsAtATime = 4096;

enum class Form { kOneQuery, kDocumentLists, kRows };

struct Ranked {
  uint64_t index;  // of the document, from 0 for each query
  float score;
  std::string text;  // where it is shown
};

struct RerankJob {
  Reranker reranker;
  RecordReader reader;
  OutputFile output;
  Form form;
  std::string query;  // of kOneQuery
  size_t top;
  bool show_text, skip_bad;
  EmbedStats stats;
  uint64_t bad = 0, queries = 0;
};

// One query's documents on their way.
struct Group {
  Record record;  // what the output record starts with
  std::string query;
  std::vector<std::string> waiting;  // not scored yet
  uint64_t documents = 0;
  std::vector<Ranked> ranked;
};

Status score_waiting(RerankJob& job, Group& group) {
  const std::vector<std::string_view> texts(group.waiting.begin(), group.waiting.end());
  std::vector<float> scores(texts.size());
  Status status = job.reranker.score(group.query, texts, scores, &job.stats);
  if (!status.ok()) return status;
  for (size_t i = 0; i < texts.size(); ++i) {
    group.ranked.push_back({group.documents++, scores[i],
                            job.show_text ? std::move(group.waiting[i]) : std::string()});
  }
  group.waiting.clear();
  // The best first; of equal scores the earlier document. Memory holds no more than are shown.
  std::sort(group.ranked.begin(), group.ranked.end(), [](const Ranked& a, const Ranked& b) {
    return a.score != b.score ? a.score > b.score : a.index < b.index;
  });
  if (group.ranked.size() > job.top) group.ranked.resize(job.top);
  return {};
}

Status add_document(RerankJob& job, Group& group, std::string text) {
  group.waiting.push_back(std::move(text));
  return group.waiting.size() < kDocumentsAtATime ? Status{} : score_waiting(job, group);
}

Status write_group(RerankJob& job, Group& group) {
  if (Status s = score_waiting(job, group); !s.ok()) return s;
  std::string out;
  append_json_start(group.record, job.queries++, out);
  out.append(", \"results\": [");
  for (size_t i = 0; i < group.ranked.size(); ++i) {
    out.append(i > 0 ? ", {" : "{").append("\"index\": ");
    append_integer(static_cast<int64_t>(group.ranked[i].index), out);
    out.append(", \"score\": ");
    append_json_float(group.ranked[i].score, out);
    if (job.show_text) {
      out.append(", \"text\": ");
      append_json_string(group.ranked[i].text, out);
    }
    out.append("}");
  }
  out.append("]}\n");
  group = {};
  return job.output.write(out);
}

// The documents of a record of kDocumentLists, taken out of what it carries along.
Status take_documents(RerankJob& job, Record& record, Group& group) {
  const auto at = std::find_if(record.kept.begin(), record.kept.end(),
                               [](const auto& field) { return field.first == kDocuments; });
  if (at == record.kept.end()) return {Code::kNotFound, "has no field \"documents\""};
  const Json documents = std::move(at->second);
  record.kept.erase(at);
  if (!documents.is_array()) {
    return {Code::kInvalidArgument, "field \"documents\" is no list of strings"};
  }
  for (const Json& document : documents) {
    if (!document.is_string()) {
      return {Code::kInvalidArgument, "field \"documents\" holds what is no string"};
    }
  }
  group.query = record.text;
  for (const Json& document : documents) {
    if (Status s = add_document(job, group, document.get<std::string>()); !s.ok()) return s;
  }
  return {};
}

Status rerank_all(RerankJob& job) {
  Group group;
  group.query = job.query;
  bool open = job.form == Form::kOneQuery;
  for (Record record;;) {
    const Result<bool> more = job.reader.next(record);
    if (!more.ok()) return more.status();
    if (!more.value()) break;
    Status problem = record.problem, status;
    if (problem.ok() && job.form == Form::kOneQuery) {
      status = add_document(job, group, std::move(record.text));
    } else if (problem.ok() && job.form == Form::kRows) {
      if (open && record.text != group.query) status = write_group(job, group);
      if (!status.ok()) return status;
      if (!open || group.query != record.text || group.documents + group.waiting.size() == 0) {
        group.query = record.text;
        open = true;
      }
      std::string document = std::move(record.pair);
      if (group.documents + group.waiting.size() == 0) group.record = std::move(record);
      status = add_document(job, group, std::move(document));
    } else if (problem.ok()) {
      group = {};
      problem = take_documents(job, record, group);
      if (problem.ok()) {
        group.record = record;
        status = write_group(job, group);
      }
    }
    if (!status.ok()) return status;
    if (problem.ok()) continue;
    const std::string message = job.reader.place(record) + ": " + problem.message;
    if (!job.skip_bad) return {problem.code, message};
    constexpr uint64_t kMostShown = 20;
    if (++job.bad <= kMostShown) error(message);
  }
  if (open) return write_group(job, group);
  return {};
}

// The query in "query" and each document in "document", unless the command line says otherwise.
Result<Form> choose_form(const Arguments& args, InputOptions& input) {
  FieldSelection& fields = input.fields;
  if (args.value("query")) return Form::kOneQuery;
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
    return Form::kRows;
  }
  if (!fields.keep_all) fields.keep.push_back(kDocuments);
  return Form::kDocumentLists;
}

int run_rerank(const Arguments& args) {
  const Result<std::string> name = model_argument(args, false);
  if (!name.ok()) return exit_with(name.status());
  const Result<TaskOptions> task = parse_task_options(args);
  if (!task.ok()) return exit_with(task.status());
  const auto top = args.count("top", 1, uint64_t{1} << 32);
  if (!top.ok()) return exit_with(top.status());
  const std::string on_error = args.value("on-error").value_or("stop");
  if (on_error != "stop" && on_error != "skip") {
    return exit_with({Code::kInvalidArgument, "--on-error " + on_error + ": expected stop or skip"});
  }
  const Result<std::string> format = parse_format(args, kFormats);
  if (!format.ok()) return exit_with(format.status());
  Result<InputOptions> input = parse_input(args);
  if (!input.ok()) return exit_with(input.status());
  const Result<Form> form = choose_form(args, input.value());
  if (!form.ok()) return exit_with(form.status());
  Result<RecordReader> reader = RecordReader::open(std::move(input.value()));
  if (!reader.ok()) return exit_with(reader.status());
  const Result<Model> model = open_model(name.value(), args);
  if (!model.ok()) return exit_with(model.status());
  Result<Reranker> reranker =
      Reranker::create(model.value(), {.task = task.value(), .raw = args.flag("raw", false)});
  if (!reranker.ok()) return exit_with(reranker.status());
  Result<OutputFile> output = OutputFile::create(args.value("output").value_or(""));
  if (!output.ok()) return exit_with(output.status());

  RerankJob job{.reranker = std::move(reranker.value()),
                .reader = std::move(reader.value()),
                .output = std::move(output.value()),
                .form = form.value(),
                .query = args.value("query").value_or(""),
                .top = static_cast<size_t>(top.value().value_or(SIZE_MAX)),
                .show_text = args.flag("return-documents", false),
                .skip_bad = on_error == "skip",
                .stats = {}};
  Status status = rerank_all(job);
  if (status.ok()) status = job.output.commit();
  if (job.output.reader_gone()) return kExitDone;
  if (!status.ok()) return exit_with(as_failure(status));
  note(std::to_string(job.queries) + " queries, " + std::to_string(job.stats.texts) + " documents, " +
       std::to_string(job.stats.tokens) + " tokens, " + std::to_string(job.stats.truncated) +
       " truncated, " + std::to_string(job.bad) + " bad records");
  return job.bad > 0 ? kExitBadRecords : kExitDone;
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
                {Kind::kFlag, '\0', "return-documents", "", "their texts too (default: no)"},
                {Kind::kValue, '\0', "on-error", "WHAT", "a bad record: stop (default) or skip it"}},
               input_options(),
               {{Kind::kValue, '\0', "pair-field", "NAME",
                 "a record for each document: its field (CSV and TSV: document)"},
                {Kind::kFlag, '\0', "header", "", "CSV, TSV: the first line names the fields (default: yes)"}},
               output_options("jsonl"), task_options(), common_options()}),
          .examples = {"linnet rerank -m reranker.linnet --query 'small birds' passages.txt --top 10",
                       "linnet rerank -m reranker.linnet queries.jsonl -o ranked.jsonl"},
          .run = run_rerank};
}

}  // namespace linnet::tools
