/* SPDX-License-Identifier: MIT */
/*
 * One call of the portal's API: sends the request, judges the status, parses the response. Only the
 * files of this floor include it.
 */
#ifndef PORTAL_CALL_H
#define PORTAL_CALL_H

#include <stdbool.h>

#include "base/json.h"
#include "net/http_message.h"
#include "portal/connection.h"

struct err;

enum { PORTAL_WORDS_SIZE = 240, PORTAL_PATH_SIZE = 512 };

struct portal_call {
    const char *method; /* NULL: GET */
    const char *path;
    const char *body;    /* NULL: none */
    bool of_tenant;      /* the path names a tenant: a 404 means that there is no such tenant */
    bool may_be_missing; /* 404, 405 and 500 set missing and are not errors */
    bool missing;
    struct http_response response;
    struct json_doc json;          /* of a 2xx response with a body */
    char words[PORTAL_WORDS_SIZE]; /* the portal's own words in an error response, or "" */
};

/* Sends the call. Release with portal_call_done in any case.
 * ERR_REFUSED for 401 and 403, ERR_REJECTED for 400, 404 and "not found" in an error response,
 * ERR_UNAVAILABLE for everything else but 2xx, and for a body that is not JSON. */
int portal_call_run(const struct portal *portal, struct portal_call *call, struct err *err)
    __attribute__((warn_unused_result));
void portal_call_done(struct portal_call *call);

/* Returns ERR_UNAVAILABLE if the response is empty or its JSON is of another type. */
int portal_check_type(const struct portal *portal, const struct portal_call *call,
                      enum json_type type, struct err *err) __attribute__((warn_unused_result));

/* Writes "/subscriptions/ID/ENDPOINT", with the ID percent-encoded. ERR_USAGE if it is too long. */
int portal_tenant_path(char out[PORTAL_PATH_SIZE], const char *tenant_id, const char *endpoint,
                       struct err *err) __attribute__((warn_unused_result));

/* Appends "; HINT" to the text of err, if hint is not NULL. Returns -1. */
int portal_add_hint(struct err *err, const char *hint);

/* The hints of a portal; never NULL. */
const struct portal_hints *portal_hints_of(const struct portal *portal);

#endif
