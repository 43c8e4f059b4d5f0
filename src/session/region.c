/* SPDX-License-Identifier: MIT */
#include "session/region.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/args.h"
#include "session/session.h"

enum { PORTAL_TIMEOUT_MS = 5000 };

static const char fallback[] = "us-west-2";

struct region_query {
    const struct args *args;
    const struct scope *scope;
    const char *in_profile;
};

const char *region_for_credentials(const struct args *args, const struct aws_credentials *creds)
{
    const char *region = args_text(args, OPTION_REGION);
    return region != NULL ? region : creds->region;
}

/* Uses a value unless it is NULL. name is its source, for the message. */
static int use(const char *value, const char *name, enum err_kind kind, char out[AWS_REGION_SIZE],
               struct err *err)
{
    if (value == NULL) {
        return 0;
    }
    if (aws_region_check(value, err) != 0) {
        err->kind = kind;
        return err_wrap(err, "%s", name);
    }
    text_copy(out, AWS_REGION_SIZE, value);
    return 0;
}

static int from_option(const struct region_query *query, char out[AWS_REGION_SIZE], struct err *err)
{
    return use(args_text(query->args, OPTION_REGION), "--region", ERR_USAGE, out, err);
}

static int from_environment(const struct region_query *query, char out[AWS_REGION_SIZE],
                            struct err *err)
{
    static const char *const names[] = {"AWS_REGION", "AWS_DEFAULT_REGION"};
    for (size_t i = 0; out[0] == '\0' && i < sizeof(names) / sizeof(names[0]); i++) {
        if (use(args_environment(query->args, names[i]), names[i], ERR_USAGE, out, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int from_profile(const struct region_query *query, char out[AWS_REGION_SIZE],
                        struct err *err)
{
    const char *region = query->in_profile[0] != '\0' ? query->in_profile : NULL;
    return use(region, "region of the profile (use --region to replace it)", ERR_FILE, out, err);
}

/* Leaves out empty if the portal has no default region. */
static int ask_default(const struct portal *portal, char out[AWS_REGION_SIZE], struct err *err)
{
    struct portal_features features;
    if (portal_get_features(portal, &features, err) != 0) {
        return -1;
    }
    const char *region = features.default_region[0] != '\0' ? features.default_region : NULL;
    return use(region, "the portal's default region", ERR_UNAVAILABLE, out, err);
}

static int ask_portal(struct session *session, const struct scope *scope, char out[AWS_REGION_SIZE],
                      struct err *err)
{
    char id[PORTAL_ID_SIZE];
    const struct portal *portal = session_portal(session, err);
    if (portal == NULL) {
        return -1;
    }
    portal_client_limit(&session->client, clock_mono_ms() + PORTAL_TIMEOUT_MS);
    bool is_tenant = scope_is_tenant(scope);
    if (portal_resolve_tenant(portal, scope, id, err) != 0) {
        return -1;
    }
    if (is_tenant && portal_get_tenant_region(portal, id, out, AWS_REGION_SIZE, err) == 0) {
        return 0;
    }
    struct err tenant_err = *err;
    out[0] = '\0';
    if (ask_default(portal, out, err) != 0) {
        return -1;
    }
    if (is_tenant && out[0] != '\0') {
        log_warn("cannot get the tenant's region from the portal: %s. Using the portal's default, "
                 "%s; use --region to set another",
                 tenant_err.text, out);
    }
    return 0;
}

/* Never starts a login: the first use of the profile does. */
static int open_without_asking(struct session *session, const struct args *args, struct err *err)
{
    if (session_open(session, args, SESSION_SAVED_LOGIN, err) != 0) {
        return -1;
    }
    session->identity->may_ask = false;
    return 0;
}

static int from_portal(const struct region_query *query, char out[AWS_REGION_SIZE], struct err *err)
{
    struct session session;
    bool interactive = false;
    if (args_switch(query->args, OPTION_INTERACTIVE, &interactive, err) != 0) {
        return -1;
    }
    if (!session_has_token(query->args) && !interactive) {
        return 0;
    }
    int result = open_without_asking(&session, query->args, err);
    if (result == 0 && ask_portal(&session, query->scope, out, err) != 0) {
        out[0] = '\0';
        result = err->kind == ERR_USAGE || err->kind == ERR_FILE ? -1 : 0;
        if (result == 0) {
            log_warn("cannot get the region from the portal: %s. Using %s; use --region to set "
                     "another",
                     err->text, fallback);
        }
    }
    session_close(&session);
    return result;
}

static int from_fallback(const struct region_query *query, char out[AWS_REGION_SIZE],
                         struct err *err)
{
    (void)query;
    return use(fallback, "fallback", ERR_INTERNAL, out, err);
}

/* In order of precedence. A source leaves out empty if it has no region. */
static int (*const sources[])(const struct region_query *query, char out[AWS_REGION_SIZE],
                              struct err *err) = {
    from_option, from_environment, from_profile, from_portal, from_fallback,
};

int region_choose(const struct args *args, const struct scope *scope, const char *in_profile,
                  char out[AWS_REGION_SIZE], struct err *err)
{
    const struct region_query query = {args, scope, in_profile};
    out[0] = '\0';
    for (size_t i = 0; out[0] == '\0' && i < sizeof(sources) / sizeof(sources[0]); i++) {
        if (sources[i](&query, out, err) != 0) {
            return -1;
        }
    }
    return 0;
}
