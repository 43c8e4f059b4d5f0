/* SPDX-License-Identifier: MIT */
/* Names, keys and values that may be written: those that every AWS tool reads back unchanged. */
#include "aws/ini/ini_doc.h"

#include <string.h>

#include "base/err.h"

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

int ini_check_name(enum ini_kind kind, const char *profile, struct err *err)
{
    size_t len = strlen(profile);
    if (len == 0) {
        return err_set(err, ERR_USAGE, "the profile name is empty");
    }
    if (len > INI_NAME_MAX) {
        return err_set(err, ERR_USAGE, "the profile name has %zu bytes, the maximum is %d", len,
                       INI_NAME_MAX);
    }
    for (size_t i = 0; i < len; i++) {
        if (!is_alnum(profile[i]) && strchr("_-/.%@:+", profile[i]) == NULL) {
            return err_set(err, ERR_USAGE,
                           "the profile name \"%s\" contains a character that not all AWS tools "
                           "accept. Use letters, digits and _ - / . %% @ : +",
                           profile);
        }
    }
    if (kind == INI_CREDENTIALS && strcmp(profile, "DEFAULT") == 0) {
        return err_set(err, ERR_USAGE,
                       "in the AWS CLI every profile inherits the keys of a section [DEFAULT] in "
                       "the credentials file. Use \"default\" or another name");
    }
    if (strcmp(profile, "__proto__") == 0) {
        return err_set(err, ERR_USAGE,
                       "the AWS SDK for JavaScript rejects the profile name __proto__. Use another "
                       "name");
    }
    return 0;
}

int ini_check_key(const char *key, struct err *err)
{
    size_t len = strlen(key);
    bool valid = len > 0 && len <= INI_KEY_MAX;
    for (size_t i = 0; valid && i < len; i++) {
        bool upper = key[i] >= 'A' && key[i] <= 'Z';
        valid = (is_alnum(key[i]) && !upper) || key[i] == '_' || key[i] == '-';
    }
    if (!valid) {
        return err_set(err, ERR_USAGE,
                       "a key must consist of 1 to %d lower-case letters, digits, _ and -",
                       INI_KEY_MAX);
    }
    return 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

/* Why some tool would not read the value back unchanged, or NULL. */
static const char *value_fault(const char *value, size_t len)
{
    if (len == 0) {
        return "is empty, which some tools read as the start of nested properties";
    }
    if (len > INI_VALUE_MAX) {
        return "is too long";
    }
    if (is_blank(value[0]) || is_blank(value[len - 1])) {
        return "begins or ends with a blank, which AWS tools remove";
    }
    if (is_quote(value[0]) && is_quote(value[len - 1])) {
        return "begins and ends with a quote, which some SDKs remove";
    }
    for (size_t i = 0; i < len; i++) {
        if (value[i] < 0x20 || value[i] > 0x7E) {
            return "contains a control character or a non-ASCII character";
        }
        if ((value[i] == '#' || value[i] == ';') && (i == 0 || is_blank(value[i - 1]))) {
            return "contains # or ; after a blank or at its start, which SDKs read as a comment";
        }
    }
    return NULL;
}

int ini_check_value(const char *key, const char *value, struct err *err)
{
    if (ini_check_key(key, err) != 0) {
        return -1;
    }
    const char *fault = value_fault(value, strlen(value));
    if (fault != NULL) {
        return err_set(err, ERR_USAGE, "the value of %s %s", key, fault);
    }
    return 0;
}
