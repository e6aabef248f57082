// tasks_bench MODEL...: how many texts a second each model's task makes of those that its encoder embeds, one
// thread, texts of the same number of tokens (of a pair: both together). Rounds of all of them take turns, so that
// a disturbance hits all alike; a line has each one's best.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/peak_share.h"
#include "linnet/answerer.h"
#include "linnet/classifier.h"
#include "linnet/embedder.h"
#include "linnet/mask_filler.h"
#include "linnet/reranker.h"
#include "linnet/sparse_encoder.h"
#include "linnet/tagger.h"

namespace linnet::bench {
namespace {

constexpr size_t kQuestion = 8;  // tokens of the first text of a pair
constexpr int kRounds = 5;

template <typename T>
T made(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.status().message);
  return std::move(result.value());
}
void check(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.message);
}

// Texts of words that have one token each.
class Words {
 public:
  explicit Words(const Tokenizer& tokenizer) {
    for (uint32_t id = 0; id < tokenizer.info().vocab_size; ++id) {
      const std::string_view token = tokenizer.token(static_cast<int32_t>(id));
      const bool letters = token.size() > 2 && std::all_of(token.begin(), token.end(), [](char c) {
        return c >= 'a' && c <= 'z';
      });
      if (letters) words_.emplace_back(token);
    }
    if (words_.empty()) throw std::runtime_error("the vocabulary has no plain words");
  }

  std::string text(size_t tokens) {
    std::string text;
    for (size_t i = 0; i < tokens; ++i) text += words_[random_() % words_.size()] + " ";
    return text;
  }

 private:
  std::vector<std::string> words_;
  std::minstd_rand random_{1};
};

struct Work {
  std::string name;
  std::function<void()> run;
  double least = 1e9;  // seconds
};

// What a model is compared by, at one length.
class Bench {
 public:
  Bench(const Model& model, size_t length) {
    const size_t n = std::max<size_t>(8, 1024 / length), room = length - 2;
    Words words(model.tokenizer());
    question_ = words.text(kQuestion);
    for (size_t i = 0; i < n; ++i) {
      texts_.push_back(words.text(room));
      // Of a pair: [CLS] question [SEP] context [SEP]; MPNet has one [SEP] more.
      const size_t separators = model.info().family == "mpnet" ? 3 : 2;
      if (length > kQuestion + 1 + separators) contexts_.push_back(words.text(length - kQuestion - 1 - separators));
    }
    views_.assign(texts_.begin(), texts_.end());
    context_views_.assign(contexts_.begin(), contexts_.end());
    add_embed(model);
    const ModelInfo& info = model.info();
    if (info.task == Task::kClassify) add_classify(model);
    if (info.task == Task::kClassify && info.labels.size() == 1 && !contexts_.empty()) add_rerank(model);
    if (info.task == Task::kTag) add_tag(model);
    if (info.task == Task::kAnswer && !contexts_.empty()) add_answer(model);
    if (info.task == Task::kFill) add_fill_and_sparse(model);
  }

  void measure(size_t length) {
    for (int round = -1; round < kRounds; ++round) {  // the first warms up
      for (Work& work : works_) {
        const double start = thread_seconds();
        work.run();
        if (round >= 0) work.least = std::min(work.least, thread_seconds() - start);
      }
    }
    const auto n = static_cast<double>(texts_.size());
    std::printf("  %4zu tokens:", length);
    for (const Work& work : works_) {
      std::printf("  %s %.1f texts/s", work.name.c_str(), n / work.least);
      if (&work != works_.data()) std::printf(" (%.1f %% of embed)", 100 * works_[0].least / work.least);
    }
    std::printf("\n");
  }

 private:
  void add(const std::string& name, std::function<void()> run) { works_.push_back({name, std::move(run)}); }

  void add_embed(const Model& model) {
    auto embedder = std::make_shared<Embedder>(made(Embedder::create(model, {})));
    add("embed", [this, embedder, vectors = std::vector<float>(texts_.size() * embedder->dimension())]() mutable {
      check(embedder->embed(views_, vectors));
    });
  }
  void add_classify(const Model& model) {
    auto classifier = std::make_shared<Classifier>(made(Classifier::create(model)));
    std::vector<TextPair> inputs;
    for (const std::string_view text : views_) inputs.push_back({text});
    std::vector<float> scores(texts_.size() * classifier->num_labels());
    add("classify", [classifier, inputs, scores]() mutable {
      check(classifier->logits(inputs, scores));
      check(classifier->to_scores(scores));
    });
  }
  void add_rerank(const Model& model) {
    auto reranker = std::make_shared<Reranker>(made(Reranker::create(model)));
    add("rerank", [this, reranker, scores = std::vector<float>(texts_.size())]() mutable {
      check(reranker->score(question_, context_views_, scores));
    });
  }
  void add_tag(const Model& model) {
    auto tagger = std::make_shared<Tagger>(made(Tagger::create(model)));
    add("tag", [this, tagger] {
      std::vector<std::vector<Entity>> entities;
      check(tagger->tag(views_, entities));
    });
  }
  void add_answer(const Model& model) {
    auto answerer = std::make_shared<Answerer>(made(Answerer::create(model)));
    add("answer", [this, answerer] {
      std::vector<Question> questions;
      for (const std::string_view context : context_views_) questions.push_back({question_, context});
      std::vector<std::vector<Answer>> answers;
      check(answerer->answer(questions, answers));
    });
  }
  void add_fill_and_sparse(const Model& model) {
    auto sparse = std::make_shared<SparseEncoder>(made(SparseEncoder::create(model)));
    add("sparse", [this, sparse] {
      std::vector<SparseVector> vectors;
      check(sparse->encode(views_, vectors));
    });
    auto filler = std::make_shared<MaskFiller>(made(MaskFiller::create(model)));
    for (const std::string& text : texts_) {  // the last word is masked
      masked_.push_back(text.substr(0, text.rfind(' ', text.size() - 2) + 1) + filler->mask_token());
    }
    masked_views_.assign(masked_.begin(), masked_.end());
    add("fill", [this, filler] {
      std::vector<std::vector<std::vector<Filling>>> fillings;
      check(filler->fill(masked_views_, fillings));
    });
  }

  std::string question_;
  std::vector<std::string> texts_, contexts_, masked_;
  std::vector<std::string_view> views_, context_views_, masked_views_;
  std::vector<Work> works_;
};

}  // namespace
}  // namespace linnet::bench

int main(int argc, char** argv) {
  using namespace linnet;
  if (argc < 2) {
    std::fprintf(stderr, "usage: tasks_bench MODEL...\n");
    return 2;
  }
  try {
    for (int i = 1; i < argc; ++i) {
      const Result<Model> model = Model::open(argv[i]);
      if (!model.ok()) throw std::runtime_error(model.status().message);
      const ModelInfo& info = model.value().info();
      std::printf("%s: %s, %s, %s\n", argv[i], info.family.c_str(), task_name(info.task), info.precision.c_str());
      for (const size_t length : {16u, 64u, 160u}) {
        if (length <= info.max_length) bench::Bench(model.value(), length).measure(length);
      }
    }
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "tasks_bench: %s\n", problem.what());
    return 1;
  }
}
