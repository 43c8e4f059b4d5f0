/* SPDX-License-Identifier: MIT */
#include "cmd/update_aws_config/mask.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"

static const char mask[] = "***";

/* A piece of a line. */
struct span {
    const char *at;
    size_t len;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct span behind(struct span whole, size_t len)
{
    return (struct span){whole.at + len, whole.len - len};
}

static struct span skip_blanks(struct span text)
{
    size_t len = 0;
    while (len < text.len && is_blank(text.at[len])) {
        len++;
    }
    return behind(text, len);
}

static bool is_one_of(struct span word, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (word.len == strlen(names[i]) && strncasecmp(word.at, names[i], word.len) == 0) {
            return true;
        }
    }
    return false;
}
#define IS_ONE_OF(word, names) is_one_of((word), (names), sizeof(names) / sizeof((names)[0]))

/* Of a file, and as a variable in front of a program. */
static bool is_secret_key(struct span key)
{
    static const char *const keys[] = {
        "aws_secret_access_key", "aws_session_token", "aws_security_token",
        "duplo_token",           "duplo_otp",
    };
    return IS_ONE_OF(key, keys);
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

/* How long a value is that begins here, quotes and the blanks inside them included. */
static size_t value_len(struct span text)
{
    char quote = '\0';
    size_t len = 0;
    for (; len < text.len && (quote != '\0' || !is_blank(text.at[len])); len++) {
        char c = text.at[len];
        if (c == quote) {
            quote = '\0';
        } else if (quote == '\0' && is_quote(c)) {
            quote = c;
        }
    }
    return len;
}

/* How long the word is that begins here and is no value. A whole command may stand in quotes. */
static size_t word_len(struct span text)
{
    size_t len = 0;
    while (len < text.len && !is_blank(text.at[len]) && !is_quote(text.at[len])) {
        len++;
    }
    return len;
}

/* -t, alone or behind letters of switches (-It), with its value or before it; the one letter that
 * stands for a token in this program, duplo-jit and duploctl. Options of those that begin so and
 * have one dash are none. Returns where the value begins, or 0. */
static size_t token_letter(struct span word)
{
    static const char *const others[] = {"-tenant", "-tenant-id", "-tid", "-timeout",
                                         "-token-file"};
    size_t at = 1;
    const char *equals = memchr(word.at, '=', word.len);
    const struct span name = {word.at, equals != NULL ? (size_t)(equals - word.at) : word.len};
    if (word.len < 2 || word.at[0] != '-' || IS_ONE_OF(name, others)) {
        return 0;
    }
    while (at < word.len && (word.at[at] == 'I' || word.at[at] == 'h')) {
        at++;
    }
    return at < word.len && word.at[at] == 't' ? at + 1 : 0;
}

/* Where in the word a secret begins: 0 nowhere; word.len: the next word is one. */
static size_t find_secret(struct span word)
{
    static const char *const long_names[] = {"-token", "--token", "-otp", "--otp"};
    const char *equals = memchr(word.at, '=', word.len);
    const struct span name = {word.at, equals != NULL ? (size_t)(equals - word.at) : word.len};
    bool named = IS_ONE_OF(name, long_names);
    if (equals != NULL && (named || is_secret_key(name))) {
        return name.len + 1;
    }
    return named ? word.len : token_letter(word);
}

/* Copies the first len bytes of text, and moves it behind them. */
static void copy(struct buf *out, struct span *text, size_t len)
{
    buf_add(out, text->at, len);
    *text = behind(*text, len);
}

static size_t blanks(struct span text)
{
    return text.len - skip_blanks(text).len;
}

/* Hides the value that text begins with. */
static void hide(struct buf *out, struct span *text)
{
    size_t len = value_len(*text);
    *text = behind(*text, len);
    if (len > 0) {
        buf_add_str(out, mask);
    }
}

/* One word, and the secret that is in it or follows it. */
static void add_word(struct buf *out, struct span *text)
{
    struct span word = {text->at, word_len(*text)};
    size_t from = word.len > 0 ? find_secret(word) : 0;
    bool closed = word.len < text->len && is_quote(text->at[word.len]); /* "--token" "X" */
    if (from == 0) {
        copy(out, text, word.len > 0 ? word.len : 1);
        return;
    }
    if (from == word.len && (word.at[from - 1] != '=' || !closed)) {
        from += closed ? 1 : 0;
        from += blanks(behind(*text, from));
    }
    copy(out, text, from);
    hide(out, text);
}

/* The words of a command, or of anything else. */
static void add_words(struct buf *out, struct span text)
{
    while (text.len > 0) {
        copy(out, &text, blanks(text));
        add_word(out, &text);
    }
}

/* Where the value of a line with a secret key begins; 0 for every other line. */
static size_t find_secret_value(struct span line)
{
    struct span rest = skip_blanks(line);
    size_t key_len = 0;
    while (key_len < rest.len && !is_blank(rest.at[key_len]) && rest.at[key_len] != '=' &&
           rest.at[key_len] != ':') {
        key_len++;
    }
    bool secret = is_secret_key((struct span){rest.at, key_len});
    rest = skip_blanks(behind(rest, key_len));
    if (!secret || rest.len == 0 || (rest.at[0] != '=' && rest.at[0] != ':')) {
        return 0;
    }
    rest = skip_blanks(behind(rest, 1));
    return rest.len > 0 ? line.len - rest.len : 0;
}

static void add_line(struct buf *out, const char *line, size_t len)
{
    struct span content = {line, len};
    while (content.len > 0 && (line[content.len - 1] == '\n' || line[content.len - 1] == '\r')) {
        content.len--;
    }
    size_t from = find_secret_value(content);
    if (from == 0) {
        add_words(out, content);
    } else {
        buf_add(out, line, from);
        buf_add_str(out, mask);
    }
    buf_add(out, line + content.len, len - content.len);
}

void aws_mask_secrets(struct buf *out, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t line_len = end == NULL ? len - at : (size_t)(end - text) - at + 1;
        add_line(out, text + at, line_len);
        at += line_len;
    }
}
