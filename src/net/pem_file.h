/* SPDX-License-Identifier: MIT */
/*
 * A file of certificates in PEM, read in pieces: the bundle of a system has 220 KB, and a process
 * that read it whole would need a quarter more memory.
 */
#ifndef NET_PEM_FILE_H
#define NET_PEM_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "net/pem_bundle.h"

enum {
    PEM_FILE_MAX = 8 << 20,
    PEM_PIECE = 3 * PEM_CERTIFICATE_MAX, /* a half of it has room for the longest certificate */
};

struct pem_file {
    int fd;
    off_t at;         /* where the next piece begins */
    const char *rest; /* in text: what has not been searched */
    size_t len;       /* of text */
    char text[PEM_PIECE + 1];
};

/* Opens a regular file that is not empty. Returns the descriptor, which the caller closes, or -1.
 */
int pem_file_open(const char *path) __attribute__((warn_unused_result));

/* Begins a search in the file. */
void pem_file_start(struct pem_file *file, int fd);

/* Like pem_bundle_next, in the file. Returns -1 if the file cannot be read. */
ssize_t pem_file_next(struct pem_file *file, const unsigned char *subject, size_t subject_len,
                      unsigned char der[PEM_CERTIFICATE_MAX]) __attribute__((warn_unused_result));

#endif
