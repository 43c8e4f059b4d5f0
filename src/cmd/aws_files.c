/* SPDX-License-Identifier: MIT */
#include "cmd/aws_files.h"

#include <stdlib.h>
#include <string.h>

#include "aws/credentials.h"
#include "aws/credentials_file.h"
#include "aws/format.h"
#include "aws/ini/ini.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "cli/file_options.h"
#include "cli/scope_options.h"
#include "cmd/update_aws_config/profile.h"
#include "session/session.h"

enum { ENV_MAX = 64 << 10 };

/* One call: where to, for whom, under what names. A path is empty where that file is not wanted. */
struct aws_files {
    const struct args *args;
    char credentials_path[PATH_MAX];
    char env_path[PATH_MAX];
    struct fs_attributes attributes;
    int count;
    struct scope scopes[ARGS_GIVEN_MAX];
    struct credentials_file_entry entries[ARGS_GIVEN_MAX];
    struct aws_credentials creds[]; /* room for every scope that the options can name */
};

static bool is_wanted(const struct args *args, enum option_id id)
{
    return args_given(args, id) || args_variable_text(args, id) != NULL;
}

bool aws_files_wanted(const struct args *args)
{
    bool given = args_given(args, OPTION_WRITE_CREDENTIALS) || args_given(args, OPTION_WRITE_ENV);
    return given ||
           (!args_given(args, OPTION_OUTPUT) &&
            (is_wanted(args, OPTION_WRITE_CREDENTIALS) || is_wanted(args, OPTION_WRITE_ENV)));
}

/* The option's value, else given_default, else the file of that name in HOME/.aws. */
static int find_path(const struct args *args, enum option_id id, const char *given_default,
                     char out[PATH_MAX], struct err *err)
{
    const char *value = args_text(args, id);
    const char *given = value != NULL ? value : given_default;
    if (value != NULL && (value[0] == '\0' || strcmp(value, "-") == 0)) {
        return err_set(err, ERR_USAGE, "--%s needs a file%s", options[id].name,
                       value[0] != '\0' ? ", not standard output: -o ini and -o env print" : "");
    }
    if (given == NULL && args_environment(args, "HOME") == NULL) {
        return err_set(err, ERR_FILE,
                       "HOME is not set: name the file, --%s=FILE, or set "
                       "AWS_SHARED_CREDENTIALS_FILE",
                       options[id].name);
    }
    return profile_find_file(args, given, "credentials", out, err);
}

static int find_paths(struct aws_files *files, struct err *err)
{
    const struct args *args = files->args;
    bool credentials = is_wanted(args, OPTION_WRITE_CREDENTIALS);
    bool env = is_wanted(args, OPTION_WRITE_ENV);
    if ((credentials && find_path(args, OPTION_WRITE_CREDENTIALS,
                                  args_environment(args, "AWS_SHARED_CREDENTIALS_FILE"),
                                  files->credentials_path, err) != 0) ||
        (env && find_path(args, OPTION_WRITE_ENV, NULL, files->env_path, err) != 0)) {
        return -1;
    }
    if (args_given(args, OPTION_OUTPUT)) {
        return err_set(err, ERR_USAGE,
                       "--output says what to print, but with --write-credentials or --write-env "
                       "nothing is printed");
    }
    if (env && files->count > 1) {
        return err_set(err, ERR_USAGE, "--write-env: a file of variables holds one tenant's");
    }
    return credentials && env && strcmp(files->credentials_path, files->env_path) == 0
               ? err_set(err, ERR_USAGE, "--write-env: %s is the credentials file", files->env_path)
               : 0;
}

/* The tenant's name or ID, where nobody gave a profile; alone, it is the default. */
static const char *own_name(const struct aws_files *files, int at)
{
    const struct scope *scope = &files->scopes[at];
    if (files->count == 1) {
        return "default";
    }
    return scope->kind == SCOPE_ADMIN       ? "admin"
           : scope->kind == SCOPE_DUPLO_OPS ? "duplo-ops"
                                            : scope->tenant;
}

/* The Nth --profile is the Nth scope's; the variable can only name one. */
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
        entry->profile = entry->profile != NULL ? entry->profile : own_name(files, i);
        entry->creds = &files->creds[i];
        if (ini_check_name(INI_CREDENTIALS, entry->profile, err) != 0) {
            return err_wrap(err, "--profile");
        }
        for (int k = 0; k < i; k++) {
            if (strcmp(files->entries[k].profile, entry->profile) == 0) {
                return err_set(err, ERR_USAGE,
                               "two profiles would be named %s: give a --profile "
                               "for each",
                               entry->profile);
            }
        }
    }
    return named > files->count ? err_set(err, ERR_USAGE, "--profile: %d names for %d of --tenant",
                                          named, files->count)
                                : 0;
}

static int get_credentials(struct aws_files *files, struct err *err)
{
    struct session session;
    int result = session_open(&session, files->args, err);
    for (int i = 0; result == 0 && i < files->count; i++) {
        result = session_credentials(&session, &files->scopes[i], &files->creds[i], err);
    }
    session_close(&session);
    return result;
}

static int put_env(const struct aws_files *files, struct err *err)
{
    const char *region = args_text(files->args, OPTION_REGION);
    struct buf text;
    buf_init(&text, ENV_MAX);
    int result = aws_format_add(&text, AWS_FORMAT_ENV, &files->creds[0],
                                region != NULL ? region : files->creds[0].region, "", err);
    if (result == 0) {
        result = fs_put(files->env_path, text.data, text.len, &files->attributes, err);
    }
    buf_done(&text);
    return result;
}

static int put(const struct aws_files *files, struct err *err)
{
    bool credentials = files->credentials_path[0] != '\0';
    bool env = files->env_path[0] != '\0';
    bool written = false;
    if (env && fs_check_replaceable(files->env_path, err) != 0) {
        return -1; /* before the other file is touched */
    }
    if (credentials &&
        credentials_file_put_all(files->credentials_path, files->entries, (size_t)files->count,
                                 &files->attributes, &written, err) != 0) {
        return -1;
    }
    return env ? put_env(files, err) : 0;
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
    int result = scope_options_list(args, files->scopes, &files->count, err) != 0 ||
                         find_paths(files, err) != 0 || name_profiles(files, err) != 0 ||
                         file_options_read(args, &files->attributes, err) != 0 ||
                         session_check_region(args, err) != 0 || get_credentials(files, err) != 0 ||
                         put(files, err) != 0
                     ? -1
                     : 0;
    explicit_bzero(files, size);
    free(files);
    return result;
}
