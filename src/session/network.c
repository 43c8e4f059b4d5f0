/* SPDX-License-Identifier: MIT */
#include "session/network.h"

#include <stddef.h>

#include "base/err.h"
#include "cli/args.h"
#include "net/http.h"

enum { TIMEOUT_DEFAULT_MS = 20000 };

int network_read(struct network *network, const struct args *args, struct err *err)
{
    *network = (struct network){.args = args};
    return args_duration_ms(args, OPTION_TIMEOUT, TIMEOUT_DEFAULT_MS, &network->timeout_ms, err) !=
                   0
               ? -1
               : args_duration_ms(args, OPTION_WAIT, 0, &network->wait_ms, err);
}

int64_t network_longest_ms(const struct network *network)
{
    return network->wait_ms > network->timeout_ms ? network->wait_ms : network->timeout_ms;
}

/* Every --resolve, else the variable. Returns how many. */
static int list_resolve(const struct args *args, const char *out[ARGS_GIVEN_MAX])
{
    int count = 0;
    for (int i = 0; i < args->given_count; i++) {
        if (args->given[i].id == OPTION_RESOLVE) {
            out[count++] = args->given[i].value;
        }
    }
    const char *variable = args_variable_text(args, OPTION_RESOLVE);
    if (count == 0 && variable != NULL) {
        out[count++] = variable;
    }
    return count;
}

int network_check_resolve(const struct args *args, struct err *err)
{
    const char *resolve[ARGS_GIVEN_MAX];
    int count = list_resolve(args, resolve);
    for (int i = 0; i < count; i++) {
        if (http_check_resolve(resolve[i], err) != 0) {
            return err_wrap(err, "--%s", options[OPTION_RESOLVE].name);
        }
    }
    return 0;
}

/* --ca-file, else what other tools read. The name goes into messages. */
static const char *find_ca_file(const struct args *args, const char **name)
{
    static const char *const variables[] = {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE"};
    const char *path = args_text(args, OPTION_CA_FILE);
    *name = args_given(args, OPTION_CA_FILE) ? "--ca-file" : options[OPTION_CA_FILE].variable;
    for (size_t i = 0; path == NULL && i < sizeof(variables) / sizeof(variables[0]); i++) {
        path = args_environment(args, variables[i]);
        *name = variables[i];
    }
    return path;
}

/* http NULL: only checks. */
static int start(const struct network *network, struct http **http, struct err *err)
{
    const char *resolve[ARGS_GIVEN_MAX];
    const char *ca_name = NULL;
    const char *ca_file = find_ca_file(network->args, &ca_name);
    if (network_check_resolve(network->args, err) != 0) {
        return -1;
    }
    const struct http_options http_options = {
        .ca_file = ca_file,
        .resolve = resolve,
        .resolve_count = list_resolve(network->args, resolve),
        .timeout_ms = network->timeout_ms,
        .wait_ms = network->wait_ms,
    };
    if (http == NULL && http_check(&http_options, err) == 0) {
        return 0;
    }
    if (http != NULL && (*http = http_new(&http_options, err)) != NULL) {
        return 0;
    }
    return err->kind == ERR_FILE && ca_file != NULL ? err_wrap(err, "%s", ca_name) : -1;
}

int network_check(const struct network *network, struct err *err)
{
    return start(network, NULL, err);
}

struct http *network_start(void *network, struct err *err)
{
    struct http *http = NULL;
    return start(network, &http, err) == 0 ? http : NULL;
}
