/* SPDX-License-Identifier: MIT */
#include "aws/format.h"

#include <string.h>

#include "aws/credentials.h"
#include "aws/environment.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

/* Names in the order of the enum; the variants that print one line for each variable say how. */
static const struct {
    const char *name;
    const char *before_key;
    const char *before_value;
    const char *after_value;
} formats[] = {
    [AWS_FORMAT_PROCESS] = {.name = "process"},
    [AWS_FORMAT_ENV] = {"env", "", "=", "\n"},
    [AWS_FORMAT_SHELL] = {"shell", "export ", "='", "'\n"},
    [AWS_FORMAT_FISH] = {"fish", "set -gx ", " '", "';\n"},
    [AWS_FORMAT_POWERSHELL] = {"powershell", "$Env:", " = '", "'\n"},
    [AWS_FORMAT_INI] = {.name = "ini"},
    [AWS_FORMAT_GITHUB] = {"github", "", "=", "\n"},
};
_Static_assert(sizeof(formats) / sizeof(formats[0]) == AWS_FORMAT_COUNT, "one row per format");

bool aws_format_parse(const char *name, enum aws_format *format)
{
    if (strcmp(name, "json") == 0) {
        name = formats[AWS_FORMAT_PROCESS].name;
    }
    for (int i = 0; i < AWS_FORMAT_COUNT; i++) {
        if (strcmp(name, formats[i].name) == 0) {
            *format = (enum aws_format)i;
            return true;
        }
    }
    return false;
}

const char *aws_format_names(void)
{
    return "process, env, shell, fish, powershell, ini, github";
}

static int add_process(struct buf *out, const struct aws_credentials *creds, const char *expiration,
                       struct err *err)
{
    const char *const parts[] = {
        "{\"Version\":1,\"AccessKeyId\":\"",
        creds->access_key_id,
        "\",\"SecretAccessKey\":\"",
        creds->secret_access_key,
        "\",\"SessionToken\":\"",
        creds->session_token,
        "\",\"Expiration\":\"",
        expiration,
        "\"}\n",
    };
    return buf_add_parts(out, parts, sizeof(parts) / sizeof(parts[0]), err);
}

/* x_security_token_expires: the note of the expiry that saml2aws and others leave. */
static int add_ini(struct buf *out, const struct aws_credentials *creds, const char *expiration,
                   const char *profile, struct err *err)
{
    return buf_add_fmt(out, err,
                       "[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n"
                       "aws_session_token = %s\nx_security_token_expires = %s\n",
                       profile, creds->access_key_id, creds->secret_access_key,
                       creds->session_token, expiration);
}

static int add_variables(struct buf *out, enum aws_format format,
                         const struct aws_credentials *creds, const char *expiration,
                         const char *region, struct err *err)
{
    struct aws_variable variables[AWS_VARIABLES];
    aws_environment_list(variables, creds, region, expiration);
    for (int i = 0; variables[i].name != NULL; i++) {
        if (variables[i].value[0] == '\0') {
            continue;
        }
        if (buf_add_fmt(out, err, "%s%s%s%s%s", formats[format].before_key, variables[i].name,
                        formats[format].before_value, variables[i].value,
                        formats[format].after_value) != 0) {
            return -1;
        }
    }
    return 0;
}

int aws_format_add_masks(struct buf *out, const struct aws_credentials *creds, struct err *err)
{
    return buf_add_fmt(out, err, "::add-mask::%s\n::add-mask::%s\n", creds->secret_access_key,
                       creds->session_token);
}

int aws_format_add(struct buf *out, enum aws_format format, const struct aws_credentials *creds,
                   const char *region, const char *profile, struct err *err)
{
    char expiration[CLOCK_RFC3339_SIZE];
    if (!clock_format_rfc3339(creds->expiration_s, expiration)) {
        return err_set(err, ERR_UNAVAILABLE, "the credentials expire at no time that can be told");
    }
    switch (format) {
    case AWS_FORMAT_PROCESS:
        return add_process(out, creds, expiration, err);
    case AWS_FORMAT_INI:
        return add_ini(out, creds, expiration, profile, err);
    default:
        return add_variables(out, format, creds, expiration, region, err);
    }
}
