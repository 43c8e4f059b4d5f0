/* SPDX-License-Identifier: MIT */
#include "serve/auth.h"

#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"

enum { RANDOM_LEN = 32, LOCK_TIMEOUT_MS = 10000 };

int auth_make(struct auth *auth, struct err *err)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char random[RANDOM_LEN + 1] = {0};
    if (random_bytes(random, RANDOM_LEN, err) != 0) {
        return -1;
    }
    size_t len = 0;
    for (size_t bit = 0; bit < (size_t)RANDOM_LEN * 8; bit += 6) {
        unsigned int pair = (unsigned int)random[bit / 8] << 8 | random[bit / 8 + 1];
        auth->token[len++] = digits[pair >> (10 - bit % 8) & 63];
    }
    auth->token[len] = '\0';
    explicit_bzero(random, sizeof(random));
    return 0;
}

/* Accepts visible ASCII characters only. The messages must not quote the content. */
static int check(const struct buf *text, const char *path, struct err *err)
{
    size_t len = text->len;
    size_t good = text_word_len(buf_str(text), len);
    if (len > 0 && (text->data[len - 1] == '\n' || text->data[len - 1] == '\r')) {
        return err_set(err, ERR_FILE,
                       "%s ends with a newline, which SDKs reject: write it with printf %%s", path);
    }
    if (good < len) {
        return err_set(err, ERR_FILE,
                       "%s is not a token: byte %zu is not a visible ASCII character", path,
                       good + 1);
    }
    return len >= AUTH_TOKEN_MIN
               ? 0
               : err_set(err, ERR_FILE,
                         "the token in %s is too short: %zu bytes, at least %d are needed; remove "
                         "the file to get a random one",
                         path, len, AUTH_TOKEN_MIN);
}

static int load_locked(struct auth *auth, const char *path, const struct fs_attributes *attr,
                       struct err *err)
{
    struct buf text;
    bool found = false;
    buf_init(&text, AUTH_TOKEN_SIZE - 1);
    int result = fs_read(path, &text, &found, err);
    if (result == 0 && found) {
        result = check(&text, path, err);
        text_copy(auth->token, sizeof(auth->token), buf_str(&text));
    } else if (result == 0) {
        result = auth_make(auth, err) != 0
                     ? -1
                     : fs_replace(path, auth->token, strlen(auth->token), attr, err);
    }
    buf_done(&text);
    return result;
}

static void report_open_file(const char *path)
{
    struct fs_attributes now;
    if (fs_attributes_of(path, &now) && (now.mode & S_IROTH) != 0) {
        log_warn("every user can read the client token in %s (mode %04o): set mode 0600, or 0640 "
                 "for a group",
                 path, (unsigned int)now.mode);
    }
}

int auth_load(struct auth *auth, const char *path, const struct fs_attributes *attr,
              struct err *err)
{
    char target[PATH_MAX];
    char dir[PATH_MAX];
    struct fs_lock lock = {.fd = -1};
    struct fs_attributes now;
    int result = -1;
    if (fs_follow(path, target, err) == 0) {
        /* A file that exists is only read and needs no lock: a mounted Secret is read-only. */
        if (fs_attributes_of(target, &now)) {
            result = load_locked(auth, target, attr, err);
        } else if (fs_dirname(target, dir, err) == 0 && fs_make_dirs(dir, attr, err) == 0 &&
                   fs_lock_take(&lock, target, clock_mono_ms() + LOCK_TIMEOUT_MS, err) == 0) {
            result = load_locked(auth, target, attr, err);
        }
    }
    fs_lock_release(&lock);
    if (result == 0) {
        report_open_file(target);
    }
    return result;
}

bool auth_matches(const char *token, const char *given)
{
    size_t len = strlen(token);
    size_t given_len = given != NULL ? strlen(given) : 0;
    /* One step per character of the client's text: the client knows that number. */
    volatile unsigned char different = (unsigned char)(len != given_len || len == 0);
    for (size_t i = 0; i < given_len; i++) {
        different |= (unsigned char)(given[i] ^ token[len > 0 ? i % len : 0]);
    }
    return different == 0;
}

void auth_wipe(struct auth *auth)
{
    explicit_bzero(auth, sizeof(*auth));
}
