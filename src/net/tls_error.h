/* SPDX-License-Identifier: MIT */
/* What mbedTLS's error codes of a handshake mean to a user. */
#ifndef NET_TLS_ERROR_H
#define NET_TLS_ERROR_H

#include <stdbool.h>

/* The mbedTLS code in libcurl's message, such as "ssl_handshake returned: (-0x7280) "; 0 if it has
 * none. */
int tls_error_code(const char *curl_text);

/* The words for a code, of the form "the server closed the connection". A literal; NULL for a code
 * that is not expected. */
const char *tls_error_text(int code);

/* Whether the code means that memory ran out. */
bool tls_error_is_no_memory(int code);

/* Whether the server has refused the handshake, so that another attempt fails, too. */
bool tls_error_is_refusal(int code);

#endif
