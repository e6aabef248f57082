// The task heads of linnet/linnet.h over the C++ API.
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "engine/c_api_handle.h"
#include "linnet/answerer.h"
#include "linnet/classifier.h"
#include "linnet/mask_filler.h"
#include "linnet/reranker.h"
#include "linnet/sparse_encoder.h"
#include "linnet/tagger.h"
#include "linnet/zero_shot.h"

struct linnet_classifier {
  linnet::Classifier it;
};
struct linnet_reranker {
  linnet::Reranker it;
};
struct linnet_zero_shot {
  linnet::ZeroShot it;
  size_t num_labels;
};
// What the last call gave lies with the handle.
struct linnet_tagger {
  linnet::Tagger it;
  std::vector<std::vector<linnet::Entity>> found = {};
  std::vector<linnet_result> results = {};
};
struct linnet_answerer {
  linnet::Answerer it;
  std::vector<std::vector<linnet::Answer>> found = {};
  std::vector<linnet_result> results = {};
};
struct linnet_mask_filler {
  linnet::MaskFiller it;
  std::vector<std::vector<std::vector<linnet::Filling>>> found = {};
  std::vector<linnet_result> results = {};
};
struct linnet_sparse_encoder {
  linnet::SparseEncoder it;
  std::vector<linnet::SparseVector> found = {};
};

namespace {

using linnet::make;
using linnet::missing;
using linnet::report_to_c;
using linnet::TaskOptions;
using linnet::view;

TaskOptions task_options(uint32_t num_threads) {
  return {.max_length = 0, .num_threads = num_threads == 0 ? 1 : num_threads};
}

// NUL-terminated texts as views; false, and the error is reported, when one is null.
bool views(const char* const* texts, size_t n, const char* name,
           std::vector<std::string_view>& out) {
  for (size_t i = 0; i < n; ++i) {
    if (texts == nullptr || texts[i] == nullptr) {
      missing(std::string(name) + "[" + std::to_string(i) + "]");
      return false;
    }
    out.emplace_back(texts[i], std::strlen(texts[i]));
  }
  return true;
}

}  // namespace

const char* linnet_task(const linnet_model* model) {
  return model == nullptr ? "" : linnet::task_name(model->model.info().task);
}
size_t linnet_num_labels(const linnet_model* model) {
  return model == nullptr ? 0 : model->model.info().labels.size();
}
const char* linnet_label(const linnet_model* model, size_t index) {
  return index < linnet_num_labels(model) ? model->model.info().labels[index].c_str() : nullptr;
}

int linnet_classifier_create(const linnet_model* model, uint32_t num_threads,
                             linnet_classifier** classifier) {
  return make(model, classifier, [&](const linnet::Model& it) {
    return linnet::Classifier::create(it, {.task = task_options(num_threads)});
  });
}
void linnet_classifier_free(linnet_classifier* classifier) { delete classifier; }
int linnet_classify(linnet_classifier* classifier, const char* const* texts, const char* const* pairs,
                    size_t n, float* scores) try {
  if (classifier == nullptr) return missing("classifier");
  if (n > 0 && scores == nullptr) return missing("scores");
  std::vector<std::string_view> first, second;
  if (!views(texts, n, "texts", first)) return LINNET_INVALID_ARGUMENT;
  if (pairs != nullptr && !views(pairs, n, "pairs", second)) return LINNET_INVALID_ARGUMENT;
  std::vector<linnet::TextPair> inputs;
  for (size_t i = 0; i < n; ++i) {
    if (pairs == nullptr) inputs.push_back({first[i]});
    if (pairs != nullptr) inputs.push_back({first[i], second[i], true});
  }
  const std::span<float> out(scores, n * classifier->it.num_labels());
  linnet::Status status = classifier->it.logits(inputs, out);
  if (status.ok()) status = classifier->it.to_scores(out);
  return report_to_c(status);
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}

int linnet_reranker_create(const linnet_model* model, uint32_t num_threads,
                           linnet_reranker** reranker) {
  return make(model, reranker, [&](const linnet::Model& it) {
    return linnet::Reranker::create(it, {.task = task_options(num_threads)});
  });
}
void linnet_reranker_free(linnet_reranker* reranker) { delete reranker; }
int linnet_rerank(linnet_reranker* reranker, const char* query, const char* const* documents, size_t n,
                  float* scores) try {
  if (reranker == nullptr) return missing("reranker");
  if (query == nullptr) return missing("query");
  if (n > 0 && scores == nullptr) return missing("scores");
  std::vector<std::string_view> texts;
  if (!views(documents, n, "documents", texts)) return LINNET_INVALID_ARGUMENT;
  return report_to_c(reranker->it.score(query, texts, {scores, n}));
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}

int linnet_zero_shot_create(const linnet_model* model, const char* const* labels, size_t num_labels,
                            const char* hypothesis, int multi_label, uint32_t num_threads,
                            linnet_zero_shot** zero_shot) try {
  if (zero_shot != nullptr) *zero_shot = nullptr;
  std::vector<std::string_view> names;
  if (!views(labels, num_labels, "labels", names)) return LINNET_INVALID_ARGUMENT;
  linnet::ZeroShotOptions options;
  options.task = task_options(num_threads);
  options.labels.assign(names.begin(), names.end());
  options.multi_label = multi_label != 0;
  if (hypothesis != nullptr) options.hypothesis = hypothesis;
  return make(model, zero_shot,
              [&](const linnet::Model& it) { return linnet::ZeroShot::create(it, options); },
              num_labels);
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}
void linnet_zero_shot_free(linnet_zero_shot* zero_shot) { delete zero_shot; }
int linnet_zero_shot_score(linnet_zero_shot* zero_shot, const char* const* texts, size_t n,
                           float* scores) try {
  if (zero_shot == nullptr) return missing("zero_shot");
  if (n > 0 && scores == nullptr) return missing("scores");
  std::vector<std::string_view> all;
  if (!views(texts, n, "texts", all)) return LINNET_INVALID_ARGUMENT;
  return report_to_c(zero_shot->it.score(all, {scores, n * zero_shot->num_labels}));
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}

int linnet_tagger_create(const linnet_model* model, uint32_t num_threads, linnet_tagger** tagger) {
  return make(model, tagger, [&](const linnet::Model& it) {
    return linnet::Tagger::create(it, {.task = task_options(num_threads)});
  });
}
void linnet_tagger_free(linnet_tagger* tagger) { delete tagger; }
int linnet_tag(linnet_tagger* tagger, const char* text, size_t bytes, const linnet_result** entities,
               size_t* n) try {
  if (tagger == nullptr) return missing("tagger");
  if (entities == nullptr || n == nullptr) return missing("entities or n");
  *n = 0;
  if (text == nullptr && bytes > 0) return missing("text");
  const std::string_view one = view(text, bytes);
  if (const auto s = tagger->it.tag({&one, 1}, tagger->found); !s.ok()) return report_to_c(s);
  tagger->results.clear();
  for (const linnet::Entity& entity : tagger->found[0]) {
    tagger->results.push_back({entity.label.c_str(), entity.score, entity.begin, entity.end, -1});
  }
  *entities = tagger->results.data();
  *n = tagger->results.size();
  return LINNET_OK;
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}

int linnet_answerer_create(const linnet_model* model, uint32_t top_k, int no_answer,
                           uint32_t num_threads, linnet_answerer** answerer) {
  return make(model, answerer, [&](const linnet::Model& it) {
    return linnet::Answerer::create(it, {.task = task_options(num_threads),
                                         .top_k = top_k,
                                         .no_answer = no_answer != 0});
  });
}
void linnet_answerer_free(linnet_answerer* answerer) { delete answerer; }
int linnet_answer(linnet_answerer* answerer, const char* question, const char* context,
                  const linnet_result** answers, size_t* n) try {
  if (answerer == nullptr) return missing("answerer");
  if (answers == nullptr || n == nullptr) return missing("answers or n");
  *n = 0;
  if (question == nullptr || context == nullptr) return missing("question or context");
  const linnet::Question one{question, context};
  if (const auto s = answerer->it.answer({&one, 1}, answerer->found); !s.ok()) return report_to_c(s);
  answerer->results.clear();
  for (const linnet::Answer& answer : answerer->found[0]) {
    answerer->results.push_back({answer.answer.c_str(), answer.score, answer.begin, answer.end, -1});
  }
  *answers = answerer->results.data();
  *n = answerer->results.size();
  return LINNET_OK;
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}

int linnet_mask_filler_create(const linnet_model* model, uint32_t top_k, uint32_t num_threads,
                              linnet_mask_filler** filler) {
  return make(model, filler, [&](const linnet::Model& it) {
    return linnet::MaskFiller::create(it, {.task = task_options(num_threads), .top_k = top_k});
  });
}
void linnet_mask_filler_free(linnet_mask_filler* filler) { delete filler; }
int linnet_fill(linnet_mask_filler* filler, const char* text, size_t bytes,
                const linnet_result** fillings, size_t* n) try {
  if (filler == nullptr) return missing("filler");
  if (fillings == nullptr || n == nullptr) return missing("fillings or n");
  *n = 0;
  if (text == nullptr && bytes > 0) return missing("text");
  const std::string_view one = view(text, bytes);
  if (const auto s = filler->it.fill({&one, 1}, filler->found); !s.ok()) return report_to_c(s);
  filler->results.clear();
  for (const auto& mask : filler->found[0]) {
    for (const linnet::Filling& filling : mask) {
      filler->results.push_back({filling.token_str.c_str(), filling.score, 0, 0, filling.token});
    }
  }
  *fillings = filler->results.data();
  *n = filler->results.size();
  return LINNET_OK;
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}

int linnet_sparse_encoder_create(const linnet_model* model, uint32_t top_k, uint32_t num_threads,
                                 linnet_sparse_encoder** encoder) {
  return make(model, encoder, [&](const linnet::Model& it) {
    return linnet::SparseEncoder::create(it, {.task = task_options(num_threads), .top_k = top_k});
  });
}
void linnet_sparse_encoder_free(linnet_sparse_encoder* encoder) { delete encoder; }
int linnet_sparse(linnet_sparse_encoder* encoder, const char* text, size_t bytes,
                  const int32_t** tokens, const float** weights, size_t* n) try {
  if (encoder == nullptr) return missing("encoder");
  if (tokens == nullptr || weights == nullptr || n == nullptr) return missing("tokens, weights or n");
  *n = 0;
  if (text == nullptr && bytes > 0) return missing("text");
  const std::string_view one = view(text, bytes);
  if (const auto s = encoder->it.encode({&one, 1}, encoder->found); !s.ok()) return report_to_c(s);
  *tokens = encoder->found[0].tokens.data();
  *weights = encoder->found[0].weights.data();
  *n = encoder->found[0].tokens.size();
  return LINNET_OK;
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}
