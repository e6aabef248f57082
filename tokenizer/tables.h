// tokenizer/tables.h - the tokenizer section of a model file: everything encode() looks up, ready to use.
//
// Position-independent, little-endian, the same bytes on every machine. Built once by an importer
// (build_tables.h), checked by WordPiece::from_tables, read in place.
#pragma once

#include <cstddef>
#include <cstdint>

namespace linnet::tokenizer {

constexpr char kTablesMagic[8] = {'W', 'O', 'R', 'D', 'P', 'I', 'E', 'C'};
constexpr uint32_t kTablesVersion = 2;
constexpr size_t kMostTemplateIds = 4;        // special tokens on either side of a text
constexpr uint32_t kMostCharsPerWord = 10000;  // what max_input_chars_per_word may be

// What the normalizer and the pre-tokenizer together make of one scalar. Nothing in them depends on
// the neighbours, but for the order of combining marks (kReorder).
enum class CharKind : uint8_t {
  kWord,       // part of a word, as itself or as another scalar
  kIsolated,   // a word of its own: punctuation, Chinese
  kSpace,      // ends a word
  kDrop,       // vanishes, and its neighbours join
  kSequence,   // becomes several
  kHangul,     // a syllable that becomes its two or three jamo, by arithmetic
};

// A CharEntry: the kind in bits 0-3, a flag in bit 4, a payload above bit 8. kWord and kIsolated: the
// scalar it becomes, 0 for itself. kSequence: where its length lies in the sequences.
using CharEntry = uint32_t;
constexpr CharEntry kReorderFlag = 1u << 4;  // leaves a mark that canonical order may move

constexpr CharEntry make_entry(CharKind kind, uint32_t payload) {
  return static_cast<uint32_t>(kind) | payload << 8;
}
constexpr CharKind kind_of(CharEntry entry) { return static_cast<CharKind>(entry & 15); }
constexpr uint32_t payload_of(CharEntry entry) { return entry >> 8; }

constexpr size_t kPageSize = 256;
constexpr size_t kNumPages = 0x110000 / kPageSize;

// A slot of an open hash table with linear probing; a power of two of them.
struct Slot {
  uint64_t start;  // the first 8 bytes of the piece, zero-padded
  uint32_t tag;    // 24 bits of its hash, then its size, at most 255: see piece_key.h
  int32_t id;      // -1: free
};

struct AddedToken {
  uint32_t begin, size;  // its text, in the added bytes
  int32_t id;
  uint32_t special;      // 0 or 1
};

struct Part {
  uint32_t offset;  // bytes from the start of the tables, a multiple of 8
  uint32_t count;   // elements
};

struct TablesHeader {
  char magic[8];
  uint32_t version;
  uint32_t vocab_size;  // largest id + 1
  uint64_t fingerprint; // XXH3 of everything else, this field 0
  uint8_t clean_text, handle_chinese_chars, strip_accents, lowercase;
  uint32_t max_chars_per_word;
  int32_t unk_id, cls_id, sep_id, pad_id, mask_id;  // -1: none; unk_id always is one
  uint32_t num_prefix_ids, num_suffix_ids;
  int32_t prefix_ids[kMostTemplateIds], suffix_ids[kMostTemplateIds];
  char continuing_prefix[16];  // zero-padded

  Part page_of;        // uint16_t [kNumPages]: which page of entries
  Part entries;        // CharEntry [pages * kPageSize]
  Part sequences;      // uint32_t: a length, then that many CharEntry of kWord, kIsolated or kSpace
  Part token_begins;   // uint32_t [vocab_size + 1] into the token bytes; equal ends: no such token
  Part token_bytes;    // char
  Part word_slots;     // Slot: first pieces, by their text
  Part piece_slots;    // Slot: continuing pieces, by their text without the prefix
  Part added_tokens;   // AddedToken, longest first
  Part added_bytes;    // char
  uint32_t reserved;   // 0
};
static_assert(sizeof(TablesHeader) == 184);

}  // namespace linnet::tokenizer
