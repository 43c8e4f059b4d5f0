/* SPDX-License-Identifier: MIT */
#include "settings_portal.h"

#include "rows.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/json_write.h"
#include "net/address.h"
#include "net/http.h"
#include "net/server.h"
#include "net/url.h"

#define SYSTEM_PATH "/v3/admin/systemSettings/config"
#define TENANT_PATH "/v3/admin/tenant/"

enum { ROWS_MAX = 32, TEXT_SIZE = 256, LOG_SIZE = 4096, STEP_MS = 5, TIMEOUT_MS = 10000 };

struct row {
    char owner[PORTAL_ID_SIZE];
    char type[TEXT_SIZE];
    char key[TEXT_SIZE];
    char value[TEXT_SIZE];
};

struct settings_portal {
    struct server *server;
    struct url_origin origin;
    struct http *http;
    struct portal portal;
    pthread_t thread;
    atomic_bool stop;
    struct row rows[ROWS_MAX];
    size_t count;
    char features[TEXT_SIZE];
    struct settings_fault fault;
    char writes[LOG_SIZE];
};

static struct row *find(struct settings_portal *fake, const char *owner, const char *type,
                        const char *key)
{
    for (size_t i = 0; i < fake->count; i++) {
        struct row *row = &fake->rows[i];
        if (strcmp(row->owner, owner) == 0 && strcmp(row->key, key) == 0 &&
            (type == NULL || strcmp(row->type, type) == 0)) {
            return row;
        }
    }
    return NULL;
}

void settings_portal_put(struct settings_portal *fake, const char *owner, const char *type,
                         const char *key, const char *value)
{
    struct row *row = find(fake, owner, type, key);
    if (value == NULL) {
        if (row != NULL) {
            *row = fake->rows[--fake->count];
        }
        return;
    }
    assert_true(row != NULL || fake->count < ROWS_MAX);
    row = row != NULL ? row : &fake->rows[fake->count++];
    snprintf(row->owner, sizeof(row->owner), "%s", owner);
    snprintf(row->type, sizeof(row->type), "%s", type != NULL ? type : "");
    snprintf(row->key, sizeof(row->key), "%s", key);
    snprintf(row->value, sizeof(row->value), "%s", value);
}

const char *settings_portal_get(struct settings_portal *fake, const char *owner, const char *type,
                                const char *key)
{
    const struct row *row = find(fake, owner, type, key);
    return row != NULL ? row->value : NULL;
}

void settings_portal_set_features(struct settings_portal *fake, const char *json)
{
    snprintf(fake->features, sizeof(fake->features), "%s", json);
}

void settings_portal_fail(struct settings_portal *fake, struct settings_fault fault)
{
    fake->fault = fault;
}

const char *settings_portal_writes(struct settings_portal *fake)
{
    return fake->writes;
}

const struct portal *settings_portal_client(struct settings_portal *fake)
{
    return &fake->portal;
}

static void list_rows(struct settings_portal *fake, const char *owner, struct buf *out)
{
    struct json_writer json;
    json_writer_init(&json, out);
    json_begin_array(&json);
    for (size_t i = 0; i < fake->count; i++) {
        const struct row *row = &fake->rows[i];
        if (strcmp(row->owner, owner) == 0) {
            json_begin_object(&json);
            if (owner[0] == '\0') {
                json_put_string(&json, "Type", row->type);
            }
            json_put_string(&json, "Key", row->key);
            json_put_string(&json, "Value", row->value);
            json_end_object(&json);
        }
    }
    json_end_array(&json);
}

static void list_tenants(struct buf *out)
{
    buf_add_str(out, "[{\"AccountName\":\"dev01\",\"TenantId\":\"" DEV01_ID "\",\"PlanID\":\"p\"},"
                     "{\"AccountName\":\"dev02\",\"TenantId\":\"" DEV02_ID "\",\"PlanID\":\"p\"}]");
}

/* Splits the path of settings into owner and key. False for another path. */
static bool parse_path(const char *path, char owner[PORTAL_ID_SIZE], char key[TEXT_SIZE])
{
    key[0] = owner[0] = '\0';
    if (strncmp(path, SYSTEM_PATH, strlen(SYSTEM_PATH)) == 0) {
        sscanf(path + strlen(SYSTEM_PATH), "/%255[^\n]", key);
        return true;
    }
    return sscanf(path, TENANT_PATH "%63[^/]/metadata/%255[^\n]", owner, key) >= 1;
}

static void write_row(struct settings_portal *fake, const struct server_request *request,
                      const char *owner, const char *key)
{
    struct json_doc json;
    struct err err;
    char type[TEXT_SIZE] = "";
    char body_key[TEXT_SIZE] = "";
    char value[TEXT_SIZE] = "";
    bool found = false;
    if (strcmp(request->method, "DELETE") == 0) {
        settings_portal_put(fake, owner, NULL, key, NULL);
        return;
    }
    if (json_parse(&json, request->body, request->body_len, &err) == 0 &&
        json_get_string(&json, JSON_ROOT, "Type", type, sizeof(type), &found, &err) == 0 &&
        json_get_string(&json, JSON_ROOT, "Key", body_key, sizeof(body_key), &found, &err) == 0 &&
        json_get_string(&json, JSON_ROOT, "Value", value, sizeof(value), &found, &err) == 0) {
        settings_portal_put(fake, owner, type, body_key, value);
    }
    json_done(&json);
}

/* The status of the call, and whether it has its effect. */
static int next_status(struct settings_portal *fake, const char *method, bool *effect)
{
    struct settings_fault *fault = &fake->fault;
    *effect = true;
    if (fault->status == 0 || strcmp(fault->method, method) != 0 || fault->skip-- > 0) {
        return 200;
    }
    int status = fault->status;
    *effect = fault->effect;
    fault->status = 0;
    return status;
}

static enum server_verdict handle(void *context, const struct server_request *request,
                                  struct server_response *response)
{
    struct settings_portal *fake = context;
    char owner[PORTAL_ID_SIZE];
    char key[TEXT_SIZE];
    bool effect = true;
    bool is_read = strcmp(request->method, "GET") == 0;
    bool is_settings = parse_path(request->path, owner, key);
    response->content_type = "application/json";
    response->status = is_settings ? next_status(fake, request->method, &effect) : 200;
    if (strcmp(request->path, "/admin/GetTenantsForUser") == 0) {
        list_tenants(&response->body);
    } else if (strcmp(request->path, "/v3/features/system") == 0) {
        buf_add_str(&response->body, fake->features);
    } else if (is_settings && is_read) {
        list_rows(fake, owner, &response->body);
    } else if (is_settings) {
        size_t used = strlen(fake->writes);
        snprintf(fake->writes + used, sizeof(fake->writes) - used, "%s %s\n", request->method,
                 request->path);
        if (effect) {
            write_row(fake, request, owner, key);
        }
    }
    return SERVER_RESPOND;
}

static void *serve(void *context)
{
    struct settings_portal *fake = context;
    while (!atomic_load(&fake->stop)) {
        struct pollfd fd = {.fd = server_fd(fake->server), .events = POLLIN};
        poll(&fd, 1, STEP_MS);
        server_run(fake->server);
    }
    return NULL;
}

int settings_portal_setup(void **state)
{
    struct settings_portal *fake = calloc(1, sizeof(*fake));
    struct address address;
    struct err err = {0};
    char text[ADDRESS_TEXT_SIZE];
    char url[ADDRESS_TEXT_SIZE + 8];
    assert_non_null(fake);
    const struct server_options options = {.connections_max = 8,
                                           .header_max = 16 << 10,
                                           .body_max = 16 << 10,
                                           .timeout_ms = TIMEOUT_MS,
                                           .context = fake,
                                           .handle = handle};
    const struct http_options http_options = {.timeout_ms = TIMEOUT_MS};
    fake->server = server_new(&options, &err);
    assert_non_null(fake->server);
    assert_int_equal(address_parse(&address, "127.0.0.1:0", &err), 0);
    assert_int_equal(server_listen(fake->server, &address, &err), 0);
    address_format(&address, text);
    snprintf(url, sizeof(url), "http://%s", text);
    assert_int_equal(url_parse_origin(url, &fake->origin, &err), 0);
    fake->http = http_new(&http_options, &err);
    assert_non_null(fake->http);
    fake->portal = (struct portal){.http = fake->http, .api = &fake->origin, .token = "token"};
    settings_portal_set_features(fake, "{}");
    assert_int_equal(pthread_create(&fake->thread, NULL, serve, fake), 0);
    *state = fake;
    return 0;
}

int settings_portal_teardown(void **state)
{
    struct settings_portal *fake = *state;
    atomic_store(&fake->stop, true);
    pthread_join(fake->thread, NULL);
    http_free(fake->http);
    server_free(fake->server);
    free(fake);
    return 0;
}
