/* SPDX-License-Identifier: MIT */
#include "broker/cache_entry.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/json_fields.h"
#include "base/json_write.h"

enum { FIELDS = 11, ENTRY_VERSION = 1, STALE_LEFT_S = 20 * 60 };

/* The fields of an entry, in the order that they are written in. */
static void list_fields(struct cache_entry *entry, int64_t *version,
                        struct json_field fields[FIELDS])
{
    struct aws_credentials *creds = &entry->creds;
    const struct json_field list[FIELDS] = {
        {"Version", .number = version},
        {"ObtainedAt", .number = &entry->obtained_s},
        {"ExpiresAt", .number = &creds->expiration_s},
        {"Lifetime", .number = &creds->lifetime_s},
        {"Portal", entry->portal, sizeof(entry->portal), NULL},
        {"Scope", entry->scope, sizeof(entry->scope), NULL},
        {"TenantId", entry->tenant_id, sizeof(entry->tenant_id), NULL},
        {"AccessKeyId", creds->access_key_id, sizeof(creds->access_key_id), NULL},
        {"SecretAccessKey", creds->secret_access_key, sizeof(creds->secret_access_key), NULL},
        {"SessionToken", creds->session_token, sizeof(creds->session_token), NULL},
        {"Region", creds->region, sizeof(creds->region), NULL},
    };
    memcpy(fields, list, sizeof(list));
}

static int read_fields(const struct json_doc *doc, struct cache_entry *entry, struct err *err)
{
    struct json_field fields[FIELDS];
    int64_t version = 0;
    list_fields(entry, &version, fields);
    if (json_read_fields(doc, fields, FIELDS, err) != 0) {
        return -1;
    }
    if (version != ENTRY_VERSION || entry->obtained_s < 0) {
        return err_set(err, ERR_FILE, "not a cache entry of this version");
    }
    const struct aws_credentials *creds = &entry->creds;
    if (creds->lifetime_s <= 0 || creds->lifetime_s > AWS_LIFETIME_MAX_S ||
        creds->expiration_s < 0 || creds->expiration_s > CLOCK_LAST_S) {
        return err_set(err, ERR_FILE, "no format can express the times of the cache entry");
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

void cache_entry_format(struct buf *out, const struct cache_entry *entry)
{
    struct json_field fields[FIELDS];
    struct json_writer writer;
    int64_t version = ENTRY_VERSION;
    list_fields((struct cache_entry *)(uintptr_t)entry, &version, fields); /* only read here */
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_put_fields(&writer, fields, FIELDS);
    json_end_object(&writer);
    buf_add_char(out, '\n');
}

int64_t cache_entry_left_s(const struct cache_entry *entry, int64_t now_s)
{
    int64_t age_s = now_s - entry->obtained_s;
    return age_s < 0 || age_s >= entry->creds.lifetime_s ? 0 : entry->creds.lifetime_s - age_s;
}

bool cache_entry_is_fresh(const struct cache_entry *entry, int64_t now_s)
{
    int64_t half_s = entry->creds.lifetime_s / 2;
    int64_t least_s = half_s < STALE_LEFT_S ? half_s : STALE_LEFT_S;
    int64_t left_s = cache_entry_left_s(entry, now_s);
    return left_s > 0 && left_s >= least_s;
}
