/* SPDX-License-Identifier: MIT */
/* The responses of the metadata service (IMDSv2), for the table of routes. */
#ifndef SERVE_IMDS_ROUTES_H
#define SERVE_IMDS_ROUTES_H

#include "serve/exchange.h"

enum server_verdict imds_put_token(const struct exchange *exchange);
enum server_verdict imds_get_role(const struct exchange *exchange);
enum server_verdict imds_get_region(const struct exchange *exchange);
enum server_verdict imds_get_zone(const struct exchange *exchange);
enum server_verdict imds_get_document(const struct exchange *exchange);

#endif
