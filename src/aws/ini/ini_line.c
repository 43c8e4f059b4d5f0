/* SPDX-License-Identifier: MIT */
/* Splits headers, properties and profile names by either set of rules. */
#include "aws/ini/ini_text.h"

#include <string.h>

#include "base/shell_word.h"

/* The line without its comment, trimmed. */
static struct ini_span std_content(struct ini_span line, bool comment_needs_blank)
{
    line = ini_std_trim(line);
    line.len = ini_std_comment(line, comment_needs_blank);
    return ini_std_trim(line);
}

bool ini_std_header(struct ini_span line, struct ini_span *name)
{
    line = std_content(line, false);
    if (line.len < 2 || line.at[0] != '[' || line.at[line.len - 1] != ']') {
        return false;
    }
    *name = (struct ini_span){line.at + 1, line.len - 2};
    return true;
}

/* In Python 3.10 and later the name extends to the last bracket of the line, even one in a comment.
 */
bool ini_py_header(struct ini_span line, struct ini_span *name)
{
    line = ini_py_trim(line);
    if (line.len == 0 || line.at[0] != '[') {
        return false;
    }
    const char *close = memrchr(line.at, ']', line.len);
    if (close == NULL || close - line.at < 2) {
        return false;
    }
    *name = (struct ini_span){line.at + 1, (size_t)(close - line.at) - 1};
    return true;
}

bool ini_std_property(struct ini_span line, struct ini_span *key, struct ini_span *value)
{
    line = std_content(line, true);
    const char *equals = line.len == 0 ? NULL : memchr(line.at, '=', line.len);
    if (equals == NULL) {
        return false;
    }
    size_t key_len = (size_t)(equals - line.at);
    *key = ini_std_trim((struct ini_span){line.at, key_len});
    *value = ini_std_trim((struct ini_span){equals + 1, line.len - key_len - 1});
    return key->len > 0;
}

bool ini_py_property(struct ini_span line, struct ini_span *key, struct ini_span *value)
{
    line = ini_py_trim(line);
    size_t at = 0;
    while (at < line.len && line.at[at] != '=' && line.at[at] != ':') {
        at++;
    }
    if (at == line.len) {
        return false;
    }
    *key = ini_py_trim((struct ini_span){line.at, at});
    *value = ini_py_trim((struct ini_span){line.at + at + 1, line.len - at - 1});
    return key->len > 0;
}

/* The standard rules allow only these characters in a profile name. */
static bool is_identifier(struct ini_span name)
{
    static const char others[] = "_-/.%@:+";
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool digit = c >= '0' && c <= '9';
        if (!letter && !digit && memchr(others, c, sizeof(others) - 1) == NULL) {
            return false;
        }
    }
    return name.len > 0;
}

bool ini_std_profile(enum ini_kind kind, struct ini_span header, struct ini_span *profile,
                     bool *prefixed)
{
    header = ini_std_trim(header);
    size_t word = 0;
    while (word < header.len && header.at[word] != ' ' && header.at[word] != '\t') {
        word++;
    }
    struct ini_span prefix = ini_unicode_trim((struct ini_span){header.at, word});
    struct ini_span rest = ini_unicode_trim((struct ini_span){header.at + word, header.len - word});
    bool one_word = word == header.len;
    *prefixed = !one_word;
    *profile = one_word ? prefix : rest;
    if (kind == INI_CREDENTIALS) {
        return one_word && is_identifier(prefix);
    }
    return one_word ? ini_span_is(prefix, "default")
                    : ini_span_is(prefix, "profile") && is_identifier(rest);
}

bool ini_py_profile(enum ini_kind kind, struct ini_span header, char *out, size_t *len)
{
    static const char word[] = "profile";
    if (kind == INI_CREDENTIALS || ini_span_is(header, "default")) {
        memcpy(out, header.at, header.len);
        *len = header.len;
        return !ini_span_is(header, "DEFAULT");
    }
    /* botocore checks only the beginning of the header: it reads [profiles x] as profile x. */
    if (header.len < sizeof(word) - 1 || memcmp(header.at, word, sizeof(word) - 1) != 0) {
        return false;
    }
    size_t at = 0;
    size_t third = 0;
    bool broken = false;
    if (!shell_word_read(header.at, header.len, &at, out, len, &broken) ||
        !shell_word_read(header.at, header.len, &at, out, len, &broken)) {
        return false;
    }
    char *after = out + *len;
    bool more = shell_word_read(header.at, header.len, &at, after, &third, &broken);
    return !more && !broken;
}
