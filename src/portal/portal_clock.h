/* SPDX-License-Identifier: MIT */
/* The time by the portal's clock: this machine's may be wrong. Only the files of this floor include
 * it. */
#ifndef PORTAL_PORTAL_CLOCK_H
#define PORTAL_PORTAL_CLOCK_H

#include <stdint.h>

struct http_response;

/* Seconds since 1970 when the response was sent, by its Date; when the request was sent, by this
 * machine's clock, if it has no credible one. Warns if the two differ by more than AWS tolerates.
 */
int64_t portal_clock_now_s(const struct http_response *response);

#endif
