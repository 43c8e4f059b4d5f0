/* SPDX-License-Identifier: MIT */
#include "cmd/aws_files.h"

#include <stdlib.h>
#include <string.h>

#include "aws/credentials.h"
#include "aws/credentials_file.h"
#include "aws/format.h"
#include "aws/ini/ini.h"
#include "aws/shadow.h"
#include "aws/shared_file.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"
#include "cli/file_options.h"
#include "cli/output.h"
#include "cli/scope_options.h"
#include "session/region.h"
#include "session/session.h"

enum { ENV_MAX = 64 << 10, SCOPES_MAX = 256 };

/* What to write. A path is "" if that file is not written. */
struct aws_files {
    const struct args *args;
    char credentials_path[PATH_MAX];
    char env_path[PATH_MAX];
    struct fs_attributes attributes;
    char cache_dir[PATH_MAX];
    int count;
    struct scope scopes[SCOPES_MAX];
    struct credentials_file_entry entries[SCOPES_MAX];
    struct shadow shadows[SCOPES_MAX]; /* keys in the sections that AWS tools prefer */
    struct aws_credentials creds[];    /* one per scope */
};

static bool is_requested(const struct args *args, enum option_id id)
{
    return args_given(args, id) || args_variable_text(args, id) != NULL;
}

bool aws_files_wanted(const struct args *args)
{
    bool given = args_given(args, OPTION_WRITE_CREDENTIALS) || args_given(args, OPTION_WRITE_ENV);
    return given ||
           (!args_given(args, OPTION_OUTPUT) && !args_given(args, OPTION_QUERY) &&
            (is_requested(args, OPTION_WRITE_CREDENTIALS) || is_requested(args, OPTION_WRITE_ENV)));
}

/* The path in the option, else given_default, else HOME/.aws/credentials. */
static int find_path(const struct args *args, enum option_id id, const char *given_default,
                     char out[PATH_MAX], struct err *err)
{
    const char *value = args_text(args, id);
    const char *given = value != NULL ? value : given_default;
    if (value != NULL && (value[0] == '\0' || strcmp(value, "-") == 0)) {
        return err_set(err, ERR_USAGE, "--%s needs a file name%s", options[id].name,
                       value[0] != '\0' ? "; use -o ini or -o env to print" : "");
    }
    const char *home = args_environment(args, "HOME");
    return shared_file_find(INI_CREDENTIALS, given, home, out, err) != 0
               ? err_wrap(err, "--%s", options[id].name)
               : 0;
}

static int find_paths(struct aws_files *files, struct err *err)
{
    const struct args *args = files->args;
    bool credentials = is_requested(args, OPTION_WRITE_CREDENTIALS);
    bool env = is_requested(args, OPTION_WRITE_ENV);
    if ((credentials && find_path(args, OPTION_WRITE_CREDENTIALS,
                                  args_environment(args, "AWS_SHARED_CREDENTIALS_FILE"),
                                  files->credentials_path, err) != 0) ||
        (env && find_path(args, OPTION_WRITE_ENV, NULL, files->env_path, err) != 0)) {
        return -1;
    }
    if (args_given(args, OPTION_OUTPUT) || args_given(args, OPTION_QUERY)) {
        return err_set(
            err, ERR_USAGE,
            "--output and --query cannot be used with --write-credentials or --write-env, which "
            "print nothing");
    }
    if (env && files->count > 1) {
        return err_set(err, ERR_USAGE,
                       "--write-env writes the variables of one tenant, not of several");
    }
    return credentials && env && strcmp(files->credentials_path, files->env_path) == 0
               ? err_set(err, ERR_USAGE, "--write-env: %s is also the credentials file",
                         files->env_path)
               : 0;
}

/* The profile name if none is given. */
static const char *default_name(const struct aws_files *files, int at)
{
    const struct scope *scope = &files->scopes[at];
    if (files->count == 1) {
        return "default";
    }
    return scope->kind == SCOPE_ADMIN       ? "admin"
           : scope->kind == SCOPE_DUPLO_OPS ? "duplo-ops"
                                            : scope->tenant;
}

/* The Nth --profile belongs to the Nth scope. The environment variable can name only one. */
static int name_profiles(struct aws_files *files, struct err *err)
{
    const struct args *args = files->args;
    int named = 0;
    for (int i = 0; i < args->given_count; i++) {
        if (args->given[i].id == OPTION_PROFILE && named++ < files->count) {
            files->entries[named - 1].profile = args->given[i].value;
        }
    }
    if (named == 0 && files->count == 1) {
        files->entries[0].profile = args_variable_text(args, OPTION_PROFILE);
    }
    for (int i = 0; i < files->count; i++) {
        struct credentials_file_entry *entry = &files->entries[i];
        entry->profile = entry->profile != NULL ? entry->profile : default_name(files, i);
        entry->creds = &files->creds[i];
        if (ini_check_name(INI_CREDENTIALS, entry->profile, err) != 0) {
            return err_wrap(err, "--profile");
        }
        for (int k = 0; k < i; k++) {
            if (strcmp(files->entries[k].profile, entry->profile) == 0) {
                return err_set(err, ERR_USAGE,
                               "two profiles would be named %s: use one --profile for each "
                               "tenant",
                               entry->profile);
            }
        }
    }
    return named > files->count
               ? err_set(err, ERR_USAGE, "--profile is given %d times for %d tenants", named,
                         files->count)
               : 0;
}

static int get_credentials(struct aws_files *files, struct err *err)
{
    struct session session;
    int result = session_open(&session, files->args, SESSION_NORMAL, err);
    for (int i = 0; result == 0 && i < files->count; i++) {
        struct aws_credentials *creds = &files->creds[i];
        const char *const secrets[] = {creds->access_key_id, creds->secret_access_key,
                                       creds->session_token, NULL};
        result = session_credentials(&session, &files->scopes[i], creds, err) != 0
                     ? -1
                     : output_mask(files->args, secrets, err);
    }
    session_close(&session);
    return result;
}

static int put_env(const struct aws_files *files, struct err *err)
{
    const struct aws_credentials *creds = &files->creds[0];
    struct buf text;
    buf_init(&text, ENV_MAX);
    int result = aws_format_add(&text, AWS_FORMAT_ENV, creds,
                                region_for_credentials(files->args, creds), "", err);
    if (result == 0) {
        result = fs_put(files->env_path, text.data, text.len, &files->attributes, err);
    }
    buf_done(&text);
    return result;
}

static int find_shadow(struct aws_files *files, int at, struct err *err)
{
    struct buf text;
    struct ini_doc doc;
    const char *profile = files->entries[at].profile;
    buf_init(&text, SHARED_FILE_MAX);
    int result =
        shared_file_read(files->credentials_path, INI_CREDENTIALS, profile, &text, &doc, err);
    if (result == 0) {
        result = shadow_find(SHADOW_STATIC_KEYS, NULL, &doc, profile, &files->shadows[at], err);
    }
    ini_done(&doc);
    buf_done(&text);
    return result;
}

static void warn_of_shadows(const struct aws_files *files)
{
    char text[SHADOW_TEXT_SIZE];
    for (int i = 0; i < files->count; i++) {
        if (files->shadows[i].tools != 0) {
            shadow_describe(&files->shadows[i], SHADOW_STATIC_KEYS, NULL, files->credentials_path,
                            text);
            log_warn("profile %s: %s. Use --replace to comment them out", files->entries[i].profile,
                     text);
        }
    }
}

static int put_credentials(struct aws_files *files, struct err *err)
{
    bool replace = false;
    bool written = false;
    if (args_switch(files->args, OPTION_REPLACE, &replace, err) != 0 ||
        fs_check_replaceable(files->credentials_path, err) != 0 ||
        fs_recover_target(files->credentials_path, files->attributes.spare_dir, err) != 0) {
        return -1;
    }
    for (int i = 0; i < files->count; i++) {
        if (find_shadow(files, i, err) != 0) {
            return -1;
        }
        files->entries[i].replaced = replace ? &files->shadows[i] : NULL;
    }
    if (credentials_file_put_all(files->credentials_path, files->entries, (size_t)files->count,
                                 &files->attributes, &written, err) != 0) {
        return -1;
    }
    if (!replace) {
        warn_of_shadows(files);
    }
    return 0;
}

static int put(struct aws_files *files, struct err *err)
{
    bool env = files->env_path[0] != '\0';
    if (env && fs_check_replaceable(files->env_path, err) != 0) {
        return -1; /* before the credentials file is changed */
    }
    if (files->credentials_path[0] != '\0' && put_credentials(files, err) != 0) {
        return -1;
    }
    return env ? put_env(files, err) : 0;
}

static int read_attributes(struct aws_files *files, struct err *err)
{
    struct err ignored;
    if (file_options_read(files->args, &files->attributes, err) != 0) {
        return -1;
    }
    if (session_cache_dir(files->args, files->cache_dir, &ignored) == 0) {
        files->attributes.spare_dir = files->cache_dir;
    }
    return 0;
}

int aws_files_write(const struct args *args, struct err *err)
{
    size_t size =
        sizeof(struct aws_files) + (size_t)(args->given_count + 1) * sizeof(struct aws_credentials);
    struct aws_files *files = calloc(1, size);
    if (files == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    files->args = args;
    int result = scope_options_list(args, files->scopes, SCOPES_MAX, &files->count, err) != 0 ||
                         find_paths(files, err) != 0 || name_profiles(files, err) != 0 ||
                         read_attributes(files, err) != 0 || session_check_region(args, err) != 0 ||
                         get_credentials(files, err) != 0 || put(files, err) != 0
                     ? -1
                     : 0;
    explicit_bzero(files, size);
    free(files);
    return result;
}
