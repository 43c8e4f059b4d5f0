/* SPDX-License-Identifier: MIT */
/* The environment variables by which AWS SDKs find an endpoint. */
#ifndef SERVE_CLIENT_ENV_H
#define SERVE_CLIENT_ENV_H

struct buf;
struct endpoint_config;

/*
 * Appends NAME=VALUE lines for a client on this machine: the URI of the profile that "/" serves,
 * else of the first one, and token_file, if that is not NULL; the metadata service's address, if
 * config has one. The endpoint must be listening. A failure sticks in out.
 */
void client_env_add(struct buf *out, const struct endpoint_config *config, const char *token_file);

#endif
