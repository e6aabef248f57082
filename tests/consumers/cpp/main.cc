// consumer MODEL...: embeds two texts with each model and checks what comes back. Every public header
// is included, each as the first of its translation unit's own would be: on its own.
#include <linnet/embedder.h>
#include <linnet/import.h>
#include <linnet/linnet.h>
#include <linnet/model.h>
#include <linnet/status.h>
#include <linnet/tokenizer.h>

#include <cmath>
#include <cstring>
#include <iostream>
#include <string_view>
#include <vector>

namespace {

bool fail(const std::string& what, const linnet::Status& status) {
  std::cerr << what << ": " << status.message << "\n";
  return false;
}

bool check_model(const char* path) {
  auto model = linnet::Model::open(path);
  if (!model.ok()) return fail(path, model.status());
  linnet::Encoding encoding;
  linnet::Status status = model.value().tokenizer().encode("a good day", {}, encoding);
  if (!status.ok()) return fail("encode", status);

  linnet::EmbedOptions options;
  options.num_threads = 2;
  auto embedder = linnet::Embedder::create(model.value(), options);
  if (!embedder.ok()) return fail("create", embedder.status());
  const size_t dimension = embedder.value().dimension();
  const std::vector<std::string_view> texts = {"a good day", "b", "a good day"};
  std::vector<float> vectors(texts.size() * dimension);
  linnet::EmbedStats stats;
  status = embedder.value().embed(texts, vectors, &stats);
  if (!status.ok()) return fail("embed", status);

  double norm = 0;
  for (size_t i = 0; i < dimension; ++i) norm += double{vectors[i]} * double{vectors[i]};
  std::cout << "C++: dimension " << dimension << ", norm " << std::sqrt(norm) << "\n";
  const bool same =
      std::memcmp(vectors.data(), &vectors[2 * dimension], dimension * sizeof(float)) == 0;
  return same && std::isfinite(norm) && norm > 0 && stats.texts == 3 &&
         stats.tokens > 2 * encoding.ids.size();
}

}  // namespace

int main(int argc, char** argv) {
  const auto missing = linnet::Model::open("no/such/model.linnet");
  bool good = !missing.ok() && missing.status().code == linnet::Code::kNotFound;
  for (int i = 1; i < argc; ++i) good = check_model(argv[i]) && good;
  std::cout << "C++: linnet " << linnet::version() << ", " << argc - 1 << " models, "
            << (good ? "good" : "BAD") << "\n";
  return good ? 0 : 1;
}
