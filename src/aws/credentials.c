/* SPDX-License-Identifier: MIT */
#include "aws/credentials.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Length of the leading part of text that consists of letters, digits and the characters in also.
 */
static size_t span_value(const char *text, const char *also)
{
    size_t len = 0;
    while (is_alphanumeric(text[len]) || (text[len] != '\0' && strchr(also, text[len]) != NULL)) {
        len++;
    }
    return len;
}

static int check_value(const char *name, const char *value, struct err *err)
{
    if (value[0] == '\0') {
        return err_set(err, ERR_UNAVAILABLE, "the credentials contain no %s", name);
    }
    if (value[span_value(value, "+/=_-.:,@%")] != '\0') {
        return err_set(err, ERR_UNAVAILABLE,
                       "%s contains characters that AWS credentials do not use", name);
    }
    return 0;
}

int aws_region_check(const char *region, struct err *err)
{
    size_t len = span_value(region, "-");
    if (len == 0 || len >= AWS_REGION_SIZE || region[len] != '\0') {
        return err_set(err, ERR_USAGE, "\"%.64s\" is not an AWS region", region);
    }
    return 0;
}

int aws_credentials_check(const struct aws_credentials *creds, struct err *err)
{
    if (check_value("AccessKeyId", creds->access_key_id, err) != 0 ||
        check_value("SecretAccessKey", creds->secret_access_key, err) != 0 ||
        check_value("SessionToken", creds->session_token, err) != 0) {
        return -1;
    }
    if (creds->region[0] != '\0' && aws_region_check(creds->region, err) != 0) {
        err->kind = ERR_UNAVAILABLE;
        return err_wrap(err, "Region");
    }
    return 0;
}

void aws_credentials_wipe(struct aws_credentials *creds)
{
    explicit_bzero(creds, sizeof(*creds));
}
