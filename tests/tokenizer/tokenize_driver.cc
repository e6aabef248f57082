// tokenize_driver TOKENIZER: what Tokenizer makes of texts, for tests/golden/tokenizer/fuzz_against_reference.py.
//
// Reads requests from standard input until its end and answers each; everything is little-endian.
// A request: u32 kind (0 text, 1 pair, 2 words, 3 and 4 the windows of a text or a pair, 5 ids to decode),
// flags (1 special tokens added, 2 and matched, 4 truncated on the left, 8 places in code points; of 5: 1
// special ones skipped, 2 cleaned up), truncation, max_length, stride, n; then n texts, each u32 size and bytes, or of 5 n i32 ids.
// An answer: u32 code, n; of 5 the bytes of the text; else n times u32 tokens, i32 ids, u32 begin and end
// of each, i32 word ids, i32 type ids, i32 sequence ids. Code 0 is success, else n is 0.
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/tokenizer.h"

namespace {

using linnet::Encoding;

struct Request {
  uint32_t kind, flags, truncation, max_length, stride, n;
};

bool read_bytes(void* to, size_t size) { return std::fread(to, 1, size, stdin) == size; }

void append(std::string& out, uint32_t value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

template <typename T>
void append_all(std::string& out, const std::vector<T>& values) {
  for (const T value : values) append(out, static_cast<uint32_t>(static_cast<int32_t>(value)));
}

void append(std::string& out, const Encoding& encoding) {
  append(out, static_cast<uint32_t>(encoding.ids.size()));
  append_all(out, encoding.ids);
  for (const Encoding::Span& span : encoding.offsets) {
    append(out, span.begin);
    append(out, span.end);
  }
  append_all(out, encoding.word_ids);
  append_all(out, encoding.type_ids);
  append_all(out, encoding.sequence_ids);
}

// `texts`: what was encoded, or its words.
void count_codepoints(const std::vector<std::string>& texts, bool words, Encoding& encoding) {
  const auto text_of = [&](size_t i) { return words ? encoding.word_ids[i] : encoding.sequence_ids[i]; };
  const std::span<Encoding::Span> offsets = encoding.offsets;
  for (size_t begin = 0, end; begin < offsets.size(); begin = end) {
    end = begin + 1;
    while (end < offsets.size() && text_of(end) == text_of(begin)) ++end;
    if (encoding.word_ids[begin] < 0) continue;
    linnet::convert_offsets(texts[static_cast<size_t>(text_of(begin))], linnet::OffsetUnit::kCodepoint,
                            offsets.subspan(begin, end - begin));
  }
}

// False: the input is no request.
bool answer(const linnet::Tokenizer& tokenizer, const Request& request, std::string& out) {
  if (request.kind == 5) {
    std::vector<int32_t> ids(request.n);
    if (!read_bytes(ids.data(), ids.size() * sizeof(int32_t))) return false;
    const std::string text = tokenizer.decode(
        ids, {.skip_special_tokens = (request.flags & 1) != 0, .clean_up = (request.flags & 2) != 0});
    append(out, 0);
    append(out, static_cast<uint32_t>(text.size()));
    out += text;
    return true;
  }
  std::vector<std::string> texts(request.n);
  for (std::string& text : texts) {
    uint32_t size = 0;
    if (!read_bytes(&size, sizeof(size))) return false;
    text.resize(size);
    if (!read_bytes(text.data(), size)) return false;
  }
  const linnet::TokenizeOptions options{
      .max_length = request.max_length,
      .add_special_tokens = (request.flags & 1) != 0,
      .match_special_tokens = (request.flags & 2) != 0,
      .truncation = static_cast<linnet::Truncation>(request.truncation),
      .truncate_left = (request.flags & 4) != 0,
      .stride = request.stride};
  static std::vector<Encoding> windows;
  static Encoding one;
  linnet::Status status;
  const bool pair = request.kind == 1 || request.kind == 4;
  if (request.kind > 4 || (request.kind != 2 && texts.size() != (pair ? 2 : 1))) return false;
  if (request.kind == 0) status = tokenizer.encode(texts[0], options, one);
  if (request.kind == 1) status = tokenizer.encode_pair(texts[0], texts[1], options, one);
  if (request.kind == 2) {
    status = tokenizer.encode_words(std::vector<std::string_view>(texts.begin(), texts.end()), options, one);
  }
  if (request.kind == 3) status = tokenizer.encode_windows(texts[0], options, windows);
  if (request.kind == 4) status = tokenizer.encode_windows(texts[0], texts[1], options, windows);
  append(out, static_cast<uint32_t>(status.code));
  if (status.ok() && (request.flags & 8) != 0) {
    if (request.kind < 3) count_codepoints(texts, request.kind == 2, one);
    if (request.kind >= 3) {
      for (Encoding& window : windows) count_codepoints(texts, false, window);
    }
  }
  if (!status.ok()) {
    append(out, 0);
  } else if (request.kind < 3) {
    append(out, 1);
    append(out, one);
  } else {
    append(out, static_cast<uint32_t>(windows.size()));
    for (const Encoding& window : windows) append(out, window);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: tokenize_driver TOKENIZER < requests > answers\n", stderr);
    return 2;
  }
  const auto tokenizer = linnet::Tokenizer::open(argv[1]);
  if (!tokenizer.ok()) {
    std::fprintf(stderr, "tokenize_driver: %s\n", tokenizer.status().message.c_str());
    return 1;
  }
  Request request;
  std::string out;
  while (read_bytes(&request, sizeof(request))) {
    out.clear();
    if (!answer(tokenizer.value(), request, out)) {
      std::fputs("tokenize_driver: no request\n", stderr);
      return 1;
    }
    if (std::fwrite(out.data(), 1, out.size(), stdout) != out.size()) return 1;
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}
