/* SPDX-License-Identifier: MIT */
#include "cli/mask.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "cli/options.h"

static const char mask[] = "***";

struct table {
    const struct option *options;
    int len;
};

/* A piece of a line. */
struct span {
    const char *at;
    size_t len;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

static struct span after(struct span whole, size_t len)
{
    return (struct span){whole.at + len, whole.len - len};
}

static size_t blanks_len(struct span text)
{
    size_t len = 0;
    while (len < text.len && is_blank(text.at[len])) {
        len++;
    }
    return len;
}

/* The length of the value that text begins with, including quotes and the blanks in them. */
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

/* The length of the word that text begins with. It ends at a quote: a command in quotes has words
 * of its own. */
static size_t word_len(struct span text)
{
    size_t len = 0;
    while (len < text.len && !is_blank(text.at[len]) && !is_quote(text.at[len])) {
        len++;
    }
    return len;
}

/* What is before the first '=' of a word. */
static struct span name_of(struct span word)
{
    const char *equals = memchr(word.at, '=', word.len);
    return (struct span){word.at, equals != NULL ? (size_t)(equals - word.at) : word.len};
}

static bool is_name(struct span word, const char *name)
{
    return name != NULL && word.len == strlen(name) && strncasecmp(word.at, name, word.len) == 0;
}

/* A key of a file, or a variable before a command. */
static bool is_secret_key(const struct table *table, struct span key)
{
    static const char *const keys[] = {"aws_secret_access_key", "aws_session_token",
                                       "aws_security_token"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (is_name(key, keys[i])) {
            return true;
        }
    }
    for (int i = 0; i < table->len; i++) {
        const struct option *option = &table->options[i];
        if (option->secret &&
            (is_name(key, option->variable) || is_name(key, option->alt_variable))) {
            return true;
        }
    }
    return false;
}

static const struct option *find_long(const struct table *table, struct span name)
{
    for (int i = 0; i < table->len; i++) {
        if (is_name(name, table->options[i].name) || is_name(name, table->options[i].alias)) {
            return &table->options[i];
        }
    }
    return NULL;
}

static const struct option *find_letter(const struct table *table, char letter)
{
    for (int i = 0; i < table->len; i++) {
        if (letter != '\0' && table->options[i].letter == letter) {
            return &table->options[i];
        }
    }
    return NULL;
}

/* Where the secret begins in letters such as -tSECRET and -ItSECRET; word.len if it is the next
 * word; 0 if there is none. */
static size_t find_after_letter(const struct table *table, struct span word)
{
    for (size_t at = 1; at < word.len; at++) {
        const struct option *option = find_letter(table, word.at[at]);
        if (option == NULL || option->value != NULL) {
            return option != NULL && option->secret ? at + 1 : 0;
        }
    }
    return 0;
}

/* Where a secret begins in a word: word.len if it is the next word, 0 if there is none. */
static size_t find_secret(const struct table *table, struct span word)
{
    struct span name = name_of(word);
    if (word.at[0] != '-') {
        return name.len < word.len && is_secret_key(table, name) ? name.len + 1 : 0;
    }
    size_t dashes = word.len > 1 && word.at[1] == '-' ? 2 : 1;
    const struct option *option = find_long(table, after(name, dashes));
    if (option == NULL) {
        return dashes == 1 ? find_after_letter(table, word) : 0;
    }
    size_t from = name.len < word.len ? name.len + 1 : word.len;
    return option->secret ? from : 0;
}

/* Appends the first len bytes of text and drops them from it. */
static void copy(struct buf *out, struct span *text, size_t len)
{
    buf_add(out, text->at, len);
    *text = after(*text, len);
}

/* Drops the value that text begins with and appends the mask for it. */
static void hide(struct buf *out, struct span *text)
{
    size_t len = value_len(*text);
    *text = after(*text, len);
    if (len > 0) {
        buf_add_str(out, mask);
    }
}

/* Moves the word that text begins with, which is not empty, and the secret in or after it. */
static void add_word(struct buf *out, const struct table *table, struct span *text)
{
    struct span word = {text->at, word_len(*text)};
    size_t from = word.len > 0 ? find_secret(table, word) : 0;
    bool closed = word.len < text->len && is_quote(text->at[word.len]); /* "--token" "SECRET" */
    if (from == 0) {
        copy(out, text, word.len > 0 ? word.len : 1);
        return;
    }
    if (from == word.len && (word.at[from - 1] != '=' || !closed)) {
        from += closed ? 1 : 0;
        from += blanks_len(after(*text, from));
    }
    copy(out, text, from);
    hide(out, text);
}

/* The words of a line. The last one may be followed by blanks. */
static void add_words(struct buf *out, const struct table *table, struct span text)
{
    for (copy(out, &text, blanks_len(text)); text.len > 0; copy(out, &text, blanks_len(text))) {
        add_word(out, table, &text);
    }
}

/* The length of what comes before the key of a property, which may be commented out. */
static size_t indent_len(struct span line)
{
    size_t len = blanks_len(line);
    while (len < line.len && (line.at[len] == '#' || line.at[len] == ';')) {
        len++;
        len += blanks_len(after(line, len));
    }
    return len;
}

/* Whether the line is a property with a secret key. Sets *from to where its value begins. */
static bool find_secret_value(const struct table *table, struct span line, size_t *from)
{
    struct span rest = after(line, indent_len(line));
    size_t key_len = 0;
    while (key_len < rest.len && !is_blank(rest.at[key_len]) && rest.at[key_len] != '=' &&
           rest.at[key_len] != ':') {
        key_len++;
    }
    bool secret = is_secret_key(table, (struct span){rest.at, key_len});
    rest = after(rest, key_len);
    rest = after(rest, blanks_len(rest));
    if (!secret || rest.len == 0 || (rest.at[0] != '=' && rest.at[0] != ':')) {
        return false;
    }
    rest = after(rest, 1);
    rest = after(rest, blanks_len(rest));
    *from = line.len - rest.len;
    return true;
}

/* Whether the line continues the property above: it is indented, if it is a comment after the "#"
 * and a blank. Sets *from to where its text begins. */
static bool is_continuation(struct span line, size_t *from)
{
    size_t start = line.len > 0 && (line.at[0] == '#' || line.at[0] == ';') ? 1 : 0;
    *from = indent_len(line);
    if (start == 0) {
        *from = blanks_len(line);
        return *from > 0 && *from < line.len;
    }
    return *from > start + 1 && *from < line.len;
}

/* *secret: whether the line above has a secret key or continues one; updated for this line. */
static void add_line(struct buf *out, const struct table *table, struct span line, bool *secret)
{
    struct span content = line;
    size_t from = 0;
    while (content.len > 0 &&
           (content.at[content.len - 1] == '\n' || content.at[content.len - 1] == '\r')) {
        content.len--;
    }
    bool blank = blanks_len(content) == content.len;
    *secret = find_secret_value(table, content, &from) ||
              (*secret && (blank || is_continuation(content, &from)));
    from = blank ? content.len : from;
    if (!*secret) {
        add_words(out, table, content);
    } else {
        buf_add(out, line.at, from);
        buf_add_str(out, from < content.len ? mask : "");
    }
    buf_add(out, line.at + content.len, line.len - content.len);
}

void mask_secrets(struct buf *out, const char *text, size_t len, const struct option *table,
                  int table_len)
{
    const struct table known = {table, table_len};
    struct span rest = {text, len};
    bool secret = false;
    while (rest.len > 0) {
        const char *end = memchr(rest.at, '\n', rest.len);
        size_t line_len = end == NULL ? rest.len : (size_t)(end - rest.at) + 1;
        add_line(out, &known, (struct span){rest.at, line_len}, &secret);
        rest = after(rest, line_len);
    }
}
