/* SPDX-License-Identifier: MIT */
#include "aws/process_line.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"

/* Characters without a special meaning for shells and shlex, anywhere in a word. */
static const char plain[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-";

/* Appends the word in single quotes; a single quote inside becomes '\''. */
static void add_quoted(struct buf *out, const char *word)
{
    buf_add_char(out, '\'');
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            buf_add_str(out, "'\\''");
        } else {
            buf_add_char(out, *word);
        }
    }
    buf_add_char(out, '\'');
}

int aws_process_line_add(struct buf *out, const char *word, struct err *err)
{
    if (text_has_control(word, strlen(word))) {
        return err_set(err, ERR_USAGE, "a config file cannot contain control characters");
    }
    if (out->len > 0) {
        buf_add_char(out, ' ');
    }
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        buf_add_str(out, word);
    } else {
        add_quoted(out, word);
    }
    return 0;
}

/* A shell would set the variable; botocore would search for a program of that name. */
static bool starts_with_assignment(const char *line)
{
    static const char name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    size_t len = strspn(line, name);
    return len > 0 && line[len] == '=' && !(line[0] >= '0' && line[0] <= '9');
}

/* Whether the character has a special meaning for a shell, such as bash, but not for shlex. */
static bool is_for_shell(const char *line, const char *at, char quote)
{
    bool starts_word = at == line || at[-1] == ' ';
    if (quote == '"') {
        /* In double quotes a backslash escapes two characters in shlex, and four in a shell. */
        return *at == '$' || *at == '`' || (*at == '\\' && at[1] != '"' && at[1] != '\\');
    }
    return quote == '\0' &&
           (strchr("$`|&;<>()*?[{", *at) != NULL || (starts_word && (*at == '~' || *at == '#')));
}

int aws_process_line_check(const char *line, struct err *err)
{
    char quote = '\0';
    if (starts_with_assignment(line)) {
        return err_set(err, ERR_USAGE,
                       "the AWS CLI and boto3 run the command without a shell, so it cannot begin "
                       "with a variable. Write env NAME=VALUE PROGRAM");
    }
    for (const char *at = line; *at != '\0'; at++) {
        if (is_for_shell(line, at, quote)) {
            return err_set(err, ERR_USAGE,
                           "the AWS CLI and boto3 run the command without a shell, which would be "
                           "needed for %c at byte %d. Write its result, or put the word in single "
                           "quotes",
                           *at, (int)(at - line) + 1);
        }
        if (*at == '\\' && quote != '\'') {
            at++;
        } else if (*at == quote) {
            quote = '\0';
        } else if (quote == '\0' && (*at == '"' || *at == '\'')) {
            quote = *at;
        }
        if (*at == '\0') {
            return err_set(err, ERR_USAGE, "the command ends with a backslash");
        }
    }
    return quote == '\0' ? 0 : err_set(err, ERR_USAGE, "a quote (%c) is not closed", quote);
}
