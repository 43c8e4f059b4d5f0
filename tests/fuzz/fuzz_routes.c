/* SPDX-License-Identifier: MIT */
/* Requests to the credential endpoint: secrets are sent only to a client with the right
 * Authorization, or with a valid token of the metadata service, that names this machine and is no
 * browser or proxy; a body that is called JSON is JSON. */
#include "raw_request.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "net/address.h"
#include "serve/access.h"
#include "serve/imds.h"
#include "serve/profile_list.h"
#include "serve/profile_set.h"
#include "serve/routes.h"

#define AUTH "right-authorization-0123456789"
#define SECRET "canarySecretAccessKey"

enum { NOW_MS = 1000000 };

static uint32_t no_random(void)
{
    return 0;
}

static void fill(struct profile_set *set)
{
    const struct aws_credentials creds = {.expiration_s = 1900000000,
                                          .lifetime_s = 3600,
                                          .region = "us-west-2",
                                          .access_key_id = "ASIA",
                                          .secret_access_key = SECRET,
                                          .session_token = "session"};
    struct err err = {0};
    static struct profile_list list;
    const struct scope scope = {.kind = SCOPE_ADMIN};
    FUZZ_CHECK(profile_list_add(&list, "default", &scope, &err) == 0);
    FUZZ_CHECK(profile_list_add(&list, "b-c", &scope, &err) == 0);
    FUZZ_CHECK(profile_set_init(set, &list, no_random, &err) == 0);
    FUZZ_CHECK(profile_set_succeed(set, 0, &creds, 3600, NOW_MS, 1800000000));
    FUZZ_CHECK(profile_set_succeed(set, 1, &creds, 3600, NOW_MS, 1800000000));
}

static void check_response(const struct routes *routes, const struct raw_request *raw,
                           const struct server_response *response, bool quit)
{
    const struct server_request *request = &raw->request;
    const char *given = server_header(request, "Authorization");
    const char *imds = server_header(request, "X-aws-ec2-metadata-token");
    bool authorized = given != NULL && strcmp(given, AUTH) == 0;
    bool imds_valid = imds != NULL && imds_check_token(routes->imds, NOW_MS, imds);
    bool direct = access_find_forwarded(request) == NULL &&
                  access_host_allowed(server_header(request, "Host"), routes->addresses, 1);
    bool secret = strstr(buf_str(&response->body), SECRET) != NULL;
    struct err err = {0};
    size_t nodes = 0;
    FUZZ_CHECK(!secret || (direct && (authorized || imds_valid)));
    FUZZ_CHECK(!quit || (direct && authorized && strcmp(request->method, "POST") == 0));
    FUZZ_CHECK(response->status >= 200 && response->status <= 503);
    if (response->content_type != NULL && strcmp(response->content_type, "application/json") == 0) {
        FUZZ_CHECK(json_check(buf_str(&response->body), response->body.len, &nodes, &err) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct profile_set set;
    static struct imds imds = {{1}};
    struct address address;
    struct raw_request raw;
    struct server_response response = {.status = 500};
    struct err err = {0};
    char token[IMDS_TOKEN_SIZE];
    bool quit = false;
    if (set.list == NULL) {
        fill(&set);
    }
    FUZZ_CHECK(address_parse(&address, "127.0.0.1:9911", &err) == 0);
    FUZZ_CHECK(imds_make_token(&imds, NOW_MS, 60, token));
    const struct routes routes = {.profile_set = &set,
                                  .auth_token = AUTH,
                                  .addresses = &address,
                                  .address_count = 1,
                                  .imds = &imds,
                                  .may_quit = true};
    raw_request_read(&raw, fuzz_begin(data, len), token);
    buf_init(&response.body, 1 << 20);
    if (routes_respond(&routes, &raw.request, NOW_MS, &response, &quit) == SERVER_RESPOND) {
        check_response(&routes, &raw, &response, quit);
    }
    buf_done(&response.body);
    raw_request_done(&raw);
    return 0;
}
