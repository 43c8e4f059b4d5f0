/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets share. A target is one file, fuzz_NAME.c, with LLVMFuzzerTestOneInput: it
 * reads the input as a person would write it in a file, so that seeds are text, and checks a
 * property. libFuzzer runs it in `make fuzz`; replay.c runs it on the seeds in `make test`.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A property that must hold for this input. */
#define FUZZ_CHECK(condition) fuzz_check((condition), __FILE__, __LINE__, #condition)
void fuzz_check(bool holds, const char *file, int line, const char *condition);

/* The input that has not been read yet. */
struct fuzz_input {
    const char *at;
    size_t len;
};
struct fuzz_input fuzz_begin(const uint8_t *data, size_t len);

/* The next line without its newline, cut at size - 1 bytes and at the first NUL; "" at the end. */
void fuzz_line(struct fuzz_input *input, char *out, size_t size);

/* The text up to the next line "%%", or to the end; followed by a NUL, in memory that the caller
 * frees. *len may be NULL. */
char *fuzz_part(struct fuzz_input *input, size_t *len);

/* Bytes and nothing after them, in memory that the caller frees: reading one more is an error. */
char *fuzz_copy(const char *data, size_t len);

bool fuzz_same(const struct buf *a, const struct buf *b);

/* After a failure: the kind is one of those that exit codes exist for, and the text is not empty
 * and can be printed. */
void fuzz_check_err(const struct err *err);

/* Appends the token "e30.PAYLOAD.c2ln", with the payload in base64url without padding. */
void fuzz_encode_jwt(struct buf *token, const char *payload, size_t len);

#endif
