/* SPDX-License-Identifier: MIT */
/* A saved login as JSON. */
#include <string.h>

#include "base/json.h"
#include "base/json_fields.h"
#include "base/json_write.h"
#include "base/text.h"
#include "login/saved_login.h"

enum { FIELDS = 9, FILE_VERSION = 1 };

static void list_fields(struct saved_login *login, int64_t *version,
                        struct json_field fields[FIELDS])
{
    const struct json_field list[FIELDS] = {
        {"Version", .number = version},
        {"ObtainedAt", .number = &login->obtained_s},
        {"Generation", .number = &login->generation},
        {"FailureKind", .number = &login->failure_kind},
        {"Portal", login->portal, sizeof(login->portal), NULL},
        {"CacheOwner", login->cache_owner_id, sizeof(login->cache_owner_id), NULL},
        {"User", login->user, sizeof(login->user), NULL},
        {"Otp", login->otp, sizeof(login->otp), NULL},
        {"Failure", login->failure, sizeof(login->failure), NULL},
    };
    memcpy(fields, list, sizeof(list));
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

static int read_fields(const struct json_doc *doc, struct saved_login *login, struct err *err)
{
    struct json_field fields[FIELDS];
    int64_t version = 0;
    list_fields(login, &version, fields);
    if (json_read_fields(doc, fields, FIELDS, err) != 0) {
        return -1;
    }
    if (version != FILE_VERSION) {
        return err_set(err, ERR_FILE, "not a saved login of this version");
    }
    text_clean(login->user);
    return json_get_bool(doc, JSON_ROOT, "Admin", &login->admin, err) != 0
               ? -1
               : read_token(doc, &login->token, err);
}

int saved_login_parse(const char *text, size_t len, struct saved_login *login, struct err *err)
{
    struct json_doc doc = {0};
    int result = json_parse(&doc, text, len, err) != 0 ? -1 : read_fields(&doc, login, err);
    json_done(&doc);
    return result;
}

void saved_login_format(struct buf *out, const struct saved_login *login)
{
    struct json_field fields[FIELDS];
    struct json_writer writer;
    int64_t version = FILE_VERSION;
    list_fields((struct saved_login *)(uintptr_t)login, &version, fields); /* only read here */
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_put_fields(&writer, fields, FIELDS);
    json_put_bool(&writer, "Admin", login->admin);
    json_put_string(&writer, "Token", buf_str(&login->token));
    json_end_object(&writer);
    buf_add_char(out, '\n');
}
