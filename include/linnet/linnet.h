/* linnet/linnet.h - Linnet for C and for everything that can call C (C99).
 *
 * Handles are opaque. A model never changes and may be shared by any number of threads; an embedder
 * serves one caller at a time. Functions that can fail return LINNET_OK or an error code;
 * linnet_error_text() then says what, where, found and expected. Nothing throws, prints or exits
 * (but see linnet/status.h on two libraries).
 *
 * Where nothing else is said: a text of 0 bytes may be NULL, options that are NULL are the defaults, and num_threads 0
 * means 1.
 */
#ifndef LINNET_LINNET_H_
#define LINNET_LINNET_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct linnet_model linnet_model;
typedef struct linnet_embedder linnet_embedder;
typedef struct linnet_queue linnet_queue;

enum { /* the values of linnet::Code */
  LINNET_OK = 0,
  LINNET_NOT_FOUND = 1,
  LINNET_IO = 2,
  LINNET_CORRUPT = 3,
  LINNET_UNSUPPORTED = 4,
  LINNET_INVALID_ARGUMENT = 5,
  LINNET_OUT_OF_MEMORY = 6,
  LINNET_BUSY = 7,
  LINNET_CANCELLED = 8
};

const char* linnet_version(void);

/* Why the last failed call on this thread failed; "" when none has. Valid until the next call. */
const char* linnet_error_text(void);

/* Opens a .linnet file or a Hugging Face folder. *model is NULL on failure. */
int linnet_open(const char* path, linnet_model** model);

/* The same with linnet::OpenOptions (linnet/model.h). Zeros and NULLs are the defaults. */
typedef struct {
  int verify_tensors;
  const char* isa;       /* "scalar", "avx2", "avx2-vnni", "avx512", "avx512-vnni", "avx512-amx" */
  const char* precision; /* "fp32", "int8" */
  const char* backend;   /* "linnet", "onednn" */
  uint32_t num_threads;  /* that make int8 of fp32 weights; 0: 1 */
} linnet_open_options;
int linnet_open_with(const char* path, const linnet_open_options* options, linnet_model** model);
void linnet_close(linnet_model* model); /* NULL is allowed; embedders made from it live on */

/* A Hugging Face folder, or for "int8" an fp32 .linnet file too, to a .linnet file, which appears whole or not at all:
 * linnet::import_model (linnet/import.h). precision NULL: "fp32"; calibration NULL: the text that is built in. */
int linnet_import(const char* folder, const char* output, const char* precision, const char* calibration,
                  uint32_t num_threads);

size_t linnet_dimension(const linnet_model* model); /* of one embedding */

/* Token ids of one UTF-8 text of `bytes` bytes, special tokens included, at most `capacity`
 * (a longer text is truncated and keeps its final special token). *num_ids is how many were
 * written. offsets may be NULL, else [2 * capacity]: begin and end of each token, in bytes. */
int linnet_tokenize(const linnet_model* model, const char* text, size_t bytes, int32_t* ids,
                    uint32_t* offsets, size_t capacity, size_t* num_ids);

/* ---- Tokenizer: linnet/tokenizer.h. The same ids, places, words and types as Hugging Face tokenizers gives. */

typedef struct linnet_tokenizer linnet_tokenizer; /* never changes; any number of threads may use one */
typedef struct linnet_encodings linnet_encodings; /* what an encoding call gives; one caller at a time */

/* A tokenizer.json, a vocab.txt, their folder, or a .linnet file; or a model's own, which lives on without it.
 * *tokenizer is NULL on failure. */
int linnet_tokenizer_open(const char* path, linnet_tokenizer** tokenizer);
int linnet_tokenizer_of_model(const linnet_model* model, linnet_tokenizer** tokenizer);
void linnet_tokenizer_close(linnet_tokenizer* tokenizer); /* NULL is allowed */

size_t linnet_vocabulary_size(const linnet_tokenizer* tokenizer); /* largest id + 1 */
/* 16 hex digits; equal tokenizers have equal ones. Valid as long as the tokenizer. */
const char* linnet_tokenizer_fingerprint(const linnet_tokenizer* tokenizer);
/* "##ing", not NUL-terminated, of *bytes bytes; NULL for an id that the vocabulary does not have. Valid as long as the
 * tokenizer. */
const char* linnet_token(const linnet_tokenizer* tokenizer, int32_t id, size_t* bytes);
int32_t linnet_token_id(const linnet_tokenizer* tokenizer, const char* token, size_t bytes); /* -1: none */

enum { /* which text of a pair gives way: the values of linnet::Truncation */
  LINNET_LONGEST_FIRST = 0,
  LINNET_ONLY_FIRST = 1,
  LINNET_ONLY_SECOND = 2
};

/* All 0, or NULL instead: no limit, special tokens added, and recognized in the text. */
typedef struct {
  size_t max_length;     /* tokens, special ones included; 0: no limit */
  size_t stride;         /* linnet_encode_windows(): tokens that a window shares with the one before */
  int truncation;        /* LINNET_LONGEST_FIRST, ... */
  int truncate_left;     /* not 0: the end of a text stays, not its start */
  int no_special_tokens; /* not 0: no [CLS] ... [SEP] around the text */
  int literal;           /* not 0: "[SEP]" in the text is text */
} linnet_tokenize_options;

/* The tokens of a text, a pair or a window: arrays of `size`. */
typedef struct {
  size_t size;
  const int32_t* ids;
  const uint32_t* offsets;    /* [2 * size]: begin and end in bytes, of a pair into its own text; 0, 0: special ones */
  const int32_t* word_ids;    /* within its text; -1 for special tokens */
  const uint8_t* type_ids;
  const int8_t* sequence_ids; /* 0: of the first text, 1: of the second, -1: added by the template */
  const uint8_t* special_tokens_mask; /* 1: added by the template */
  int truncated;
  size_t num_repaired;        /* invalid UTF-8 sequences read as U+FFFD */
} linnet_encoding;

int linnet_encodings_create(linnet_encodings** encodings);
void linnet_encodings_free(linnet_encodings* encodings); /* NULL is allowed */

/* Each replaces what `encodings` holds: one encoding, of windows one or more; none after a failure. Texts are
 * UTF-8; of words, each is tokenized alone, and word_ids are their indices. */
int linnet_encode(const linnet_tokenizer* tokenizer, const char* text, size_t bytes,
                  const linnet_tokenize_options* options, linnet_encodings* encodings);
int linnet_encode_pair(const linnet_tokenizer* tokenizer, const char* first, size_t first_bytes,
                       const char* second, size_t second_bytes, const linnet_tokenize_options* options,
                       linnet_encodings* encodings);
int linnet_encode_words(const linnet_tokenizer* tokenizer, const char* const* words, const size_t* bytes,
                        size_t n, const linnet_tokenize_options* options, linnet_encodings* encodings);
/* All of a text, or of a pair (second NULL: none), as windows of max_length tokens. */
int linnet_encode_windows(const linnet_tokenizer* tokenizer, const char* first, size_t first_bytes,
                          const char* second, size_t second_bytes, const linnet_tokenize_options* options,
                          linnet_encodings* encodings);
size_t linnet_num_encodings(const linnet_encodings* encodings);
/* Valid until the next call with `encodings`; all 0 for an index that is too large. */
linnet_encoding linnet_encoding_at(const linnet_encodings* encodings, size_t index);

/* How many tokens linnet_encode() would give without a limit. In constant memory for texts that have spaces, tabs or
 * line ends in them, unless an added token does. */
int linnet_count_tokens(const linnet_tokenizer* tokenizer, const char* text, size_t bytes,
                        const linnet_tokenize_options* options, uint64_t* count);

/* ids [n] to UTF-8: at most `capacity` bytes to `text` (NULL where that is 0), without a NUL; *bytes is how
 * many the whole text has. clean_up: no space before punctuation; -1: as the tokenizer's file says. */
int linnet_decode(const linnet_tokenizer* tokenizer, const int32_t* ids, size_t n, int skip_special_tokens,
                  int clean_up, char* text, size_t capacity, size_t* bytes);

enum { LINNET_BYTE = 0, LINNET_CODEPOINT = 1, LINNET_UTF16 = 2 }; /* the values of linnet::OffsetUnit */
/* offsets [2 * n] into `text` from bytes to another unit, in place. */
int linnet_convert_offsets(const char* text, size_t bytes, int unit, uint32_t* offsets, size_t n);

/* ---- Embeddings. */

/* *embedder is NULL on failure. */
int linnet_embedder_create(const linnet_model* model, uint32_t num_threads,
                           linnet_embedder** embedder);
/* The same with more to choose: see linnet/embedder.h. All 0, or NULL instead: what linnet_embedder_create does. */
typedef struct {
  uint32_t num_threads;    /* 0: 1 */
  uint32_t dimension;      /* of a vector, its first ones; 0: all */
  const char* prompt;      /* written before each text; NULL: by prompt_name */
  const char* prompt_name; /* of the model's prompts; NULL: the model's default one */
  uint32_t max_length;     /* tokens of a text; 0: the model's */
  const char* pooling;     /* "cls", "mean", "max", "mean-sqrt-len", "weighted-mean", "last"; NULL: the model's */
  int normalize;           /* above 0: vectors of length 1; below 0: not; 0: as the model does */
} linnet_embed_options;
int linnet_embedder_create_with(const linnet_model* model, const linnet_embed_options* options,
                                linnet_embedder** embedder);
void linnet_embedder_free(linnet_embedder* embedder); /* NULL is allowed */
size_t linnet_embedder_dimension(const linnet_embedder* embedder); /* of its vectors */

/* texts [n], each of bytes[i] bytes of UTF-8 (bytes NULL: NUL-terminated, none NULL), to vectors
 * [n, linnet_embedder_dimension()] of float, row i for text i. */
int linnet_embed(linnet_embedder* embedder, const char* const* texts, const size_t* bytes, size_t n,
                 float* vectors);

/* ---- Task heads: the classes of linnet/classifier.h and its neighbours, one text a call where the number
 * of results depends on the text. A handle serves one caller at a time; what a call gives stays valid until
 * the next call on the same handle. A model for another task is LINNET_INVALID_ARGUMENT. */

typedef struct linnet_classifier linnet_classifier;
typedef struct linnet_reranker linnet_reranker;
typedef struct linnet_zero_shot linnet_zero_shot;
typedef struct linnet_tagger linnet_tagger;
typedef struct linnet_answerer linnet_answerer;
typedef struct linnet_mask_filler linnet_mask_filler;
typedef struct linnet_sparse_encoder linnet_sparse_encoder;

/* "embed", "classify", "tag", "answer", "fill"; "" for NULL. Always valid. */
const char* linnet_task(const linnet_model* model);
/* The labels of a model for "classify" or "tag", valid as long as it. NULL for an index that is too large. */
size_t linnet_num_labels(const linnet_model* model);
const char* linnet_label(const linnet_model* model, size_t index);

int linnet_classifier_create(const linnet_model* model, uint32_t num_threads,
                             linnet_classifier** classifier);
void linnet_classifier_free(linnet_classifier* classifier);
/* texts and pairs [n] (pairs NULL: there are none), NUL-terminated, to scores [n, linnet_num_labels()]. */
int linnet_classify(linnet_classifier* classifier, const char* const* texts, const char* const* pairs,
                    size_t n, float* scores);

int linnet_reranker_create(const linnet_model* model, uint32_t num_threads, linnet_reranker** reranker);
void linnet_reranker_free(linnet_reranker* reranker);
/* documents [n], NUL-terminated, to scores [n]. */
int linnet_rerank(linnet_reranker* reranker, const char* query, const char* const* documents, size_t n,
                  float* scores);

/* labels [num_labels]; hypothesis with {} for the label, or NULL: "This example is {}." */
int linnet_zero_shot_create(const linnet_model* model, const char* const* labels, size_t num_labels,
                            const char* hypothesis, int multi_label, uint32_t num_threads,
                            linnet_zero_shot** zero_shot);
void linnet_zero_shot_free(linnet_zero_shot* zero_shot);
/* texts [n], NUL-terminated, to scores [n, num_labels]. */
int linnet_zero_shot_score(linnet_zero_shot* zero_shot, const char* const* texts, size_t n,
                           float* scores);

typedef struct {
  const char* text;  /* an entity's label, an answer, a token */
  float score;
  uint32_t begin, end; /* of an entity or an answer: bytes into the text or the context */
  int32_t token;       /* of a filling: its id; else -1 */
} linnet_result;

int linnet_tagger_create(const linnet_model* model, uint32_t num_threads, linnet_tagger** tagger);
void linnet_tagger_free(linnet_tagger* tagger);
int linnet_tag(linnet_tagger* tagger, const char* text, size_t bytes, const linnet_result** entities,
               size_t* n);

/* top_k answers at most, at least 1; no_answer not 0: an empty answer may be the best. */
int linnet_answerer_create(const linnet_model* model, uint32_t top_k, int no_answer,
                           uint32_t num_threads, linnet_answerer** answerer);
void linnet_answerer_free(linnet_answerer* answerer);
int linnet_answer(linnet_answerer* answerer, const char* question, const char* context,
                  const linnet_result** answers, size_t* n);

/* top_k is at least 1. */
int linnet_mask_filler_create(const linnet_model* model, uint32_t top_k, uint32_t num_threads,
                              linnet_mask_filler** filler);
void linnet_mask_filler_free(linnet_mask_filler* filler);
/* The top_k fillings of each mask, mask after mask: *n of them in all. */
int linnet_fill(linnet_mask_filler* filler, const char* text, size_t bytes,
                const linnet_result** fillings, size_t* n);

/* top_k 0: every token whose weight is above 0. */
int linnet_sparse_encoder_create(const linnet_model* model, uint32_t top_k, uint32_t num_threads,
                                 linnet_sparse_encoder** encoder);
void linnet_sparse_encoder_free(linnet_sparse_encoder* encoder);
int linnet_sparse(linnet_sparse_encoder* encoder, const char* text, size_t bytes,
                  const int32_t** tokens, const float** weights, size_t* n);

/* Texts of any length, window by window: see linnet/window_embedder.h. */
typedef struct linnet_window_embedder linnet_window_embedder;
typedef struct {
  uint32_t begin, end; /* bytes of the text */
  uint32_t tokens;     /* of the text in this window */
} linnet_window;
/* Two windows share `stride` tokens. */
int linnet_window_embedder_create(const linnet_model* model, const linnet_embed_options* options,
                                  uint32_t stride, linnet_window_embedder** embedder);
void linnet_window_embedder_free(linnet_window_embedder* embedder);
/* windows [n], one at least, and vectors [n, dimension]. */
int linnet_embed_windows(linnet_window_embedder* embedder, const char* text, size_t bytes,
                         const linnet_window** windows, const float** vectors, size_t* n);

/* The vector of each token, as the last layer gives it: see linnet/token_embedder.h. */
typedef struct linnet_token_embedder linnet_token_embedder;
int linnet_token_embedder_create(const linnet_model* model, uint32_t num_threads,
                                 linnet_token_embedder** embedder);
void linnet_token_embedder_free(linnet_token_embedder* embedder);
/* vectors [num_tokens, dimension], a row for each of the tokens of linnet_tokenize(). */
int linnet_embed_tokens(linnet_token_embedder* embedder, const char* text, size_t bytes,
                        const float** vectors, size_t* num_tokens, size_t* dimension);

/* Which of many vectors are most similar to each of some: see linnet/similar.h. */
typedef struct linnet_similar linnet_similar;
typedef struct {
  uint64_t index; /* of the candidate, over all calls of linnet_similar_add() */
  float score;
} linnet_neighbour;
/* queries [num_queries, dimension] are copied. top_k is at least 1. cosine 0: the dot product. exclude_self not 0:
 * candidate i is query i, and none of its neighbours. */
int linnet_similar_create(const float* queries, size_t num_queries, size_t dimension, uint32_t top_k,
                          int cosine, int exclude_self, uint32_t num_threads, linnet_similar** similar);
void linnet_similar_free(linnet_similar* similar);
int linnet_similar_add(linnet_similar* similar, const float* candidates, size_t n); /* [n, dimension] */
/* The best first. */
int linnet_similar_neighbours(linnet_similar* similar, size_t query, const linnet_neighbour** neighbours,
                              size_t* n);

/* What a model looks at: see linnet/attender.h. layer and head are one of the model's, from 0, or below 0: all. */
typedef struct linnet_attender linnet_attender;
int linnet_attender_create(const linnet_model* model, int layer, int head, linnet_attender** attender);
void linnet_attender_free(linnet_attender* attender);
/* weights [layers][heads][num_tokens][num_tokens], a row for each of the tokens of linnet_tokenize(). */
int linnet_attend(linnet_attender* attender, const char* text, size_t bytes, const float** weights,
                  size_t* num_tokens);

/* A queue of single texts, fed by any thread, embedded together, with the same bits as alone: see
 * linnet/queue.h. Each text that was taken is answered exactly once, on the queue's thread or on the one that
 * cancels it: with LINNET_OK and its vector [dimension], there until the callback returns, or with an error
 * and dimension 0. */
typedef void (*linnet_queue_callback)(void* context, int code, const float* vector, size_t dimension);

/* At most `capacity` texts wait (0: 1024); the first of a batch waits gather_us microseconds for others. The
 * model may be closed before the queue. *queue is NULL on failure. */
int linnet_queue_create(const linnet_model* model, uint32_t num_threads, size_t capacity,
                        uint32_t gather_us, linnet_queue** queue);
/* LINNET_BUSY: the queue is full. ticket may be NULL. The text is copied. */
int linnet_queue_submit(linnet_queue* queue, const char* text, size_t bytes,
                        linnet_queue_callback answer, void* context, uint64_t* ticket);
/* 1: the text was still waiting and has been answered with LINNET_CANCELLED; 0: it is too late. */
int linnet_queue_cancel(linnet_queue* queue, uint64_t ticket);
/* Returns when all submitted so far has been answered. Not from a callback, which it would wait for. */
void linnet_queue_drain(linnet_queue* queue);
/* Cancels what waits; NULL is allowed. Not from a callback. */
void linnet_queue_free(linnet_queue* queue);

#ifdef __cplusplus
}
#endif

#endif /* LINNET_LINNET_H_ */
