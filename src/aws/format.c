/* SPDX-License-Identifier: MIT */
#include "aws/format.h"

#include <string.h>

#include "aws/credentials.h"
#include "aws/environment.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json_write.h"

const char *const aws_format_names[AWS_FORMAT_COUNT + 2] = {
    [AWS_FORMAT_PROCESS] = "process",       [AWS_FORMAT_ENV] = "env",
    [AWS_FORMAT_SHELL] = "shell",           [AWS_FORMAT_FISH] = "fish",
    [AWS_FORMAT_POWERSHELL] = "powershell", [AWS_FORMAT_INI] = "ini",
    [AWS_FORMAT_GITHUB] = "github",         [AWS_FORMAT_COUNT] = "json",
};

/* The parts of a line, for the formats that print one line per variable. For programs, the lines
 * that remove a variable, too, and the line that fails. */
static const struct {
    const char *before_key;
    const char *before_value;
    const char *after_value;
    const char *before_removed; /* NULL: the format can only set variables */
    const char *after_removed;
    const char *failure;
} formats[AWS_FORMAT_COUNT + 1] = {
    [AWS_FORMAT_ENV] = {"", "=", "\n", NULL, NULL, NULL},
    [AWS_FORMAT_SHELL] = {"export ", "='", "'\n", "unset ", "\n", "false\n"},
    /* set -e fails for a variable that is not set, and set -gx keeps that status */
    [AWS_FORMAT_FISH] = {"set -gx ", " '", "';\n", "set -e ", "; true;\n", "false;\n"},
    [AWS_FORMAT_POWERSHELL] = {"$Env:", " = '", "'\n", "$Env:", " = $null\n",
                               "throw 'duplojit: no credentials'\n"},
    [AWS_FORMAT_GITHUB] = {"", "=", "\n", NULL, NULL, NULL},
};

static void put(struct json_writer *writer, const char *name, const char *value)
{
    if (value[0] != '\0') {
        json_put_string(writer, name, value);
    }
}

/* fields: NULL for none. */
static void add_process(struct buf *out, const struct aws_credentials *creds,
                        const char *expiration, const struct aws_format_fields *fields)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_put_int(&writer, "Version", 1);
    json_put_string(&writer, "AccessKeyId", creds->access_key_id);
    json_put_string(&writer, "SecretAccessKey", creds->secret_access_key);
    json_put_string(&writer, "SessionToken", creds->session_token);
    json_put_string(&writer, "Expiration", expiration);
    if (fields != NULL) {
        put(&writer, "Region", fields->region);
        put(&writer, "ConsoleUrl", fields->console_url);
    }
    if (fields != NULL && fields->has_validity) {
        json_put_int(&writer, "Validity", creds->lifetime_s);
    }
    json_end_object(&writer);
    buf_add_char(out, '\n');
}

/* x_security_token_expires is the expiration as saml2aws and other tools write it. */
static void add_ini(struct buf *out, const struct aws_credentials *creds, const char *expiration,
                    const char *profile)
{
    buf_add_fmt(out,
                "[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n"
                "aws_session_token = %s\nx_security_token_expires = %s\n",
                profile, creds->access_key_id, creds->secret_access_key, creds->session_token,
                expiration);
}

static void add_variables(struct buf *out, enum aws_format format,
                          const struct aws_credentials *creds, const char *expiration,
                          const char *region)
{
    struct aws_variable variables[AWS_VARIABLES];
    const char *before_removed = formats[format].before_removed;
    aws_environment_list(variables, creds, region, expiration);
    for (int i = 0; before_removed != NULL && aws_conflicting_variables[i] != NULL; i++) {
        if (!aws_variable_is_set(variables, aws_conflicting_variables[i])) {
            buf_add_fmt(out, "%s%s%s", before_removed, aws_conflicting_variables[i],
                        formats[format].after_removed);
        }
    }
    for (int i = 0; variables[i].name != NULL; i++) {
        if (variables[i].value[0] != '\0') {
            buf_add_fmt(out, "%s%s%s%s%s", formats[format].before_key, variables[i].name,
                        formats[format].before_value, variables[i].value,
                        formats[format].after_value);
        }
    }
}

const char *aws_format_failure(int format)
{
    return formats[format].failure;
}

void aws_format_add_masks(struct buf *out, const struct aws_credentials *creds)
{
    buf_add_fmt(out, "::add-mask::%s\n::add-mask::%s\n", creds->secret_access_key,
                creds->session_token);
}

static int format_expiration(const struct aws_credentials *creds, char out[CLOCK_RFC3339_SIZE],
                             struct err *err)
{
    return clock_format_rfc3339(creds->expiration_s, out)
               ? 0
               : err_set(err, ERR_UNAVAILABLE, "invalid expiration time in the credentials");
}

int aws_format_add_json(struct buf *out, const struct aws_credentials *creds,
                        const struct aws_format_fields *fields, struct err *err)
{
    char expiration[CLOCK_RFC3339_SIZE];
    if (format_expiration(creds, expiration, err) != 0) {
        return -1;
    }
    add_process(out, creds, expiration, fields);
    return buf_check(out, err);
}

int aws_format_add_endpoint(struct buf *out, const struct aws_credentials *creds, struct err *err)
{
    char expiration[CLOCK_RFC3339_SIZE];
    if (format_expiration(creds, expiration, err) != 0) {
        return -1;
    }
    buf_add_fmt(out,
                "\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"%s\",\"Token\":\"%s\","
                "\"Expiration\":\"%s\"}\n",
                creds->access_key_id, creds->secret_access_key, creds->session_token, expiration);
    return buf_check(out, err);
}

int aws_format_add(struct buf *out, enum aws_format format, const struct aws_credentials *creds,
                   const char *region, const char *profile, struct err *err)
{
    char expiration[CLOCK_RFC3339_SIZE];
    if (format_expiration(creds, expiration, err) != 0) {
        return -1;
    }
    switch (format) {
    case AWS_FORMAT_PROCESS:
        add_process(out, creds, expiration, NULL);
        break;
    case AWS_FORMAT_INI:
        add_ini(out, creds, expiration, profile);
        break;
    default:
        add_variables(out, format, creds, expiration, region);
        break;
    }
    return buf_check(out, err);
}
