/* SPDX-License-Identifier: MIT */
#include "broker/identity.h"

#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/text.h"

/* Files and standard input end with a newline that does not belong to the token. */
static void drop_newline(struct buf *token)
{
    while (token->len > 0 &&
           (token->data[token->len - 1] == '\n' || token->data[token->len - 1] == '\r')) {
        token->data[--token->len] = '\0';
    }
}

/* A token goes into a header: visible ASCII only. The message must not quote it. */
static int check_token(const struct buf *token, const char *where, struct err *err)
{
    if (token->len == 0) {
        return err_set(err, ERR_USAGE, "the token%s is empty", where);
    }
    size_t word_len = text_word_len(token->data, token->len);
    if (word_len == token->len) {
        return 0;
    }
    unsigned char c = (unsigned char)token->data[word_len];
    return err_set(err, ERR_USAGE, "the token%s has a %s at byte %zu; a token is one word", where,
                   c == ' '    ? "blank"
                   : c >= 0x80 ? "byte that is not ASCII"
                               : "control character",
                   word_len + 1);
}

static int read_text(struct buf *token, const char *value, struct err *err)
{
    buf_add_str(token, value);
    if (buf_failed(token)) {
        return err_set(err, ERR_USAGE, "the token is longer than %d bytes", IDENTITY_TOKEN_MAX);
    }
    return check_token(token, "", err);
}

static int read_stdin(struct buf *token, struct err *err)
{
    if (fs_read_fd(STDIN_FILENO, "the token on standard input", token, err) != 0) {
        return -1;
    }
    drop_newline(token);
    return check_token(token, " on standard input", err);
}

static int read_file(struct buf *token, const char *path, struct err *err)
{
    if (fs_read(path, token, NULL, err) != 0) {
        return -1;
    }
    drop_newline(token);
    return check_token(token, "", err) != 0 ? err_wrap(err, "%s", path) : 0;
}

static struct given_token *given_of(struct identity *identity)
{
    return (struct given_token *)identity;
}

static int open_given(struct identity *identity, int64_t deadline_ms, struct err *err)
{
    (void)identity;
    (void)deadline_ms;
    (void)err;
    return 0;
}

static const char *token_of_given(const struct identity *identity)
{
    return buf_str(&((const struct given_token *)identity)->token);
}

static const char *otp_of_given(const struct identity *identity)
{
    return identity->otp[0] != '\0' ? identity->otp : NULL;
}

static bool key_of_given(struct identity *identity, struct identity_key *key)
{
    *key = (struct identity_key){.kind = "token", .value = identity_token(identity)};
    return true;
}

static bool renew_given(struct identity *identity, struct err *err)
{
    (void)identity;
    (void)err;
    return false;
}

static int reload_given(struct identity *identity, struct err *err)
{
    struct given_token *given = given_of(identity);
    struct buf fresh;
    if (identity->source != IDENTITY_FILE) {
        return 0;
    }
    buf_init(&fresh, IDENTITY_TOKEN_MAX);
    if (read_file(&fresh, given->file, err) != 0) {
        buf_done(&fresh);
        return -1;
    }
    buf_done(&given->token);
    given->token = fresh;
    return 0;
}

static void done_given(struct identity *identity)
{
    buf_done(&given_of(identity)->token);
    explicit_bzero(identity->otp, sizeof(identity->otp));
}

int given_token_load(struct given_token *given, enum identity_source source, const char *value,
                     struct err *err)
{
    static const struct identity_ops ops = {
        .open = open_given,
        .token = token_of_given,
        .otp = otp_of_given,
        .cache_key = key_of_given,
        .renew = renew_given,
        .reload = reload_given,
        .done = done_given,
    };
    given->identity = (struct identity){.ops = &ops, .source = source};
    given->file = source == IDENTITY_FILE ? value : NULL;
    buf_init_in(&given->token, given->storage, sizeof(given->storage), IDENTITY_TOKEN_MAX);
    switch (source) {
    case IDENTITY_FILE:
        return read_file(&given->token, value, err);
    case IDENTITY_STDIN:
        return read_stdin(&given->token, err);
    default:
        return read_text(&given->token, value, err);
    }
}
