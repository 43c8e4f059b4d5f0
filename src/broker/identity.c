/* SPDX-License-Identifier: MIT */
#include "broker/identity.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/text.h"

/* A file's last newline is no part of the token. */
static void drop_newline(struct buf *token)
{
    while (token->len > 0 &&
           (token->data[token->len - 1] == '\n' || token->data[token->len - 1] == '\r')) {
        token->data[--token->len] = '\0';
    }
}

/* It goes into a header: visible ASCII only. The message must not quote it. */
static int check_token(const struct buf *token, const char *where, const char *path,
                       struct err *err)
{
    if (token->len == 0) {
        return err_set(err, ERR_USAGE, "the token %s%s is empty", where, path);
    }
    size_t word_len = text_word_len(token->data, token->len);
    if (word_len == token->len) {
        return 0;
    }
    unsigned char c = (unsigned char)token->data[word_len];
    return err_set(err, ERR_USAGE, "the token %s%s has a %s at byte %zu; a token is one word",
                   where, path,
                   c == ' '    ? "blank"
                   : c >= 0x80 ? "byte that is not ASCII"
                               : "control character",
                   word_len + 1);
}

static int take_text(struct identity *identity, enum identity_kind kind, const char *token,
                     const char *where, struct err *err)
{
    identity->kind = kind;
    buf_add_str(&identity->token, token);
    if (buf_failed(&identity->token)) {
        return err_set(err, ERR_USAGE, "the token %s is longer than %d bytes", where,
                       IDENTITY_TOKEN_MAX);
    }
    return check_token(&identity->token, where, "", err);
}

static int take_stdin(struct identity *identity, struct err *err)
{
    identity->kind = IDENTITY_STDIN;
    if (fs_read_fd(STDIN_FILENO, "the token on standard input", &identity->token, err) != 0) {
        return -1;
    }
    drop_newline(&identity->token);
    return check_token(&identity->token, "on standard input", "", err);
}

static int read_token_file(const char *path, struct buf *token, struct err *err)
{
    if (fs_read(path, token, NULL, err) != 0) {
        return err_wrap(err, "token file");
    }
    drop_newline(token);
    return check_token(token, "in ", path, err);
}

/* A variable that should name a file is easily given the token itself. */
static bool may_be_token(const char *path)
{
    enum { NAME_SHOWN_MAX = 40 };
    return strchr(path, '/') == NULL && strlen(path) > NAME_SHOWN_MAX && access(path, F_OK) != 0;
}

static int take_file(struct identity *identity, const char *path, struct err *err)
{
    identity->kind = IDENTITY_FILE;
    if (may_be_token(path)) {
        return err_set(err, ERR_FILE,
                       "token file: there is none of that name, which is not shown, as it may be "
                       "the token itself: that goes into DUPLO_TOKEN, or --token - reads it");
    }
    identity->file = path;
    return read_token_file(identity->file, &identity->token, err);
}

int identity_load(struct identity *identity, const struct identity_sources *sources,
                  struct err *err)
{
    buf_init_in(&identity->token, identity->storage, sizeof(identity->storage), IDENTITY_TOKEN_MAX);
    identity->file = NULL;
    if (sources->token_file != NULL) {
        return take_file(identity, sources->token_file, err);
    }
    if (sources->token_argument != NULL && strcmp(sources->token_argument, "-") == 0) {
        return take_stdin(identity, err);
    }
    if (sources->token_argument != NULL) {
        return take_text(identity, IDENTITY_ARGUMENT, sources->token_argument, "of --token", err);
    }
    if (sources->token_file_named != NULL) {
        return take_file(identity, sources->token_file_named, err);
    }
    if (sources->token_environment != NULL) {
        return take_text(identity, IDENTITY_ENVIRONMENT, sources->token_environment,
                         "in the environment (DUPLO_TOKEN)", err);
    }
    return err_set(err, ERR_USAGE,
                   "no token: give --token-file FILE, set DUPLO_TOKEN_FILE or DUPLO_TOKEN, or "
                   "--interactive for your login through the browser");
}

int identity_reload(struct identity *identity, struct err *err)
{
    if (identity->kind != IDENTITY_FILE) {
        return 0;
    }
    struct buf fresh;
    buf_init(&fresh, IDENTITY_TOKEN_MAX);
    if (read_token_file(identity->file, &fresh, err) != 0) {
        buf_done(&fresh);
        return -1;
    }
    buf_done(&identity->token);
    identity->token = fresh;
    return 0;
}

void identity_done(struct identity *identity)
{
    buf_done(&identity->token);
}

const char *identity_token(const struct identity *identity)
{
    return buf_str(&identity->token);
}
