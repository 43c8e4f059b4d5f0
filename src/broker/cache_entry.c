/* SPDX-License-Identifier: MIT */
#include "broker/cache_entry.h"

#include <string.h>

#include "aws/credentials.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/json_fields.h"
#include "base/json_write.h"
#include "kube/kube_access.h"
#include "portal/issued.h"

enum {
    FIELDS_MAX = 18,
    ENTRY_VERSION = 1,
    AWS_STALE_LEFT_S = 20 * 60,
    KUBE_STALE_LEFT_S = 5 * 60,
};

struct fields {
    struct json_field list[FIELDS_MAX];
    size_t count;
};

static void add_number(struct fields *fields, const char *name, int64_t *number)
{
    fields->list[fields->count++] = (struct json_field){.name = name, .number = number};
}

static void add_text(struct fields *fields, const char *name, char *text, size_t size)
{
    fields->list[fields->count++] = (struct json_field){name, text, size, NULL};
}

static void add_aws(struct fields *fields, struct aws_credentials *creds)
{
    add_text(fields, "AccessKeyId", creds->access_key_id, sizeof(creds->access_key_id));
    add_text(fields, "SecretAccessKey", creds->secret_access_key, sizeof(creds->secret_access_key));
    add_text(fields, "SessionToken", creds->session_token, sizeof(creds->session_token));
    add_text(fields, "Region", creds->region, sizeof(creds->region));
}

static void add_kube(struct fields *fields, struct kube_access *access)
{
    add_text(fields, "Cluster", access->name, sizeof(access->name));
    add_text(fields, "Server", access->server, sizeof(access->server));
    add_text(fields, "Namespace", access->default_namespace, sizeof(access->default_namespace));
    add_text(fields, "CertificateAuthority", access->ca, sizeof(access->ca));
    add_text(fields, "Token", access->token, sizeof(access->token));
}

/* The fields of an entry, in the order that they are written in. */
static void list_fields(struct fields *fields, struct cache_entry *entry,
                        const struct issued *issued, int64_t *version)
{
    fields->count = 0;
    add_number(fields, "Version", version);
    add_number(fields, "ObtainedAt", &entry->obtained_s);
    add_number(fields, "ExpiresAt", &entry->expiration_s);
    add_number(fields, "Lifetime", &entry->lifetime_s);
    add_text(fields, "Portal", entry->portal, sizeof(entry->portal));
    add_text(fields, "Scope", entry->scope, sizeof(entry->scope));
    add_text(fields, "TenantId", entry->tenant_id, sizeof(entry->tenant_id));
    if (issued != NULL && issued->aws != NULL) {
        add_aws(fields, issued->aws);
    }
    if (issued != NULL && issued->kube != NULL) {
        add_kube(fields, issued->kube);
    }
    if (issued != NULL && issued->link != NULL) {
        add_number(fields, "ConsoleUrlObtainedAt", &issued->link->obtained_s);
        add_text(fields, "ConsoleUrl", issued->link->url, sizeof(issued->link->url));
    }
}

/* Checks the credentials and gives them the times of the entry. */
static int check_issued(const struct cache_entry *entry, const struct issued *issued,
                        struct err *err)
{
    if (issued != NULL && issued->aws != NULL) {
        issued->aws->expiration_s = entry->expiration_s;
        issued->aws->lifetime_s = entry->lifetime_s;
        return aws_credentials_check(issued->aws, err);
    }
    if (issued != NULL && issued->kube != NULL) {
        issued->kube->expiration_s = entry->expiration_s;
        issued->kube->lifetime_s = entry->lifetime_s;
        return kube_access_check(issued->kube, err);
    }
    return 0;
}

static int read_entry(const struct json_doc *doc, struct cache_entry *entry,
                      const struct issued *issued, struct err *err)
{
    struct fields fields;
    int64_t version = 0;
    list_fields(&fields, entry, issued, &version);
    if (json_read_fields(doc, fields.list, fields.count, err) != 0) {
        return -1;
    }
    if (version != ENTRY_VERSION || entry->obtained_s < 0) {
        return err_set(err, ERR_FILE, "not a cache entry of this version");
    }
    if (entry->lifetime_s <= 0 || entry->lifetime_s > AWS_LIFETIME_MAX_S ||
        entry->expiration_s < 0 || entry->expiration_s > CLOCK_LAST_S) {
        return err_set(err, ERR_FILE, "no format can express the times of the cache entry");
    }
    return check_issued(entry, issued, err);
}

int cache_entry_parse(const char *text, size_t len, struct cache_entry *entry,
                      const struct issued *issued, struct err *err)
{
    struct json_doc doc = {0};
    *entry = (struct cache_entry){0};
    if (issued != NULL && issued->link != NULL) {
        issued->link->obtained_s = 0;
    }
    int result = json_parse(&doc, text, len, err) != 0 ? -1 : read_entry(&doc, entry, issued, err);
    json_done(&doc);
    if (result != 0 && issued != NULL) {
        issued_wipe(issued);
    }
    return result;
}

void cache_entry_format(struct buf *out, const struct cache_entry *entry,
                        const struct issued *issued)
{
    struct fields fields;
    struct json_writer writer;
    int64_t version = ENTRY_VERSION;
    /* Only read here. */
    list_fields(&fields, (struct cache_entry *)(uintptr_t)entry, issued, &version);
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_put_fields(&writer, fields.list, fields.count);
    json_end_object(&writer);
    buf_add_char(out, '\n');
}

int64_t cache_entry_left_s(const struct cache_entry *entry, int64_t now_s)
{
    int64_t age_s = now_s - entry->obtained_s;
    return age_s < 0 || age_s >= entry->lifetime_s ? 0 : entry->lifetime_s - age_s;
}

bool cache_entry_is_fresh(const struct cache_entry *entry, int64_t now_s)
{
    int64_t stale_left_s =
        scope_key_is_kubernetes(entry->scope) ? KUBE_STALE_LEFT_S : AWS_STALE_LEFT_S;
    int64_t half_s = entry->lifetime_s / 2;
    int64_t least_s = half_s < stale_left_s ? half_s : stale_left_s;
    int64_t left_s = cache_entry_left_s(entry, now_s);
    return left_s > 0 && left_s >= least_s;
}
