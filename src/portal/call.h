/* SPDX-License-Identifier: MIT */
/*
 * One call of the portal's API: sends the request, judges the status, parses the response. Only the
 * files of this floor include it.
 */
#ifndef PORTAL_CALL_H
#define PORTAL_CALL_H

#include <stdbool.h>

#include "base/json.h"
#include "base/json_list.h"
#include "net/http_message.h"
#include "portal/connection.h"

struct err;

enum {
    PORTAL_WORDS_SIZE = 240,
    PORTAL_PATH_SIZE = 512,
    PORTAL_LIST_MAX = 64 << 20, /* bytes of a long list */
};

struct portal_call {
    const char *method; /* NULL: GET */
    const char *path;
    const char *body;    /* NULL: none */
    bool of_tenant;      /* the path names a tenant: a 404 means that there is no such tenant */
    bool may_be_missing; /* 404, 405 and 500 set missing and are not errors */
    bool missing;
    bool is_long_list; /* the response is an array: read it with portal_call_next */
    struct http_response response;
    struct json_doc json;          /* of a 2xx response with a body that is no long list */
    struct json_list list;         /* of a long list */
    char words[PORTAL_WORDS_SIZE]; /* the portal's own words in an error response, or "" */
};

/* Sends the call. Release with portal_call_done in any case.
 * ERR_REFUSED for 401 and 403, ERR_REJECTED for 400, 404 and "not found" in an error response,
 * ERR_UNAVAILABLE for everything else but 2xx, for a body that is not JSON, and for a long list
 * that is not an array; pause_s is from a Retry-After header. */
int portal_call_run(const struct portal *portal, struct portal_call *call, struct err *err)
    __attribute__((warn_unused_result));
void portal_call_done(struct portal_call *call);

/* The next element of a long list, as json_list_next. ERR_UNAVAILABLE. */
int portal_call_next(const struct portal *portal, struct portal_call *call,
                     struct json_doc *element, struct err *err) __attribute__((warn_unused_result));

/* Returns ERR_UNAVAILABLE if the response is empty or its JSON is of another type. */
int portal_check_type(const struct portal *portal, const struct portal_call *call,
                      enum json_type type, struct err *err) __attribute__((warn_unused_result));

/* Whether the region that the portal has sent is one; a bad one is the portal's mistake, not the
 * user's. 0, or -1 with ERR_UNAVAILABLE, which quotes the region. */
int portal_check_region(const char *region, struct err *err) __attribute__((warn_unused_result));

/* Writes the path: before, the ID or name percent-encoded, and after. ERR_USAGE if it is too long.
 */
int portal_path_with(char out[PORTAL_PATH_SIZE], const char *before, const char *name,
                     const char *after, struct err *err) __attribute__((warn_unused_result));

/* Appends "; HINT" to the text of err, if hint is not NULL. Returns -1. */
int portal_add_hint(struct err *err, const char *hint);

/* Hides the token and the MFA code in the text of err, which may quote the response. Returns -1. */
int portal_hide_secrets(const struct portal *portal, struct err *err);

/* The hints of a portal; never NULL. */
const struct portal_hints *portal_hints_of(const struct portal *portal);

#endif
