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

/* How words are appended: see aws_process_line_add. */
struct words {
    struct buf *out;
    int (*add)(struct buf *out, const char *word, struct err *err);
    bool *holds_token; /* NULL: a token is left out */
};

/* Appends a word with its NUL. */
static int add_string(struct buf *out, const char *word, struct err *err)
{
    (void)err;
    buf_add(out, word, strlen(word) + 1);
    return 0;
}

static int find_self(const struct args *args, char self[PATH_MAX], struct err *err)
{
    ssize_t len = readlink("/proc/self/exe", self, PATH_MAX - 1);
    if (len > 0) {
        self[len] = '\0';
        return 0;
    }
    return args->program[0] != '/' || !text_copy(self, PATH_MAX, args->program)
               ? err_set(err, ERR_FILE,
                         "the path of this program is unknown, because /proc is not mounted. Use "
                         "--command PROGRAM")
               : 0;
}

/* The value of --command, or NULL. */
static int read_command(const struct args *args, const char **command, struct err *err)
{
    *command = args_text(args, OPTION_COMMAND);
    return *command != NULL && (*command)[0] == '\0' ? err_set(err, ERR_USAGE, "--command is empty")
                                                     : 0;
}

/* The value of --command, which may have several words, or the path of this program. */
static int add_program(struct buf *out, const struct args *args, struct err *err)
{
    const char *command = NULL;
    char self[PATH_MAX];
    if (read_command(args, &command, err) != 0) {
        return -1;
    }
    if (command != NULL) {
        buf_add_str(out, command);
        return aws_process_line_check(command, err) != 0 ? err_wrap(err, "--command") : 0;
    }
    return find_self(args, self, err) != 0 ? -1 : aws_process_line_add(out, self, err);
}

/* value is NULL for a switch. */
static int add_option(const struct words *words, enum option_id id, const char *value,
                      struct err *err)
{
    char name[64];
    char absolute[PATH_MAX];
    snprintf(name, sizeof(name), "--%s", options[id].name);
    if (words->add(words->out, name, err) != 0) {
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
    return words->add(words->out, value, err) != 0 ? err_wrap(err, "%s", name) : 0;
}

/* Scope and host are written last. A host needs no quotes, so the line does not end with one: some
 * SDKs strip quotes around a whole value. */
static bool is_written_last(enum option_id id)
{
    return id == OPTION_HOST || id == OPTION_TENANT || id == OPTION_TENANT_ID ||
           id == OPTION_ADMIN || id == OPTION_DUPLO_OPS || id == OPTION_PLAN;
}

static int add_given(const struct words *words, const struct args *args, struct err *err)
{
    for (int i = 0; i < args->given_count; i++) {
        enum option_id id = args->given[i].id;
        const char *value = args->given[i].value;
        bool is_token = id == OPTION_TOKEN && words->holds_token != NULL &&
                        !args_given(args, OPTION_TOKEN_FILE) && strcmp(value, "-") != 0;
        bool is_overridden = !options[id].repeats && args_given_text(args, id) != value;
        if ((!options[id].portable && !is_token) || is_written_last(id) || is_overridden) {
            continue;
        }
        if (is_token) {
            *words->holds_token = true;
        }
        if (add_option(words, id, value, err) != 0) {
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

static int add_files(const struct words *words, const struct args *args, struct err *err)
{
    for (int id = 0; id < OPTION_COUNT; id++) {
        const char *path = carried_file(args, (enum option_id)id);
        if (path != NULL && add_option(words, (enum option_id)id, path, err) != 0) {
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

void profile_process_note_variables(const struct args *args, const char *file, const char *reader)
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
        log_note("%s does not contain %s: %s must run with the same value", file, buf_str(&names),
                 reader);
    }
    buf_done(&names);
}

/* "aws" or "k8s" and its options. */
static int add_command(const struct words *words, const char *name, const struct args *args,
                       const struct url_origin *host, const struct scope *scope, struct err *err)
{
    static const enum option_id ids[] = {
        [SCOPE_TENANT_NAME] = OPTION_TENANT, [SCOPE_TENANT_ID] = OPTION_TENANT_ID,
        [SCOPE_ADMIN] = OPTION_ADMIN,        [SCOPE_DUPLO_OPS] = OPTION_DUPLO_OPS,
        [SCOPE_PLAN] = OPTION_PLAN,
    };
    const char *value = scope->tenant[0] != '\0' ? scope->tenant : NULL;
    return words->add(words->out, name, err) != 0 || add_given(words, args, err) != 0 ||
                   add_files(words, args, err) != 0 ||
                   (args->context != NULL &&
                    add_option(words, OPTION_CONTEXT, args->context->name, err) != 0) ||
                   add_option(words, ids[scope->kind], value, err) != 0 ||
                   add_option(words, OPTION_HOST, host->origin, err) != 0
               ? -1
               : 0;
}

int profile_process_add(struct buf *out, const struct args *args, const struct url_origin *host,
                        const struct scope *scope, bool *holds_token, struct err *err)
{
    const struct words words = {out, aws_process_line_add, holds_token};
    *holds_token = false;
    if (add_program(out, args, err) != 0 ||
        add_command(&words, "aws", args, host, scope, err) != 0) {
        return -1;
    }
    return out->failure == BUF_TOO_LARGE
               ? err_set(err, ERR_USAGE, "the options are too long for credential_process")
               : buf_check(out, err);
}

int profile_process_add_kubernetes(struct buf *out, const struct args *args,
                                   const struct url_origin *host, const struct scope *scope,
                                   struct err *err)
{
    const struct words words = {out, add_string, NULL};
    const char *command = NULL;
    char path[PATH_MAX];
    if (read_command(args, &command, err) != 0) {
        return -1;
    }
    if (command == NULL) {
        if (find_self(args, path, err) != 0) {
            return -1;
        }
        command = path;
    } else if (strchr(command, '/') != NULL) {
        if (fs_absolute(command, path, err) != 0) {
            return -1;
        }
        command = path;
    }
    if (text_has_control(command, strlen(command))) {
        return err_set(err, ERR_USAGE, "--command contains control characters");
    }
    buf_add(out, command, strlen(command) + 1);
    return add_command(&words, "k8s", args, host, scope, err) != 0 ? -1 : buf_check(out, err);
}
