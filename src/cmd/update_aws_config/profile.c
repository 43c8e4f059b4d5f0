/* SPDX-License-Identifier: MIT */
#include "cmd/update_aws_config/profile.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "aws/process_line.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/text.h"
#include "net/http.h"
#include "session/session.h"

enum { REGION_PATIENCE_MS = 5000 };

int profile_find_file(const struct args *args, const char *given, const char *name,
                      char out[PATH_MAX], struct err *err)
{
    const char *home = args_environment(args, "HOME");
    bool in_home = given == NULL || strncmp(given, "~/", 2) == 0;
    if (in_home && home == NULL) {
        return err_set(err, ERR_FILE,
                       "HOME is not set: name the file with --config-file or AWS_CONFIG_FILE");
    }
    char path[PATH_MAX];
    int len = given == NULL ? snprintf(path, sizeof(path), "%s/.aws/%s", home, name)
              : in_home     ? snprintf(path, sizeof(path), "%s%s", home, given + 1)
                            : snprintf(path, sizeof(path), "%s", given);
    if (len < 0 || (size_t)len >= sizeof(path)) {
        return err_set(err, ERR_FILE, "path too long: %.80s...", given != NULL ? given : home);
    }
    return fs_absolute(path, out, err);
}

/* --command as it stands (it may be more than one word), or this program's own path. */
static int add_program(struct buf *out, const struct args *args, struct err *err)
{
    const char *command = args_text(args, OPTION_COMMAND);
    char self[PATH_MAX];
    if (command != NULL && command[0] == '\0') {
        return err_set(err, ERR_USAGE, "--command is empty");
    }
    if (command != NULL) {
        buf_add_str(out, command);
        return aws_process_line_check(command, err) != 0 ? err_wrap(err, "--command") : 0;
    }
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (len > 0) {
        self[len] = '\0';
    } else if (args->program[0] != '/' || !text_copy(self, sizeof(self), args->program)) {
        return err_set(err, ERR_FILE,
                       "cannot tell where this program is (no /proc): give "
                       "--command PROGRAM");
    }
    return aws_process_line_add(out, self, err);
}

static int add_option(struct buf *out, enum option_id id, const char *value, struct err *err)
{
    char dashed[64];
    char absolute[PATH_MAX];
    snprintf(dashed, sizeof(dashed), "--%s", options[id].name);
    if (aws_process_line_add(out, dashed, err) != 0) {
        return -1;
    }
    if (value == NULL) {
        return 0;
    }
    if (options[id].is_path) {
        if (fs_absolute(value, absolute, err) != 0) {
            return -1;
        }
        value = absolute;
    }
    return aws_process_line_add(out, value, err);
}

/* Who, and in which scope, stand at the end. So the line ends without a quote: some SDKs strip a
 * pair of quotes around a whole value. */
static bool is_written_last(enum option_id id)
{
    return id == OPTION_HOST || id == OPTION_TENANT || id == OPTION_TENANT_ID ||
           id == OPTION_ADMIN || id == OPTION_DUPLO_OPS;
}

static int add_given(struct buf *out, const struct args *args, bool *holds_token, struct err *err)
{
    *holds_token = false;
    for (int i = 0; i < args->given_count; i++) {
        enum option_id id = args->given[i].id;
        const char *value = args->given[i].value;
        bool is_token =
            id == OPTION_TOKEN && !args_given(args, OPTION_TOKEN_FILE) && strcmp(value, "-") != 0;
        bool repeated = !options[id].repeats && args_given_text(args, id) != value;
        if ((!options[id].portable && !is_token) || is_written_last(id) || repeated) {
            continue;
        }
        *holds_token = *holds_token || is_token;
        if (add_option(out, id, value, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int profile_add_process(struct buf *out, const struct args *args, const struct url_origin *host,
                        const struct scope *scope, bool *holds_token, struct err *err)
{
    static const enum option_id ids[] = {
        [SCOPE_TENANT_NAME] = OPTION_TENANT,
        [SCOPE_TENANT_ID] = OPTION_TENANT_ID,
        [SCOPE_ADMIN] = OPTION_ADMIN,
        [SCOPE_DUPLO_OPS] = OPTION_DUPLO_OPS,
    };
    const char *tenant = scope->tenant[0] != '\0' ? scope->tenant : NULL;
    int result = add_program(out, args, err) != 0 || aws_process_line_add(out, "aws", err) != 0 ||
                         add_given(out, args, holds_token, err) != 0 ||
                         add_option(out, ids[scope->kind], tenant, err) != 0 ||
                         add_option(out, OPTION_HOST, host->origin, err) != 0
                     ? -1
                     : 0;
    return buf_failed(out)
               ? err_set(err, ERR_USAGE, "the options are too long for credential_process")
               : result;
}

/* A portal without one leaves it empty. */
static int ask_default_region(const struct portal *portal, char out[AWS_REGION_SIZE],
                              struct err *err)
{
    struct portal_features features;
    if (portal_get_features(portal, &features, err) != 0) {
        return -1;
    }
    if (features.default_region[0] != '\0' && aws_region_check(features.default_region, err) != 0) {
        err->kind = ERR_UNAVAILABLE;
        return -1;
    }
    text_copy(out, AWS_REGION_SIZE, features.default_region);
    return 0;
}

/* The tenant's region, else the portal's default; out stays empty where it has none. */
static int ask_portal(struct session *session, const struct scope *scope, char out[AWS_REGION_SIZE],
                      struct err *err)
{
    char id[PORTAL_ID_SIZE];
    const struct portal *portal = session_portal(session, err);
    if (portal == NULL) {
        return -1;
    }
    http_limit(session->http, clock_mono_ms() + REGION_PATIENCE_MS);
    bool is_tenant = scope_is_tenant(scope);
    if (portal_resolve_tenant(portal, scope, id, err) != 0) {
        return -1;
    }
    if (is_tenant && portal_get_tenant_region(portal, id, out, AWS_REGION_SIZE, err) == 0) {
        return 0;
    }
    struct err why = *err; /* of the tenant's region */
    out[0] = '\0';
    if (ask_default_region(portal, out, err) != 0) {
        return -1;
    }
    if (is_tenant && out[0] != '\0') {
        log_warn("the portal cannot tell the tenant's region: %s; its default, %s, is taken, "
                 "--region names another",
                 why.text, out);
    }
    return 0;
}

int profile_choose_region(const struct args *args, const struct scope *scope, const char *current,
                          char out[AWS_REGION_SIZE], struct err *err)
{
    static const char last_resort[] = "us-west-2";
    const struct {
        const char *by;
        const char *value;
    } said[] = {
        {"--region", args_text(args, OPTION_REGION)},
        {"AWS_REGION", args_environment(args, "AWS_REGION")},
        {"AWS_DEFAULT_REGION", args_environment(args, "AWS_DEFAULT_REGION")},
        {"the profile's region (--region names another)", current[0] != '\0' ? current : NULL},
    };
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
        if (said[i].value != NULL && aws_region_check(said[i].value, err) != 0) {
            err->kind = said[i].value == current ? ERR_FILE : ERR_USAGE;
            return err_wrap(err, "%s", said[i].by);
        }
        if (said[i].value != NULL) {
            return text_copy(out, AWS_REGION_SIZE, said[i].value) ? 0 : -1;
        }
    }
    bool interactive = false;
    out[0] = '\0';
    if (args_switch(args, OPTION_INTERACTIVE, &interactive, err) != 0) {
        return -1;
    }
    /* A person is asked by the profile's first use, not by its making. */
    if (session_has_token(args) || interactive) {
        struct session session;
        struct err why;
        int result = session_open_known(&session, args, false, &why);
        if (result == 0 && ask_portal(&session, scope, out, &why) != 0) {
            out[0] = '\0';
            result = why.kind == ERR_USAGE || why.kind == ERR_FILE ? -1 : 0;
            if (result == 0) {
                log_warn(
                    "the portal cannot tell the region: %s; %s is taken, --region names another",
                    why.text, last_resort);
            }
        }
        session_close(&session);
        if (result != 0) {
            *err = why;
            return -1;
        }
    }
    if (out[0] == '\0') {
        text_copy(out, AWS_REGION_SIZE, last_resort);
    }
    return 0;
}

static int has_static_keys(const struct ini_doc *doc, const char *profile, bool *found,
                           struct err *err)
{
    return ini_get(doc, profile, "aws_access_key_id", NULL, found, err);
}

static int find_in_credentials(const char *path, const char *profile, bool *found, struct err *err)
{
    struct buf text;
    struct ini_doc doc = {0};
    bool there = false;
    buf_init(&text, PROFILE_FILE_MAX);
    int result = fs_read(path, &text, &there, err);
    if (result == 0) {
        result = ini_parse(&doc, INI_CREDENTIALS, buf_str(&text), text.len, err);
    }
    if (result == 0 && ini_check(&doc, err) != 0) {
        result = err_wrap(err, "%s", path);
    }
    if (result == 0) {
        result = has_static_keys(&doc, profile, found, err);
    }
    ini_done(&doc);
    buf_done(&text);
    return result;
}

int profile_find_shadow(const struct args *args, const struct ini_doc *config, const char *profile,
                        bool *found, char *words, size_t size, struct err *err)
{
    char path[PATH_MAX];
    if (has_static_keys(config, profile, found, err) != 0) {
        return -1;
    }
    if (*found) {
        snprintf(words, size, "aws_access_key_id in the profile itself");
        return 0;
    }
    const char *given = args_environment(args, "AWS_SHARED_CREDENTIALS_FILE");
    if (given == NULL && args_environment(args, "HOME") == NULL) {
        return 0; /* nobody will find a credentials file either */
    }
    if (profile_find_file(args, given, "credentials", path, err) != 0 ||
        find_in_credentials(path, profile, found, err) != 0) {
        return -1;
    }
    if (*found) {
        snprintf(words, size, "aws_access_key_id in [%s] of %s", profile, path);
    }
    return 0;
}
