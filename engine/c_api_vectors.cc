// Vectors in linnet/linnet.h: of texts, of their windows and tokens, and their neighbours; and what a model looks
// at.
#include <algorithm>
#include <cstring>
#include <vector>

#include "engine/c_api_handle.h"
#include "linnet/attender.h"
#include "linnet/embedder.h"
#include "linnet/similar.h"
#include "linnet/token_embedder.h"
#include "linnet/window_embedder.h"

using linnet::missing;
using linnet::report_to_c;
using linnet::view;

struct linnet_embedder {
  linnet::Embedder it;
  std::vector<std::string_view> texts = {};  // of the call, kept for its memory
};
// What the last call gave lies with the handle.
struct linnet_window_embedder {
  linnet::WindowEmbedder it;
  std::vector<linnet::WindowVectors> found = {};
  std::vector<linnet_window> windows = {};
};
struct linnet_token_embedder {
  linnet::TokenEmbedder it;
  std::vector<linnet::TokenVectors> found = {};
};
struct linnet_attender {
  linnet::Attender it;
  std::vector<linnet::Attention> found = {};
};
struct linnet_similar {
  linnet::SimilarSearch it;
  size_t num_queries, dimension;
  std::vector<linnet_neighbour> found = {};
};

namespace {

linnet::Result<linnet::EmbedOptions> embed_options(const linnet_embed_options* given) {
  const linnet_embed_options options = given == nullptr ? linnet_embed_options{} : *given;
  linnet::EmbedOptions chosen{.dimension = options.dimension,
                              .max_length = options.max_length,
                              .num_threads = std::max(1u, options.num_threads)};
  if (options.normalize != 0) chosen.normalize = options.normalize > 0;
  if (options.prompt != nullptr) chosen.prompt = options.prompt;
  if (options.prompt_name != nullptr) chosen.prompt_name = options.prompt_name;
  if (options.pooling == nullptr) return chosen;
  std::string names;
  for (const linnet::Pooling pooling : linnet::kPoolings) {
    const std::string name = linnet::pooling_name(pooling);
    if (name == options.pooling) chosen.pooling = pooling;
    names += (names.empty() ? "" : ", ") + name;
  }
  if (chosen.pooling) return chosen;
  return linnet::Status{linnet::Code::kInvalidArgument,
                        "pooling " + std::string(options.pooling) + ": expected one of " + names};
}

}  // namespace

int linnet_embedder_create(const linnet_model* model, uint32_t num_threads, linnet_embedder** embedder) {
  linnet_embed_options options = {};
  options.num_threads = num_threads;
  return linnet_embedder_create_with(model, &options, embedder);
}
int linnet_embedder_create_with(const linnet_model* model, const linnet_embed_options* options,
                                linnet_embedder** embedder) {
  return linnet::make(model, embedder, [&](const linnet::Model& it) {
    const auto chosen = embed_options(options);
    if (!chosen.ok()) return linnet::Result<linnet::Embedder>(chosen.status());
    return linnet::Embedder::create(it, chosen.value());
  });
}
void linnet_embedder_free(linnet_embedder* embedder) { delete embedder; }
size_t linnet_embedder_dimension(const linnet_embedder* embedder) {
  return embedder == nullptr ? 0 : embedder->it.dimension();
}
int linnet_embed(linnet_embedder* embedder, const char* const* texts, const size_t* bytes, size_t n,
                 float* vectors) try {
  if (embedder == nullptr) return missing("embedder");
  if (n == 0) return LINNET_OK;
  if (texts == nullptr) return missing("texts");
  if (vectors == nullptr) return missing("vectors");
  embedder->texts.resize(n);
  for (size_t i = 0; i < n; ++i) {
    if (texts[i] == nullptr && (bytes == nullptr || bytes[i] > 0)) {
      return missing("texts[" + std::to_string(i) + "]");
    }
    embedder->texts[i] = view(texts[i], bytes == nullptr ? std::strlen(texts[i]) : bytes[i]);
  }
  return report_to_c(embedder->it.embed(embedder->texts, {vectors, n * embedder->it.dimension()}));
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}

int linnet_window_embedder_create(const linnet_model* model, const linnet_embed_options* options, uint32_t stride,
                                  linnet_window_embedder** embedder) {
  return linnet::make(model, embedder, [&](const linnet::Model& it) {
    const auto chosen = embed_options(options);
    if (!chosen.ok()) return linnet::Result<linnet::WindowEmbedder>(chosen.status());
    return linnet::WindowEmbedder::create(it, {.embed = chosen.value(), .stride = stride});
  });
}
void linnet_window_embedder_free(linnet_window_embedder* embedder) { delete embedder; }
int linnet_embed_windows(linnet_window_embedder* embedder, const char* text, size_t bytes,
                         const linnet_window** windows, const float** vectors, size_t* n) try {
  if (embedder == nullptr) return missing("embedder");
  if (windows == nullptr || vectors == nullptr || n == nullptr) return missing("windows, vectors or n");
  *n = 0;
  if (text == nullptr && bytes > 0) return missing("text");
  const std::string_view one = view(text, bytes);
  if (const auto s = embedder->it.embed_windows({&one, 1}, embedder->found); !s.ok()) return report_to_c(s);
  embedder->windows.clear();
  for (const linnet::TextWindow& window : embedder->found[0].windows) {
    embedder->windows.push_back({window.begin, window.end, window.tokens});
  }
  *windows = embedder->windows.data();
  *vectors = embedder->found[0].vectors.data();
  *n = embedder->windows.size();
  return LINNET_OK;
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}

int linnet_token_embedder_create(const linnet_model* model, uint32_t num_threads,
                                 linnet_token_embedder** embedder) {
  return linnet::make(model, embedder, [&](const linnet::Model& it) {
    return linnet::TokenEmbedder::create(it, {.task = {.num_threads = std::max(1u, num_threads)}});
  });
}
void linnet_token_embedder_free(linnet_token_embedder* embedder) { delete embedder; }
int linnet_embed_tokens(linnet_token_embedder* embedder, const char* text, size_t bytes, const float** vectors,
                        size_t* num_tokens, size_t* dimension) try {
  if (embedder == nullptr) return missing("embedder");
  if (vectors == nullptr || num_tokens == nullptr || dimension == nullptr) {
    return missing("vectors, num_tokens or dimension");
  }
  *num_tokens = 0;
  *dimension = embedder->it.dimension();
  if (text == nullptr && bytes > 0) return missing("text");
  const std::string_view one = view(text, bytes);
  if (const auto s = embedder->it.embed({&one, 1}, embedder->found); !s.ok()) return report_to_c(s);
  *vectors = embedder->found[0].vectors.data();
  *num_tokens = embedder->found[0].tokens.ids.size();
  return LINNET_OK;
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}

int linnet_attender_create(const linnet_model* model, int layer, int head, linnet_attender** attender) {
  return linnet::make(model, attender, [&](const linnet::Model& it) {
    linnet::AttendOptions options;
    if (layer >= 0) options.layers = {static_cast<uint32_t>(layer)};
    if (head >= 0) options.heads = {static_cast<uint32_t>(head)};
    return linnet::Attender::create(it, options);
  });
}
void linnet_attender_free(linnet_attender* attender) { delete attender; }
int linnet_attend(linnet_attender* attender, const char* text, size_t bytes, const float** weights,
                  size_t* num_tokens) try {
  if (attender == nullptr) return missing("attender");
  if (weights == nullptr || num_tokens == nullptr) return missing("weights or num_tokens");
  *num_tokens = 0;
  if (text == nullptr && bytes > 0) return missing("text");
  const std::string_view one = view(text, bytes);
  if (const auto s = attender->it.attend({&one, 1}, attender->found); !s.ok()) return report_to_c(s);
  *weights = attender->found[0].weights.data();
  *num_tokens = attender->found[0].tokens.ids.size();
  return LINNET_OK;
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}

int linnet_similar_create(const float* queries, size_t num_queries, size_t dimension, uint32_t top_k, int cosine,
                          int exclude_self, uint32_t num_threads, linnet_similar** similar) try {
  if (similar == nullptr) return missing("similar");
  *similar = nullptr;
  if (queries == nullptr && num_queries > 0) return missing("queries");
  auto made = linnet::SimilarSearch::create({queries, num_queries * dimension}, dimension,
                                            {.top_k = top_k,
                                             .cosine = cosine != 0,
                                             .exclude_self = exclude_self != 0,
                                             .num_threads = std::max(1u, num_threads)});
  if (!made.ok()) return report_to_c(made.status());
  *similar = new linnet_similar{std::move(made.value()), num_queries, dimension};
  return LINNET_OK;
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}
void linnet_similar_free(linnet_similar* similar) { delete similar; }
int linnet_similar_add(linnet_similar* similar, const float* candidates, size_t n) {
  if (similar == nullptr) return missing("similar");
  if (candidates == nullptr && n > 0) return missing("candidates");
  return report_to_c(similar->it.add({candidates, n * similar->dimension}));
}
int linnet_similar_neighbours(linnet_similar* similar, size_t query, const linnet_neighbour** neighbours,
                              size_t* n) try {
  if (similar == nullptr) return missing("similar");
  if (neighbours == nullptr || n == nullptr) return missing("neighbours or n");
  *n = 0;
  if (query >= similar->num_queries) {
    return report_to_c({linnet::Code::kInvalidArgument, "query " + std::to_string(query) + ", expected less than " +
                                                            std::to_string(similar->num_queries)});
  }
  similar->found.clear();
  for (const linnet::Neighbour& neighbour : similar->it.neighbours(query)) {
    similar->found.push_back({neighbour.index, neighbour.score});
  }
  *neighbours = similar->found.data();
  *n = similar->found.size();
  return LINNET_OK;
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}
