/* SPDX-License-Identifier: MIT */
/*
 * From a complete request to the handler, and from its response to the client: the callbacks that
 * libmicrohttpd calls for requests. Only net/server.c includes it.
 */
#ifndef NET_SERVER_DISPATCH_H
#define NET_SERVER_DISPATCH_H

#include <stddef.h>

#include <microhttpd.h>

struct server;

/* MHD_AccessHandlerCallback; context is the server. libmicrohttpd calls it for the headers, for
 * each piece of the body, for the complete request, and again after each resume. */
enum MHD_Result server_dispatch_request(void *context, struct MHD_Connection *mhd, const char *path,
                                        const char *method, const char *version, const char *data,
                                        size_t *data_len, void **request_context);

/* MHD_OPTION_NOTIFY_COMPLETED; context is the server. */
void server_dispatch_completed(void *context, struct MHD_Connection *mhd, void **request_context,
                               enum MHD_RequestTerminationCode why);

/* Frees the response that is kept for the next request, unless a connection still sends it. Called
 * at the end of each server_run, so that no body is kept longer than it is sent. */
void server_dispatch_forget(struct server *server);

/* MHD_OPTION_UNESCAPE_CALLBACK: percent-decodes a path or a query parameter. */
size_t server_dispatch_unescape(void *context, struct MHD_Connection *mhd, char *text);

#endif
