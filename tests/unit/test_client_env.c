/* SPDX-License-Identifier: MIT */
/* The variables that a client of the endpoint needs. */
#include "rows.h"

#include "base/buf.h"
#include "base/err.h"
#include "net/address.h"
#include "serve/client_env.h"
#include "serve/endpoint.h"
#include "serve/profile_list.h"

static const struct {
    const char *name;
    const char *listening;
    const char *profile; /* beside "other"; NULL: "other" is the only one */
    bool imds;
    const char *token_file;
    const char *want;
} rows[] = {
    {"the default profile", "127.0.0.1:9911", NULL, false, "/run/token",
     "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:9911/\n"
     "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/run/token\n"},
    {"a profile", "127.0.0.1:9911", "app", false, "/run/token",
     "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:9911/p/app\n"
     "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/run/token\n"},
    {"a name with reserved characters", "127.0.0.1:1", "team/a-b_c.d%e@f:g+h", false, "/t",
     "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:1/p/team/a-b_c.d%25e@f:g+h\n"
     "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/t\n"},
    {"all addresses", "0.0.0.0:80", NULL, true, "/t",
     "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:80/\n"
     "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/t\n"
     "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:80\n"},
    {"all IPv6 addresses", "[::]:80", NULL, true, NULL,
     "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://[::1]:80\n"},
    {"no token file, no metadata service", "127.0.0.1:80", NULL, false, NULL, ""},
};

static void lists_variables(void **state)
{
    const struct scope scope = {.kind = SCOPE_ADMIN};
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct profile_list profiles = {0};
        struct address address;
        struct buf out;
        struct err err;
        if (rows[i].profile != NULL) {
            row_int(rows[i].name, profile_list_add(&profiles, rows[i].profile, &scope, &err), 0);
        }
        row_int(rows[i].name, profile_list_add(&profiles, "other", &scope, &err), 0);
        row_int(rows[i].name, address_parse(&address, rows[i].listening, &err), 0);
        const struct endpoint_config config = {
            .profiles = &profiles, .addresses = &address, .address_count = 1, .imds = rows[i].imds};
        buf_init(&out, 1 << 20);
        client_env_add(&out, &config, rows[i].token_file);
        row_text(rows[i].name, buf_str(&out), rows[i].want);
        buf_done(&out);
        profile_list_done(&profiles);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lists_variables)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
