/* SPDX-License-Identifier: MIT */
/* Random numbers from the kernel (getrandom). No /dev is needed, which an empty image lacks. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct err;

/* Fills out with len random bytes, fit for secrets. Blocks until the kernel has gathered entropy,
 * once after the machine's start. 0, or -1 with ERR_INTERNAL. */
int random_bytes(void *out, size_t len, struct err *err) __attribute__((warn_unused_result));

/* Writes byte_count random bytes as lower-case hexadecimal: 2 * byte_count digits and a NUL. */
int random_hex(char *out, size_t byte_count, struct err *err) __attribute__((warn_unused_result));

/* A random number to spread load with, not for secrets. Never blocks: 0 while the kernel has no
 * entropy yet. */
uint32_t random_number(void);

#endif
