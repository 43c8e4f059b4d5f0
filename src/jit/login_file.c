/* SPDX-License-Identifier: MIT */
/* A kept login as JSON, so that a person can look. */
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "jit/login.h"

enum { TEXTS = 5, NUMBERS = 4, FILE_VERSION = 1 };

struct text_field {
    const char *name;
    char *value;
    size_t size;
};

struct number_field {
    const char *name;
    int64_t *value;
};

static void list_fields(struct login *login, int64_t *version, struct text_field texts[TEXTS],
                        struct number_field numbers[NUMBERS])
{
    const struct text_field text_list[TEXTS] = {
        {"Portal", login->portal, sizeof(login->portal)},
        {"Seat", login->seat, sizeof(login->seat)},
        {"User", login->user, sizeof(login->user)},
        {"Otp", login->otp, sizeof(login->otp)},
        {"Failure", login->failure, sizeof(login->failure)},
    };
    const struct number_field number_list[NUMBERS] = {
        {"Version", version},
        {"ObtainedAt", &login->obtained_s},
        {"Generation", &login->generation},
        {"FailureKind", &login->failure_kind},
    };
    for (int i = 0; i < TEXTS; i++) {
        texts[i] = text_list[i];
    }
    for (int i = 0; i < NUMBERS; i++) {
        numbers[i] = number_list[i];
    }
}

static int read_token(const struct json_doc *doc, struct buf *token, struct err *err)
{
    bool found = false;
    buf_clear(token);
    char *room = buf_reserve(token, LOGIN_TOKEN_MAX, err);
    if (room == NULL ||
        json_get_string(doc, JSON_ROOT, "Token", room, LOGIN_TOKEN_MAX, &found, err) != 0) {
        return -1;
    }
    token->len = found ? strlen(room) : 0;
    token->data[token->len] = '\0';
    return 0;
}

static int read_fields(const struct json_doc *doc, struct login *login, struct err *err)
{
    struct text_field texts[TEXTS];
    struct number_field numbers[NUMBERS];
    int64_t version = 0;
    bool found = false;
    list_fields(login, &version, texts, numbers);
    for (int i = 0; i < NUMBERS; i++) {
        if (json_get_int(doc, JSON_ROOT, numbers[i].name, numbers[i].value, &found, err) != 0) {
            return -1;
        }
    }
    for (int i = 0; i < TEXTS; i++) {
        if (json_get_string(doc, JSON_ROOT, texts[i].name, texts[i].value, texts[i].size, &found,
                            err) != 0) {
            return -1;
        }
    }
    if (version != FILE_VERSION) {
        return err_set(err, ERR_FILE, "not a login of this version");
    }
    text_clean(login->user);
    return json_get_bool(doc, JSON_ROOT, "Admin", &login->admin, err) != 0
               ? -1
               : read_token(doc, &login->token, err);
}

int login_parse(const char *text, size_t len, struct login *login, struct err *err)
{
    struct json_doc doc = {0};
    int result = json_parse(&doc, text, len, err) != 0 ? -1 : read_fields(&doc, login, err);
    json_done(&doc);
    return result;
}

int login_format(struct buf *out, const struct login *login, struct err *err)
{
    struct text_field texts[TEXTS];
    struct number_field numbers[NUMBERS];
    int64_t version = FILE_VERSION;
    list_fields((struct login *)(uintptr_t)login, &version, texts, numbers); /* only read here */
    int result = 0;
    for (int i = 0; result == 0 && i < NUMBERS; i++) {
        result = buf_add_fmt(out, err, "%s\"%s\":%lld", i == 0 ? "{" : ",", numbers[i].name,
                             (long long)*numbers[i].value);
    }
    for (int i = 0; result == 0 && i < TEXTS; i++) {
        result = buf_add_fmt(out, err, ",\"%s\":", texts[i].name) != 0
                     ? -1
                     : json_add_string(out, texts[i].value, err);
    }
    return result != 0 ||
                   buf_add_fmt(out, err,
                               ",\"Admin\":%s,\"Token\":", login->admin ? "true" : "false") != 0 ||
                   json_add_string(out, buf_str(&login->token), err) != 0
               ? -1
               : buf_add_str(out, "}\n", err);
}
