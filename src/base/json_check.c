/* SPDX-License-Identifier: MIT */
/* The grammar of RFC 8259 as a state machine with its own stack, so that the depth of a text from
 * the network is not the depth of calls. */
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/text.h"
#include "base/utf8.h"

/* What the next token may be. */
enum expect {
    EXPECT_VALUE,        /* after ':' or ',' of an array, or at the start */
    EXPECT_VALUE_OR_END, /* after '[' */
    EXPECT_KEY,          /* after ',' of an object */
    EXPECT_KEY_OR_END,   /* after '{' */
    EXPECT_COLON,        /* after a key */
    EXPECT_COMMA_OR_END, /* after a value */
};

struct check {
    const char *text;
    size_t len;
    size_t at;
    size_t nodes;
    size_t depth;
    enum expect expect;
    char closers[JSON_DEPTH_MAX]; /* the closing bracket of each open array or object */
};

static bool at_char(const struct check *check, char c)
{
    return check->at < check->len && check->text[check->at] == c;
}

static bool at_digit(const struct check *check)
{
    return check->at < check->len && check->text[check->at] >= '0' && check->text[check->at] <= '9';
}

static bool skip_digits(struct check *check)
{
    size_t start = check->at;
    while (at_digit(check)) {
        check->at++;
    }
    return check->at > start;
}

static bool skip_number(struct check *check)
{
    if (at_char(check, '-')) {
        check->at++;
    }
    if (at_char(check, '0')) {
        check->at++;
    } else if (!skip_digits(check)) {
        return false;
    }
    if (at_char(check, '.')) {
        check->at++;
        if (!skip_digits(check)) {
            return false;
        }
    }
    if (at_char(check, 'e') || at_char(check, 'E')) {
        check->at++;
        if (at_char(check, '+') || at_char(check, '-')) {
            check->at++;
        }
        return skip_digits(check);
    }
    return true;
}

static bool skip_word(struct check *check, const char *word)
{
    size_t len = strlen(word);
    if (check->len - check->at < len || memcmp(check->text + check->at, word, len) != 0) {
        return false;
    }
    check->at += len;
    return true;
}

/* The four hexadecimal digits after "\u". */
static bool read_hex4(struct check *check, unsigned *code)
{
    if (check->len - check->at < 4) {
        return false;
    }
    int high = text_hex_byte(check->text + check->at);
    int low = text_hex_byte(check->text + check->at + 2);
    check->at += 4;
    *code = (unsigned)high << 8 | (unsigned)low;
    return high >= 0 && low >= 0;
}

/* After the backslash. \u0000 is rejected because C strings cannot hold it, half a surrogate pair
 * because UTF-8 cannot. */
static bool skip_escape(struct check *check)
{
    unsigned code = 0;
    if (check->at >= check->len) {
        return false;
    }
    char c = check->text[check->at++];
    if (c != 'u') {
        return c != '\0' && strchr("\"\\/bfnrt", c) != NULL;
    }
    if (!read_hex4(check, &code) || code == 0 || (code >= 0xDC00 && code <= 0xDFFF)) {
        return false;
    }
    if (code < 0xD800 || code > 0xDBFF) {
        return true;
    }
    return skip_word(check, "\\u") && read_hex4(check, &code) && code >= 0xDC00 && code <= 0xDFFF;
}

/* How many bytes from the start are ASCII other than quotes, backslashes and control characters. */
static size_t plain_len(const char *text, size_t len)
{
    size_t at = 0;
    while (at < len) {
        unsigned char c = (unsigned char)text[at];
        if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') {
            break;
        }
        at++;
    }
    return at;
}

static bool skip_string(struct check *check)
{
    check->at++; /* the opening quote */
    while (check->at < check->len) {
        check->at += plain_len(check->text + check->at, check->len - check->at);
        if (at_char(check, '"')) {
            check->at++;
            return true;
        }
        if (at_char(check, '\\')) {
            check->at++;
            if (!skip_escape(check)) {
                return false;
            }
            continue;
        }
        size_t width = utf8_decode(check->text + check->at, check->len - check->at, NULL);
        if (width < 2) {
            return false; /* a control character, the end, or not UTF-8 */
        }
        check->at += width;
    }
    return false;
}

static bool open_nested(struct check *check, char closer, enum expect expect)
{
    if (check->depth == JSON_DEPTH_MAX) {
        return false;
    }
    check->closers[check->depth++] = closer;
    check->expect = expect;
    check->at++;
    return true;
}

static bool step_value(struct check *check)
{
    check->nodes++;
    check->expect = EXPECT_COMMA_OR_END;
    switch (check->text[check->at]) {
    case '{':
        return open_nested(check, '}', EXPECT_KEY_OR_END);
    case '[':
        return open_nested(check, ']', EXPECT_VALUE_OR_END);
    case '"':
        return skip_string(check);
    case 't':
        return skip_word(check, "true");
    case 'f':
        return skip_word(check, "false");
    case 'n':
        return skip_word(check, "null");
    default:
        return skip_number(check);
    }
}

static bool step_close(struct check *check)
{
    if (check->depth == 0 || !at_char(check, check->closers[check->depth - 1])) {
        return false;
    }
    check->depth--;
    check->at++;
    check->expect = EXPECT_COMMA_OR_END;
    return true;
}

static bool step_key(struct check *check)
{
    check->nodes++;
    check->expect = EXPECT_COLON;
    return at_char(check, '"') && skip_string(check);
}

static bool step_comma(struct check *check)
{
    if (check->depth == 0 || !at_char(check, ',')) {
        return false;
    }
    check->at++;
    check->expect = check->closers[check->depth - 1] == '}' ? EXPECT_KEY : EXPECT_VALUE;
    return true;
}

/* Checks the token that starts at check->at, and advances past it. */
static bool step(struct check *check)
{
    bool closing = at_char(check, '}') || at_char(check, ']');
    switch (check->expect) {
    case EXPECT_VALUE_OR_END:
        return closing ? step_close(check) : step_value(check);
    case EXPECT_VALUE:
        return step_value(check);
    case EXPECT_KEY_OR_END:
        return closing ? step_close(check) : step_key(check);
    case EXPECT_KEY:
        return step_key(check);
    case EXPECT_COLON:
        check->expect = EXPECT_VALUE;
        return check->text[check->at++] == ':';
    case EXPECT_COMMA_OR_END:
        return closing ? step_close(check) : step_comma(check);
    }
    return false;
}

static void skip_blanks(struct check *check)
{
    while (at_char(check, ' ') || at_char(check, '\t') || at_char(check, '\n') ||
           at_char(check, '\r')) {
        check->at++;
    }
}

/* Whether the value at the start of the text, and the blanks after it, are complete. */
static bool is_complete(const struct check *check)
{
    return check->depth == 0 && check->nodes > 0 && check->expect == EXPECT_COMMA_OR_END;
}

int json_check_value(const char *text, size_t len, size_t *used, size_t *nodes, struct err *err)
{
    struct check check = {.text = text, .len = len, .expect = EXPECT_VALUE};
    for (skip_blanks(&check); check.at < len && !is_complete(&check); skip_blanks(&check)) {
        size_t start = check.at;
        if (!step(&check)) {
            return err_set(err, ERR_UNAVAILABLE, "invalid JSON at byte %zu", start + 1);
        }
        if (check.nodes > JSON_NODES_MAX) {
            return err_set(err, ERR_UNAVAILABLE, "JSON with more than %d values", JSON_NODES_MAX);
        }
    }
    if (!is_complete(&check)) {
        return err_set(err, ERR_UNAVAILABLE, "the JSON ends too early, at byte %zu", len);
    }
    *used = check.at;
    *nodes = check.nodes;
    return 0;
}

int json_check(const char *text, size_t len, size_t *nodes, struct err *err)
{
    size_t used = 0;
    if (json_check_value(text, len, &used, nodes, err) != 0) {
        return -1;
    }
    return used == len ? 0 : err_set(err, ERR_UNAVAILABLE, "invalid JSON at byte %zu", used + 1);
}
