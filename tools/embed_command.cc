// linnet embed: texts -> vectors.
#include "linnet/embedder.h"

#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/message.h"
#include "tools/progress.h"
#include "tools/vector_writer.h"
#include "tools/window.h"
#include "tools/window_embedder.h"

namespace linnet::tools {
namespace {

constexpr std::string_view kFormats[] = {"jsonl", "csv", "npy", "f32"};

// Window after window, in the order of the input.
Status embed_all(RecordReader& reader, WindowEmbedder& embedder, VectorWriter& writer,
                 Progress& progress) {
  const size_t max_texts = window_texts(embedder.dimension());
  Window window;
  while (!window.last) {
    const Status read = read_window(reader, max_texts, window);
    if (Status s = embedder.embed(window); !s.ok()) return s;
    if (Status s = writer.write(window, embedder.vectors(), embedder.rows()); !s.ok()) return s;
    if (!read.ok()) return read;
    progress.update(embedder.stats().texts, embedder.stats().tokens);
  }
  return writer.finish();
}

int run_embed(const Arguments& args) {
  const Result<std::string> name = model_argument(args, false);
  if (!name.ok()) return exit_with(name.status());
  const Result<std::string> format = parse_format(args, kFormats);
  if (!format.ok()) return exit_with(format.status());
  const Result<InputOptions> input = parse_input(args);
  if (!input.ok()) return exit_with(input.status());
  const Result<EmbedOptions> options = parse_embed_options(args);
  if (!options.ok()) return exit_with(options.status());

  Result<RecordReader> reader = RecordReader::open(input.value());
  if (!reader.ok()) return exit_with(reader.status());
  const Result<Model> model = open_model(name.value(), args);
  if (!model.ok()) return exit_with(model.status());
  Result<Embedder> created = Embedder::create(model.value(), options.value());
  if (!created.ok()) return exit_with(created.status());
  WindowEmbedder embedder(std::move(created.value()));
  Result<VectorWriter> writer =
      VectorWriter::create(args.value("output").value_or(""), format.value(),
                           input.value().fields, embedder.dimension());
  if (!writer.ok()) return exit_with(writer.status());

  Status status;
  double seconds = 0;
  {
    Progress progress(args);
    status = embed_all(reader.value(), embedder, writer.value(), progress);
    seconds = progress.seconds();
  }
  if (writer.value().reader_gone()) return kExitDone;
  if (!status.ok()) return exit_with(as_failure(status));
  EmbedStats stats = embedder.stats();
  stats.repaired += reader.value().repaired();
  note(summary(stats, seconds));
  detail(peak_memory());
  return kExitDone;
}

}  // namespace

Command embed_command() {
  return {.name = "embed",
          .summary = "Turns texts into vectors.",
          .usage = "-m MODEL [options] [FILE...]",
          .options = join({model_options(), input_options(),
                           output_options("jsonl, csv, npy or f32"), embed_options(),
                           common_options()}),
          .examples = {"linnet embed -m minilm.linnet texts.txt -o vectors.npy",
                       "linnet embed -m minilm.linnet --text 'a text' --text 'another'"},
          .run = run_embed};
}

}  // namespace linnet::tools
