/* SPDX-License-Identifier: MIT */
#include "jit/cache_entry.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "jit/cache.h"

/* The fields of an entry, in the order that they are written in. */
struct text_field {
    const char *name;
    char *value;
    size_t size;
};

struct number_field {
    const char *name;
    int64_t *value;
};

enum { TEXT_FIELDS = 7, NUMBER_FIELDS = 4, ENTRY_VERSION = 1 };

static void list_fields(struct cache_entry *entry, int64_t *version,
                        struct text_field texts[TEXT_FIELDS],
                        struct number_field numbers[NUMBER_FIELDS])
{
    struct aws_credentials *creds = &entry->creds;
    const struct number_field number_list[NUMBER_FIELDS] = {
        {"Version", version},
        {"ObtainedAt", &entry->obtained_s},
        {"ExpiresAt", &creds->expiration_s},
        {"Lifetime", &creds->lifetime_s},
    };
    const struct text_field text_list[TEXT_FIELDS] = {
        {"Portal", entry->portal, sizeof(entry->portal)},
        {"Scope", entry->scope, sizeof(entry->scope)},
        {"TenantId", entry->tenant_id, sizeof(entry->tenant_id)},
        {"AccessKeyId", creds->access_key_id, sizeof(creds->access_key_id)},
        {"SecretAccessKey", creds->secret_access_key, sizeof(creds->secret_access_key)},
        {"SessionToken", creds->session_token, sizeof(creds->session_token)},
        {"Region", creds->region, sizeof(creds->region)},
    };
    for (int i = 0; i < NUMBER_FIELDS; i++) {
        numbers[i] = number_list[i];
    }
    for (int i = 0; i < TEXT_FIELDS; i++) {
        texts[i] = text_list[i];
    }
}

static int read_fields(const struct json_doc *doc, struct cache_entry *entry, struct err *err)
{
    struct text_field texts[TEXT_FIELDS];
    struct number_field numbers[NUMBER_FIELDS];
    int64_t version = 0;
    bool found = false;
    list_fields(entry, &version, texts, numbers);
    for (int i = 0; i < NUMBER_FIELDS; i++) {
        if (json_get_int(doc, JSON_ROOT, numbers[i].name, numbers[i].value, &found, err) != 0) {
            return -1;
        }
    }
    for (int i = 0; i < TEXT_FIELDS; i++) {
        if (json_get_string(doc, JSON_ROOT, texts[i].name, texts[i].value, texts[i].size, &found,
                            err) != 0) {
            return -1;
        }
    }
    if (version != ENTRY_VERSION || entry->creds.lifetime_s <= 0 || entry->obtained_s < 0) {
        return err_set(err, ERR_FILE, "not a cache entry of this version");
    }
    return aws_credentials_check(&entry->creds, err);
}

int cache_entry_parse(const char *text, size_t len, struct cache_entry *entry, struct err *err)
{
    struct json_doc doc = {0};
    *entry = (struct cache_entry){0};
    int result = json_parse(&doc, text, len, err) != 0 ? -1 : read_fields(&doc, entry, err);
    json_done(&doc);
    if (result != 0) {
        aws_credentials_wipe(&entry->creds);
    }
    return result;
}

int cache_entry_format(struct buf *out, const struct cache_entry *entry, struct err *err)
{
    struct text_field texts[TEXT_FIELDS];
    struct number_field numbers[NUMBER_FIELDS];
    int64_t version = ENTRY_VERSION;
    struct cache_entry copy = *entry;
    list_fields(&copy, &version, texts, numbers);
    int result = 0;
    for (int i = 0; result == 0 && i < NUMBER_FIELDS; i++) {
        result = buf_add_fmt(out, err, "%s\"%s\":%lld", i == 0 ? "{" : ",", numbers[i].name,
                             (long long)*numbers[i].value);
    }
    for (int i = 0; result == 0 && i < TEXT_FIELDS; i++) {
        result = buf_add_fmt(out, err, ",\"%s\":", texts[i].name) != 0
                     ? -1
                     : json_add_string(out, texts[i].value, err);
    }
    aws_credentials_wipe(&copy.creds);
    return result != 0 ? -1 : buf_add_str(out, "}\n", err);
}
