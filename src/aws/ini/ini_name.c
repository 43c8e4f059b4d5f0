/* SPDX-License-Identifier: MIT */
/* Names, keys and values that may be written: those that every AWS tool reads back unchanged. */
#include "aws/ini/ini_doc.h"

#include <string.h>

#include "base/err.h"
#include "base/utf8.h"

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

/* Why some tool would not read the character back unchanged, or NULL. */
static const char *character_fault(struct ini_span character, uint32_t code, bool ascii)
{
    enum { DEL = 0x7F, LAST_CONTROL = 0x9F, BYTE_ORDER_MARK = 0xFEFF };
    if (code < ' ' || (code >= DEL && code <= LAST_CONTROL)) {
        return "contains a control character";
    }
    if (code < DEL) {
        return NULL;
    }
    if (ascii) {
        return "contains a non-ASCII character";
    }
    return ini_unicode_trim(character).len == 0 || code == BYTE_ORDER_MARK
               ? "contains white space that AWS tools treat differently"
               : NULL;
}

static const char *text_fault(const char *value, size_t len, bool ascii)
{
    size_t width = 0;
    for (size_t i = 0; i < len; i += width) {
        uint32_t code = 0;
        width = utf8_decode(value + i, len - i, &code);
        if (width == 0) {
            return "is not valid UTF-8";
        }
        const char *fault = character_fault((struct ini_span){value + i, width}, code, ascii);
        if (fault != NULL) {
            return fault;
        }
        if ((code == '#' || code == ';') && (i == 0 || is_blank(value[i - 1]))) {
            return "contains # or ; after a blank or at its start, which SDKs read as a comment";
        }
    }
    return NULL;
}

/* Why some tool would not read the value back unchanged, or NULL. */
static const char *value_fault(const char *value, size_t len, bool ascii)
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
    return text_fault(value, len, ascii);
}

int ini_check_value(const char *key, const char *value, struct err *err)
{
    if (ini_check_key(key, err) != 0) {
        return -1;
    }
    bool ascii = strcmp(key, "credential_process") != 0;
    const char *fault = value_fault(value, strlen(value), ascii);
    if (fault != NULL) {
        return err_set(err, ERR_USAGE, "the value of %s %s", key, fault);
    }
    return 0;
}
