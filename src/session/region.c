/* SPDX-License-Identifier: MIT */
#include "session/region.h"

#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/args.h"
#include "cli/personality.h"
#include "session/session.h"

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

/* A tenant without a region gets the portal's default. may_be_missing: this call is the first that
 * shows whether the portal has the tenant. */
static int ask_tenant(const struct portal *portal, const char *id, bool may_be_missing,
                      char out[AWS_REGION_SIZE], struct err *err)
{
    struct err tenant_err;
    if (portal_get_tenant_region(portal, id, out, AWS_REGION_SIZE, &tenant_err) == 0) {
        return 0;
    }
    out[0] = '\0';
    if (tenant_err.kind == ERR_REFUSED || (tenant_err.kind == ERR_REJECTED && may_be_missing)) {
        *err = tenant_err;
        return -1;
    }
    if (ask_default(portal, out, err) != 0) {
        return -1;
    }
    if (out[0] != '\0') {
        log_warn("cannot get the tenant's region from the portal: %s. Using the portal's default, "
                 "%s; use --region to set another",
                 tenant_err.text, out);
    }
    return 0;
}

/* Asks for the region, or, if it is known, only for what shows that token and tenant are valid. */
static int ask_portal(struct session *session, const struct scope *scope, bool known,
                      char out[AWS_REGION_SIZE], struct err *err)
{
    char id[PORTAL_ID_SIZE];
    const struct portal *portal = session_portal(session, err);
    if (portal == NULL || portal_resolve_tenant(portal, scope, id, err) != 0) {
        return -1;
    }
    if (!scope_is_tenant(scope)) {
        return ask_default(portal, out, err);
    }
    bool may_be_missing = scope->kind == SCOPE_TENANT_ID;
    return known && !may_be_missing ? 0 : ask_tenant(portal, id, may_be_missing, out, err);
}

/* A login needs a person, who sees standard error. */
static int check_at_portal(const struct region_query *query, bool known, char out[AWS_REGION_SIZE],
                           struct err *err)
{
    struct session session;
    int result = session_open(&session, query->args, SESSION_NORMAL, err);
    if (result == 0) {
        session.identity->may_ask = session.identity->may_ask && isatty(STDERR_FILENO) == 1;
        result = ask_portal(&session, query->scope, known, out, err);
    }
    session_close(&session);
    if (result != 0 && err->kind != ERR_USAGE && err->kind != ERR_FILE) {
        const struct err why = *err;
        return err_set(err, why.kind,
                       "%.600s. The profile was not written; --offline writes it unchecked",
                       why.text);
    }
    return result;
}

/* What the command line, the environment and the profile say, in this order. */
static int from_here(const struct region_query *query, char out[AWS_REGION_SIZE], struct err *err)
{
    static int (*const sources[])(const struct region_query *query, char out[AWS_REGION_SIZE],
                                  struct err *err) = {from_option, from_environment, from_profile};
    for (size_t i = 0; out[0] == '\0' && i < sizeof(sources) / sizeof(sources[0]); i++) {
        if (sources[i](query, out, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int region_choose(const struct args *args, const struct scope *scope, const char *in_profile,
                  bool offline, char out[AWS_REGION_SIZE], struct err *err)
{
    static const char fallback[] = "us-west-2";
    const struct region_query query = {args, scope, in_profile};
    char asked[AWS_REGION_SIZE] = "";
    bool interactive = false;
    out[0] = '\0';
    if (offline) {
        return from_option(&query, out, err);
    }
    if (args_switch(args, OPTION_INTERACTIVE, &interactive, err) != 0 ||
        from_here(&query, out, err) != 0) {
        return -1;
    }
    interactive = interactive && (isatty(STDERR_FILENO) == 1 || !args->personality->logs_in_later);
    bool can_ask = session_has_token(args) || interactive;
    bool known = out[0] != '\0';
    if (can_ask && check_at_portal(&query, known, asked, err) != 0) {
        return -1;
    }
    if (!known && asked[0] == '\0') {
        log_warn("the region is %s, because %s; use --region to set another", fallback,
                 can_ask ? "the portal names none" : "there is no token to ask the portal with");
    }
    return known ? 0 : use(asked[0] != '\0' ? asked : fallback, "region", ERR_INTERNAL, out, err);
}
