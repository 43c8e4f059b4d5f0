/* SPDX-License-Identifier: MIT */
#include "portal/client.h"

#include <stddef.h>

#include "net/http.h"

int portal_client_start(struct portal_client *client, struct err *err)
{
    if (client->http == NULL) {
        client->http = client->start(client->context, err);
    }
    return client->http != NULL ? 0 : -1;
}

int portal_client_use(struct portal_client *client, const char *token, const char *otp,
                      struct portal *portal, struct err *err)
{
    if (portal_client_start(client, err) != 0) {
        return -1;
    }
    *portal = (struct portal){.http = client->http,
                              .api = client->api,
                              .token = token,
                              .otp = otp,
                              .hints = client->hints};
    return 0;
}

void portal_client_limit(struct portal_client *client, int64_t deadline_ms)
{
    if (client->http != NULL && deadline_ms < INT64_MAX) {
        http_limit(client->http, deadline_ms);
    }
}

void portal_client_drop(struct portal_client *client)
{
    if (client->http != NULL) {
        http_free(client->http);
        client->http = NULL;
    }
}
