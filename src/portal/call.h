/* SPDX-License-Identifier: MIT */
/*
 * One call of the portal's API: the status judged, the answer parsed. What the files of this floor
 * share; nobody above includes it.
 */
#ifndef PORTAL_CALL_H
#define PORTAL_CALL_H

#include <stdbool.h>

#include "base/json.h"
#include "net/http.h"

struct err;
struct portal;

struct portal_call {
    const char *method; /* NULL: GET */
    const char *path;
    const char *body;    /* NULL: none */
    bool may_be_missing; /* 404, 405 and 500 set missing instead of an error */
    bool missing;
    struct http_response response;
    struct json_doc json;
};

/* Sends it and parses a 2xx answer into json, where it has a body. */
int portal_call_run(const struct portal *portal, struct portal_call *call, struct err *err)
    __attribute__((warn_unused_result));
void portal_call_done(struct portal_call *call);

/* ERR_UNAVAILABLE where the answer is empty or of another type than is due. */
int portal_check_type(const struct portal *portal, const struct portal_call *call,
                      enum json_type type, struct err *err) __attribute__((warn_unused_result));

/* "/subscriptions/ID/QUESTION", the ID percent-encoded. */
enum { PORTAL_PATH_SIZE = 512 };
int portal_tenant_path(char out[PORTAL_PATH_SIZE], const char *tenant_id, const char *question,
                       struct err *err) __attribute__((warn_unused_result));

#endif
