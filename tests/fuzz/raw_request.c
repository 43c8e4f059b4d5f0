/* SPDX-License-Identifier: MIT */
#include "raw_request.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/percent.h"

static const char *find(const void *fields, bool query, const char *name)
{
    const struct raw_request *raw = fields;
    for (int i = 0; i < raw->count; i++) {
        const struct raw_field *field = &raw->fields[i];
        if (field->query == query && (query ? strcmp : strcasecmp)(field->name, name) == 0) {
            return field->value;
        }
    }
    return NULL;
}

/* Splits a text at the first separator; the rest is "" without one. */
static char *split(char *text, const char *separator)
{
    char *at = strstr(text, separator);
    if (at == NULL) {
        return text + strlen(text);
    }
    *at = '\0';
    return at + strlen(separator);
}

static void add_field(struct raw_request *raw, bool query, const char *name, const char *value)
{
    if (raw->count < RAW_REQUEST_FIELDS) {
        raw->fields[raw->count++] = (struct raw_field){query, name, value};
    }
}

static void read_query(struct raw_request *raw, char *query)
{
    while (*query != '\0') {
        char *next = split(query, "&");
        char *value = split(query, "=");
        percent_decode(value);
        add_field(raw, true, query, value);
        query = next;
    }
}

/* The handlers look up who has the other end of a connection: this process. */
static int connected(void)
{
    static int fd = -1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    if (fd < 0) {
        int listener = socket(AF_INET, SOCK_STREAM, 0);
        int client = socket(AF_INET, SOCK_STREAM, 0);
        FUZZ_CHECK(bind(listener, (struct sockaddr *)&address, len) == 0);
        FUZZ_CHECK(listen(listener, 1) == 0);
        FUZZ_CHECK(getsockname(listener, (struct sockaddr *)&address, &len) == 0);
        FUZZ_CHECK(connect(client, (struct sockaddr *)&address, len) == 0);
        fd = accept(listener, NULL, NULL);
    }
    return fd;
}

void raw_request_read(struct raw_request *raw, struct fuzz_input input, const char *token)
{
    memset(raw, 0, sizeof(*raw));
    fuzz_line(&input, raw->line, sizeof(raw->line));
    char *path = split(raw->line, " ");
    read_query(raw, split(path, "?"));
    percent_decode(path);
    for (int i = 0; i < RAW_REQUEST_FIELDS; i++) {
        fuzz_line(&input, raw->lines[i], sizeof(raw->lines[i]));
        if (raw->lines[i][0] == '\0') {
            break;
        }
        const char *value = split(raw->lines[i], ": ");
        add_field(raw, false, raw->lines[i], strcmp(value, "$TOKEN") == 0 ? token : value);
    }
    size_t len = 0;
    raw->body = fuzz_part(&input, &len);
    raw->request = (struct server_request){
        .method = raw->line,
        .path = path,
        .body = raw->body,
        .body_len = len,
        .fd = connected(),
        .fields = raw,
        .find = find,
    };
}

void raw_request_done(struct raw_request *raw)
{
    free(raw->body);
}
