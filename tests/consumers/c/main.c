/* consumer MODEL...: embeds two texts with each model through the C API and checks what comes back.
 * Without a model: only what needs none. */
#include <linnet/linnet.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char* what) {
  fprintf(stderr, "%s: %s\n", what, linnet_error_text());
  return 1;
}

static int check_missing_model(void) {
  linnet_model* model = NULL;
  if (linnet_open("no/such/model.linnet", &model) != LINNET_NOT_FOUND || model != NULL) {
    return fail("a missing model");
  }
  if (strstr(linnet_error_text(), "no/such/model.linnet") == NULL) return fail("no name in the text");
  linnet_close(NULL);
  linnet_embedder_free(NULL);
  return 0;
}

static int check_tokens(const linnet_model* model) {
  const char* text = "a good day";
  int32_t ids[8];
  uint32_t offsets[16];
  size_t num_ids = 0;
  if (linnet_tokenize(model, text, strlen(text), ids, offsets, 8, &num_ids) != LINNET_OK) {
    return fail("tokenize");
  }
  if (num_ids < 3 || num_ids > 8 || offsets[0] != 0 || offsets[1] != 0) return fail("tokens");
  return 0;
}

/* A pair's tokens and back, with the model's own tokenizer: whole words, as not every one has a decoder. */
static int check_tokenizer(const linnet_model* model) {
  linnet_tokenize_options options = {0};
  linnet_tokenizer* tokenizer = NULL;
  linnet_encodings* encodings = NULL;
  linnet_encoding pair;
  char text[64];
  size_t bytes = 0;
  int rc = 1;
  options.truncation = LINNET_ONLY_SECOND;
  options.max_length = 16;
  if (linnet_tokenizer_of_model(model, &tokenizer) != LINNET_OK) return fail("tokenizer");
  if (linnet_encodings_create(&encodings) != LINNET_OK ||
      linnet_encode_pair(tokenizer, "a", 1, "day", 3, &options, encodings) != LINNET_OK) {
    fail("pair");
  } else {
    pair = linnet_encoding_at(encodings, 0);
    rc = pair.size < 5 || pair.special_tokens_mask[0] != 1 || pair.sequence_ids[1] != 0 ||
         linnet_decode(tokenizer, pair.ids, pair.size, 1, -1, text, sizeof text, &bytes) != LINNET_OK ||
         bytes != 5 || memcmp(text, "a day", 5) != 0;
    if (rc) fail("decode");
  }
  linnet_encodings_free(encodings);
  linnet_tokenizer_close(tokenizer);
  return rc;
}

/* The same text in another place of the batch, with and without its size, gives the same bits. */
static int check_vectors(linnet_embedder* embedder, size_t dimension) {
  const char* texts[3] = {"a good day", "b", "a good day"};
  const size_t bytes[3] = {10, 1, 10};
  float* vectors = calloc(6 * dimension, sizeof(float));
  double norm = 0;
  size_t i;
  int rc = 1;
  if (vectors == NULL) return 1;
  if (linnet_embed(embedder, texts, NULL, 3, vectors) != LINNET_OK ||
      linnet_embed(embedder, texts, bytes, 3, vectors + 3 * dimension) != LINNET_OK) {
    fail("embed");
  } else if (memcmp(vectors, vectors + 2 * dimension, dimension * sizeof(float)) != 0 ||
             memcmp(vectors, vectors + 3 * dimension, 3 * dimension * sizeof(float)) != 0) {
    fputs("equal texts, different vectors\n", stderr);
  } else {
    for (i = 0; i < dimension; ++i) norm += (double)vectors[i] * (double)vectors[i];
    rc = !(isfinite(norm) && norm > 0);
    printf("C: linnet %s, dimension %zu, norm %.6f\n", linnet_version(), dimension, sqrt(norm));
  }
  free(vectors);
  return rc;
}

static int check_model(const char* path) {
  linnet_model* model = NULL;
  linnet_embedder* embedder = NULL;
  size_t dimension;
  int rc;
  if (linnet_open(path, &model) != LINNET_OK) return fail(path);
  dimension = linnet_dimension(model);
  rc = check_tokens(model) || check_tokenizer(model);
  if (linnet_embedder_create(model, 2, &embedder) != LINNET_OK) rc = fail("embedder");
  linnet_close(model); /* the embedder keeps what it needs */
  if (rc == 0) rc = check_vectors(embedder, dimension);
  linnet_embedder_free(embedder);
  return rc;
}

int main(int argc, char** argv) {
  int i, rc = check_missing_model();
  for (i = 1; i < argc; ++i) rc |= check_model(argv[i]);
  printf("C: linnet %s, %d models, %s\n", linnet_version(), argc - 1, rc == 0 ? "good" : "BAD");
  return rc;
}
