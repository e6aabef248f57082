/* linnet/linnet.h - Linnet for C and for everything that can call C (C99).
 *
 * Handles are opaque. A model never changes and may be shared by any number of threads; an embedder
 * serves one caller at a time. Functions that can fail return LINNET_OK or an error code;
 * linnet_error_text() then says what, where, found and expected. Nothing throws, prints or exits.
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

enum { /* the values of linnet::Code */
  LINNET_OK = 0,
  LINNET_NOT_FOUND = 1,
  LINNET_IO = 2,
  LINNET_CORRUPT = 3,
  LINNET_UNSUPPORTED = 4,
  LINNET_INVALID_ARGUMENT = 5,
  LINNET_OUT_OF_MEMORY = 6
};

const char* linnet_version(void);

/* Why the last failed call on this thread failed; "" when none has. Valid until the next call. */
const char* linnet_error_text(void);

/* Opens a .linnet file or a Hugging Face folder. *model is NULL on failure. */
int linnet_open(const char* path, linnet_model** model);
void linnet_close(linnet_model* model); /* NULL is allowed; embedders made from it live on */

size_t linnet_dimension(const linnet_model* model); /* of one embedding */

/* Token ids of one UTF-8 text of `bytes` bytes, special tokens included, at most `capacity`
 * (a longer text is truncated and keeps its final special token). *num_ids is how many were
 * written. offsets may be NULL, else [2 * capacity]: begin and end of each token, in bytes. */
int linnet_tokenize(const linnet_model* model, const char* text, size_t bytes, int32_t* ids,
                    uint32_t* offsets, size_t capacity, size_t* num_ids);

/* num_threads 0 means 1. *embedder is NULL on failure. */
int linnet_embedder_create(const linnet_model* model, uint32_t num_threads,
                           linnet_embedder** embedder);
void linnet_embedder_free(linnet_embedder* embedder); /* NULL is allowed */

/* texts [n], each of bytes[i] bytes of UTF-8 (bytes NULL: NUL-terminated), to vectors
 * [n, linnet_dimension()] of float, row i for text i. */
int linnet_embed(linnet_embedder* embedder, const char* const* texts, const size_t* bytes, size_t n,
                 float* vectors);

#ifdef __cplusplus
}
#endif

#endif /* LINNET_LINNET_H_ */
