// tokenizer/tables.h - the tokenizer section of a model file: everything encode() looks up, ready to use.
//
// Position-independent, little-endian, the same bytes on every machine. Built once by an importer
// (build_tables.h), checked by WordPiece::from_tables, read in place.
#pragma once

#include <cstddef>
#include <cstdint>

namespace linnet::tokenizer {

constexpr char kTablesMagic[8] = {'W', 'O', 'R', 'D', 'P', 'I', 'E', 'C'};
constexpr uint32_t kTablesVersion = 3;
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

// What to do with a scalar: the kind in bits 0-3, a flag in bit 4, a payload above bit 8. kWord: the symbol
// of the scalar it becomes, 0 when no token has that; symbols count the scalars of all tokens from 1.
// kIsolated: the id of its token. kSequence: where its length lies in the sequences.
using Step = uint32_t;
constexpr Step kReorderFlag = 1u << 4;  // leaves a mark that canonical order may move
constexpr uint32_t kMostTokens = 1u << 24;  // an id is a payload

constexpr Step make_step(CharKind kind, uint32_t payload) {
  return static_cast<uint32_t>(kind) | payload << 8;
}
constexpr CharKind kind_of(Step step) { return static_cast<CharKind>(step & 15); }
constexpr uint32_t payload_of(Step step) { return step >> 8; }

constexpr size_t kPageSize = 256;
constexpr size_t kNumPages = 0x110000 / kPageSize;
constexpr uint32_t kDirectSteps = 0x800;  // scalars of one or two bytes: their pages come first, in order

constexpr uint32_t kFirstHangul = 0xAC00, kLastHangul = 0xD7A3;
constexpr uint32_t kLeads = 19, kVowels = 21, kTrails = 28;  // jamo; the first of the last means none

// A whole word of at most 12 bytes that is one token, where the text says it as the token does but for the
// case of ASCII letters. Each word has one slot where it can be (word_key.h); id -1: free.
struct WordSlot {
  uint64_t start;
  uint32_t rest;
  int32_t id;
};

// Every other word goes through an automaton, symbol by symbol: LinMaxMatch (Song et al., "Fast WordPiece
// Tokenization", EMNLP 2021, arXiv 2012.15524), a trie with failure links that takes linear time. Two tries
// in one double array (Aoe 1989): from word_root the tokens that begin a word, from piece_root those that
// continue one, without their prefix. Node 0 is no node.
struct Node {
  uint32_t base;   // the child by symbol s is node base ^ s,
  uint32_t check;  // if that one's check is this node
};

// What to do where a node has no child for the next symbol: emit tokens, go on at `next`. That is 0 where
// no token can be split off, and the word is unknown. tokens: an id, or kManyTokens | where in `emitted`
// their count lies, which they follow.
struct Failure {
  uint32_t next;
  uint32_t tokens;
};
constexpr uint32_t kManyTokens = 1u << 31;

struct Emitted {
  int32_t id;       // of a token; 0 where this is a count
  uint32_t symbols; // how many it covers; or the count, at least 1
};

// A token that is recognized in the text before anything else: rule 15 of the reference, added_vocabulary.rs.
struct AddedToken {
  uint32_t begin, size;              // its text, in the added bytes
  uint32_t match_begin, match_size;  // what is looked for: its text, or that normalized
  int32_t id;
  uint32_t flags;
};
constexpr uint32_t kSpecialToken = 1;
constexpr uint32_t kStripLeft = 2, kStripRight = 4;  // takes the whitespace beside it
constexpr uint32_t kSingleWord = 8;                  // not beside a letter, digit or mark
constexpr uint32_t kNormalizedToken = 16;            // looked for in the normalized text
constexpr uint32_t kAddedTokenFlags = 31;

// A step of a template: a special token, or one of the two texts.
struct TemplatePiece {
  int32_t id;  // or one of these:
  uint32_t type_id;
};
constexpr int32_t kFirstText = -1, kSecondText = -2;
constexpr size_t kMostTemplatePieces = 2 * kMostTemplateIds + 2;

struct Part {
  uint32_t offset;  // bytes from the start of the tables, a multiple of 8
  uint32_t count;   // elements
};

struct TablesHeader {
  char magic[8];
  uint32_t version;
  uint32_t vocab_size;  // largest id + 1
  uint64_t fingerprint; // XXH3 of everything else, this field and the decoder's 0
  uint8_t clean_text, handle_chinese_chars, strip_accents, lowercase;
  uint32_t max_chars_per_word;
  int32_t unk_id, cls_id, sep_id, pad_id, mask_id;  // -1: none; unk_id always is one
  uint32_t num_prefix_ids, num_suffix_ids;
  int32_t prefix_ids[kMostTemplateIds], suffix_ids[kMostTemplateIds];
  char continuing_prefix[16];  // zero-padded

  Part token_begins;   // uint32_t [vocab_size + 1] into the token bytes; equal ends: no such token
  Part token_bytes;    // char
  Part ids_by_text;    // uint32_t: the tokens that text can become, in the order of their bytes
  Part added_tokens;   // AddedToken: by kNormalizedToken, then by the first byte looked for, the longest first
  Part added_bytes;    // char
  Part single_template, pair_template;  // TemplatePiece; a pair may have none
  Part normalizer;     // NormalizerStep: what the characters below do not do themselves; mostly none
  Part plain_tables;   // char: of the same tokenizer without normalizer and added tokens, where needed

  Part page_of;          // uint16_t [kNumPages]: which page of steps
  Part steps;            // Step [pages * kPageSize]; the first 8 pages are the first 8 of Unicode
  Part sequences;        // uint32_t: a length, then that many Step of kWord, kIsolated or kSpace
  Part jamo;             // uint32_t [19 + 21 + 28]: symbols
  Part word_slots;       // WordSlot, a power of two
  Part displacements;    // uint16_t, a power of two: added to the place of the words of a bucket
  Part nodes;            // Node; every base leaves room for the largest symbol
  Part failures;         // Failure [nodes]
  Part depths;           // uint16_t [nodes]: symbols from the root
  Part emitted;          // Emitted
  uint32_t num_symbols;  // the largest symbol
  uint32_t word_root, piece_root;
  uint8_t decodes_cleanly;  // the decoder takes away spaces before punctuation
  uint8_t has_decoder;      // 0: decoding joins the tokens with spaces
  uint8_t trims_offsets;    // whitespace that an added token took is not in its place
  uint8_t reserved;         // 0
  uint64_t word_seed;    // of word_hash()
};
static_assert(sizeof(TablesHeader) == 288);

}  // namespace linnet::tokenizer
