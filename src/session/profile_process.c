/* SPDX-License-Identifier: MIT */
#include "session/profile_process.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "aws/process_line.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/args.h"
#include "net/url.h"
#include "portal/scope.h"

/* The value of --command, which may have several words, or the path of this program. */
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
                       "the path of this program is unknown, because /proc is not mounted. Use "
                       "--command PROGRAM");
    }
    return aws_process_line_add(out, self, err);
}

/* value is NULL for a switch. */
static int add_option(struct buf *out, enum option_id id, const char *value, struct err *err)
{
    char name[64];
    char absolute[PATH_MAX];
    snprintf(name, sizeof(name), "--%s", options[id].name);
    if (aws_process_line_add(out, name, err) != 0) {
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
    return aws_process_line_add(out, value, err) != 0 ? err_wrap(err, "%s", name) : 0;
}

/* Scope and host are written last. A host needs no quotes, so the line does not end with one: some
 * SDKs strip quotes around a whole value. */
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
        bool is_overridden = !options[id].repeats && args_given_text(args, id) != value;
        if ((!options[id].portable && !is_token) || is_written_last(id) || is_overridden) {
            continue;
        }
        *holds_token = *holds_token || is_token;
        if (add_option(out, id, value, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* A file that a variable names, for an option that is not given: an AWS tool may run without the
 * variable. A token that is given comes before a token file. */
static const char *carried_file(const struct args *args, enum option_id id)
{
    bool replaced = id == OPTION_TOKEN_FILE && args_given(args, OPTION_TOKEN);
    bool carried = options[id].portable && options[id].is_path && !args_given(args, id);
    return carried && !replaced ? args_variable_text(args, id) : NULL;
}

static int add_files(struct buf *out, const struct args *args, struct err *err)
{
    for (int id = 0; id < OPTION_COUNT; id++) {
        const char *path = carried_file(args, (enum option_id)id);
        if (path != NULL && add_option(out, (enum option_id)id, path, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Whether the profile uses the option's value from a variable. */
static bool needs_variable(const struct args *args, enum option_id id)
{
    bool is_token = id == OPTION_TOKEN && args_text(args, OPTION_TOKEN_FILE) == NULL;
    return (options[id].portable || is_token) && !options[id].is_path && !is_written_last(id) &&
           args_variable_name(args, id) != NULL;
}

void profile_process_note_variables(const struct args *args)
{
    char storage[512];
    struct buf names;
    buf_init_in(&names, storage, sizeof(storage), sizeof(storage));
    for (int id = 0; id < OPTION_COUNT; id++) {
        if (needs_variable(args, (enum option_id)id)) {
            buf_add_fmt(&names, "%s%s", names.len > 0 ? ", " : "",
                        args_variable_name(args, (enum option_id)id));
        }
    }
    if (names.len > 0) {
        log_note("the profile does not contain %s: AWS tools must run with the same value",
                 buf_str(&names));
    }
    buf_done(&names);
}

int profile_process_add(struct buf *out, const struct args *args, const struct url_origin *host,
                        const struct scope *scope, bool *holds_token, struct err *err)
{
    static const enum option_id ids[] = {
        [SCOPE_TENANT_NAME] = OPTION_TENANT,
        [SCOPE_TENANT_ID] = OPTION_TENANT_ID,
        [SCOPE_ADMIN] = OPTION_ADMIN,
        [SCOPE_DUPLO_OPS] = OPTION_DUPLO_OPS,
    };
    const char *tenant = scope->tenant[0] != '\0' ? scope->tenant : NULL;
    if (add_program(out, args, err) != 0 || aws_process_line_add(out, "aws", err) != 0 ||
        add_given(out, args, holds_token, err) != 0 || add_files(out, args, err) != 0 ||
        add_option(out, ids[scope->kind], tenant, err) != 0 ||
        add_option(out, OPTION_HOST, host->origin, err) != 0) {
        return -1;
    }
    return out->failure == BUF_TOO_LARGE
               ? err_set(err, ERR_USAGE, "the options are too long for credential_process")
               : buf_check(out, err);
}
