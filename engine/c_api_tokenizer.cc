// The tokenizer of linnet/linnet.h over the C++ API.
#include <algorithm>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/c_api_handle.h"
#include "linnet/tokenizer.h"

struct linnet_tokenizer {
  linnet::Tokenizer it;
};

struct linnet_encodings {
  std::vector<linnet::Encoding> all = {};
  std::vector<std::vector<uint8_t>> masks = {};  // special tokens, of each
  std::vector<std::string_view> words = {};      // of the call, kept for its memory
};

static_assert(sizeof(linnet::Encoding::Span) == 2 * sizeof(uint32_t));
static_assert(LINNET_ONLY_SECOND == static_cast<int>(linnet::Truncation::kOnlySecond));
static_assert(LINNET_UTF16 == static_cast<int>(linnet::OffsetUnit::kUtf16));

namespace {

using linnet::is_null;
using linnet::missing;
using linnet::report_to_c;
using linnet::view;

int invalid(std::string message) { return report_to_c({linnet::Code::kInvalidArgument, std::move(message)}); }

// Nothing where `options` are wrong.
std::optional<linnet::TokenizeOptions> options_of(const linnet_tokenize_options* options) {
  if (options == nullptr) return linnet::TokenizeOptions{};
  if (options->truncation < LINNET_LONGEST_FIRST || options->truncation > LINNET_ONLY_SECOND) {
    invalid("truncation is " + std::to_string(options->truncation) + ", expected 0, 1 or 2");
    return std::nullopt;
  }
  return linnet::TokenizeOptions{.max_length = options->max_length,
                                 .add_special_tokens = options->no_special_tokens == 0,
                                 .match_special_tokens = options->literal == 0,
                                 .truncation = static_cast<linnet::Truncation>(options->truncation),
                                 .truncate_left = options->truncate_left != 0,
                                 .stride = options->stride};
}

// A text of 0 bytes may be NULL. Said by what encodes, so that the encodings of the call before are gone.
linnet::Status given(const char* text, size_t bytes, const char* name) {
  return text == nullptr && bytes > 0 ? is_null(name) : linnet::Status{};
}

// encode(options, encodings.all), with what every call has in common around it.
template <typename Encode>
int encode_into(const linnet_tokenizer* tokenizer, const linnet_tokenize_options* options,
                linnet_encodings* encodings, Encode encode) try {
  if (encodings == nullptr) return missing("encodings");
  if (tokenizer == nullptr) {
    encodings->all.clear();
    return missing("tokenizer");
  }
  encodings->all.resize(1);  // keeps the first one's memory
  const auto checked = options_of(options);
  const linnet::Status status =
      checked ? encode(*checked, encodings->all) : linnet::Status{linnet::Code::kInvalidArgument, ""};
  if (!checked || !status.ok()) {
    encodings->all.clear();
    return checked ? report_to_c(status) : LINNET_INVALID_ARGUMENT;
  }
  encodings->masks.resize(encodings->all.size());
  for (size_t i = 0; i < encodings->all.size(); ++i) {
    const auto& sequences = encodings->all[i].sequence_ids;
    encodings->masks[i].resize(sequences.size());
    std::transform(sequences.begin(), sequences.end(), encodings->masks[i].begin(),
                   [](int8_t sequence) -> uint8_t { return sequence < 0 ? 1 : 0; });
  }
  return LINNET_OK;
} catch (const std::bad_alloc&) {  // of a call with both: missing() does not throw
  encodings->all.clear();
  return linnet::report_out_of_memory_to_c();
}

}  // namespace

int linnet_tokenizer_open(const char* path, linnet_tokenizer** tokenizer) try {
  if (tokenizer == nullptr) return missing("tokenizer");
  *tokenizer = nullptr;
  if (path == nullptr) return missing("path");
  auto opened = linnet::Tokenizer::open(path);
  if (!opened.ok()) return report_to_c(opened.status());
  *tokenizer = new linnet_tokenizer{std::move(opened.value())};
  return LINNET_OK;
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}

int linnet_tokenizer_of_model(const linnet_model* model, linnet_tokenizer** tokenizer) try {
  if (tokenizer == nullptr) return missing("tokenizer");
  *tokenizer = nullptr;
  if (model == nullptr) return missing("model");
  *tokenizer = new linnet_tokenizer{model->model.tokenizer()};
  return LINNET_OK;
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}

void linnet_tokenizer_close(linnet_tokenizer* tokenizer) { delete tokenizer; }

size_t linnet_vocabulary_size(const linnet_tokenizer* tokenizer) {
  return tokenizer == nullptr ? 0 : tokenizer->it.info().vocab_size;
}

const char* linnet_tokenizer_fingerprint(const linnet_tokenizer* tokenizer) {
  return tokenizer == nullptr ? "" : tokenizer->it.info().fingerprint.c_str();
}

const char* linnet_token(const linnet_tokenizer* tokenizer, int32_t id, size_t* bytes) {
  const std::string_view token = tokenizer == nullptr ? std::string_view() : tokenizer->it.token(id);
  if (bytes != nullptr) *bytes = token.size();
  return token.empty() ? nullptr : token.data();
}

int32_t linnet_token_id(const linnet_tokenizer* tokenizer, const char* token, size_t bytes) {
  if (tokenizer == nullptr || token == nullptr) return -1;
  return tokenizer->it.id({token, bytes}).value_or(-1);
}

int linnet_encodings_create(linnet_encodings** encodings) {
  if (encodings == nullptr) return missing("encodings");
  *encodings = new (std::nothrow) linnet_encodings();
  return *encodings == nullptr ? linnet::report_out_of_memory_to_c() : LINNET_OK;
}

void linnet_encodings_free(linnet_encodings* encodings) { delete encodings; }

int linnet_encode(const linnet_tokenizer* tokenizer, const char* text, size_t bytes,
                  const linnet_tokenize_options* options, linnet_encodings* encodings) {
  return encode_into(tokenizer, options, encodings, [&](const auto& checked, auto& all) -> linnet::Status {
    if (linnet::Status s = given(text, bytes, "text"); !s.ok()) return s;
    return tokenizer->it.encode(view(text, bytes), checked, all[0]);
  });
}

int linnet_encode_pair(const linnet_tokenizer* tokenizer, const char* first, size_t first_bytes,
                       const char* second, size_t second_bytes, const linnet_tokenize_options* options,
                       linnet_encodings* encodings) {
  return encode_into(tokenizer, options, encodings, [&](const auto& checked, auto& all) -> linnet::Status {
    if (linnet::Status s = given(first, first_bytes, "first"); !s.ok()) return s;
    if (linnet::Status s = given(second, second_bytes, "second"); !s.ok()) return s;
    return tokenizer->it.encode_pair(view(first, first_bytes), view(second, second_bytes), checked, all[0]);
  });
}

int linnet_encode_words(const linnet_tokenizer* tokenizer, const char* const* words, const size_t* bytes,
                        size_t n, const linnet_tokenize_options* options, linnet_encodings* encodings) {
  return encode_into(tokenizer, options, encodings, [&](const auto& checked, auto& all) -> linnet::Status {
    if (words == nullptr && n > 0) return is_null("words");
    if (bytes == nullptr && n > 0) return is_null("bytes");
    encodings->words.resize(n);
    for (size_t i = 0; i < n; ++i) {
      if (words[i] == nullptr && bytes[i] > 0) return is_null("words[" + std::to_string(i) + "]");
      encodings->words[i] = view(words[i], bytes[i]);
    }
    return tokenizer->it.encode_words(encodings->words, checked, all[0]);
  });
}

int linnet_encode_windows(const linnet_tokenizer* tokenizer, const char* first, size_t first_bytes,
                          const char* second, size_t second_bytes, const linnet_tokenize_options* options,
                          linnet_encodings* encodings) {
  return encode_into(tokenizer, options, encodings, [&](const auto& checked, auto& all) -> linnet::Status {
    if (linnet::Status s = given(first, first_bytes, "first"); !s.ok()) return s;
    if (linnet::Status s = given(second, second_bytes, "second"); !s.ok()) return s;
    const std::string_view text = view(first, first_bytes);
    return second == nullptr ? tokenizer->it.encode_windows(text, checked, all)
                             : tokenizer->it.encode_windows(text, view(second, second_bytes), checked, all);
  });
}

size_t linnet_num_encodings(const linnet_encodings* encodings) {
  return encodings == nullptr ? 0 : encodings->all.size();
}

linnet_encoding linnet_encoding_at(const linnet_encodings* encodings, size_t index) {
  if (encodings == nullptr || index >= encodings->all.size()) return {};
  const linnet::Encoding& it = encodings->all[index];
  return {.size = it.ids.size(),
          .ids = it.ids.data(),
          .offsets = reinterpret_cast<const uint32_t*>(it.offsets.data()),
          .word_ids = it.word_ids.data(),
          .type_ids = it.type_ids.data(),
          .sequence_ids = it.sequence_ids.data(),
          .special_tokens_mask = encodings->masks[index].data(),
          .truncated = it.truncated ? 1 : 0,
          .num_repaired = it.num_repaired};
}

int linnet_count_tokens(const linnet_tokenizer* tokenizer, const char* text, size_t bytes,
                        const linnet_tokenize_options* options, uint64_t* count) try {
  if (count == nullptr) return missing("count");
  *count = 0;
  if (tokenizer == nullptr) return missing("tokenizer");
  if (text == nullptr && bytes > 0) return missing("text");
  const auto checked = options_of(options);
  if (!checked) return LINNET_INVALID_ARGUMENT;
  const auto counted = tokenizer->it.count(view(text, bytes), *checked);
  if (!counted.ok()) return report_to_c(counted.status());
  *count = counted.value();
  return LINNET_OK;
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}

int linnet_decode(const linnet_tokenizer* tokenizer, const int32_t* ids, size_t n, int skip_special_tokens,
                  int clean_up, char* text, size_t capacity, size_t* bytes) try {
  if (bytes == nullptr) return missing("bytes");
  *bytes = 0;
  if (tokenizer == nullptr) return missing("tokenizer");
  if (ids == nullptr && n > 0) return missing("ids");
  if (text == nullptr && capacity > 0) return missing("text");
  linnet::DecodeOptions options{.skip_special_tokens = skip_special_tokens != 0};
  if (clean_up >= 0) options.clean_up = clean_up != 0;
  const std::string decoded = tokenizer->it.decode({ids, n}, options);
  *bytes = decoded.size();
  if (capacity > 0) decoded.copy(text, capacity);
  return LINNET_OK;
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}

int linnet_convert_offsets(const char* text, size_t bytes, int unit, uint32_t* offsets, size_t n) try {
  if (text == nullptr && bytes > 0) return missing("text");
  if (offsets == nullptr && n > 0) return missing("offsets");
  if (unit < LINNET_BYTE || unit > LINNET_UTF16) {
    return invalid("unit is " + std::to_string(unit) + ", expected 0, 1 or 2");
  }
  if (n > 0) {
    linnet::convert_offsets(view(text, bytes), static_cast<linnet::OffsetUnit>(unit),
                            {reinterpret_cast<linnet::Encoding::Span*>(offsets), n});
  }
  return LINNET_OK;
} catch (const std::bad_alloc&) {
  return linnet::report_out_of_memory_to_c();
}
