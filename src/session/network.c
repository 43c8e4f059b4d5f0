/* SPDX-License-Identifier: MIT */
#include "session/network.h"

#include <stddef.h>

#include "base/err.h"
#include "cli/args.h"
#include "net/http.h"
#include "session/confinement.h"
#include "session/session_options.h"

enum { TIMEOUT_DEFAULT_MS = 20000, RESOLVE_MAX = 256 };

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

/* Every --resolve, else the variable. Returns how many, or -1 with ERR_USAGE. */
static int list_resolve(const struct args *args, const char *out[RESOLVE_MAX], struct err *err)
{
    int count = 0;
    for (int i = 0; i < args->given_count; i++) {
        if (args->given[i].id != OPTION_RESOLVE) {
            continue;
        }
        if (count == RESOLVE_MAX) {
            return err_set(err, ERR_USAGE, "more than %d addresses", RESOLVE_MAX);
        }
        out[count++] = args->given[i].value;
    }
    const char *variable = args_variable_text(args, OPTION_RESOLVE);
    if (count == 0 && variable != NULL) {
        out[count++] = variable;
    }
    return count;
}

int network_check_resolve(const struct args *args, struct err *err)
{
    const char *resolve[RESOLVE_MAX];
    int count = list_resolve(args, resolve, err);
    int result = count < 0 ? -1 : 0;
    for (int i = 0; result == 0 && i < count; i++) {
        result = http_check_resolve(resolve[i], err);
    }
    return result == 0 ? 0 : args_blame(args, OPTION_RESOLVE, err);
}

/* ERR_USAGE is about the values of --resolve, ERR_FILE about the CA file. */
static int blame(const struct network *network, struct err *err)
{
    const char *ca_name = NULL;
    if (err->kind == ERR_USAGE) {
        return args_blame(network->args, OPTION_RESOLVE, err);
    }
    const char *path = session_ca_file(network->args, &ca_name);
    return err->kind == ERR_FILE && path != NULL ? err_wrap(err, "%s", ca_name) : -1;
}

bool network_has_ca_file(const struct network *network)
{
    const char *ignored = NULL;
    return session_ca_file(network->args, &ignored) != NULL;
}

/* resolve has the texts that the options point to. */
static int make_options(const struct network *network, const char *resolve[RESOLVE_MAX],
                        struct http_options *http_options, struct err *err)
{
    const char *ca_name = NULL;
    *http_options = (struct http_options){
        .ca_file = session_ca_file(network->args, &ca_name),
        .resolve = resolve,
        .resolve_count = list_resolve(network->args, resolve, err),
        .timeout_ms = network->timeout_ms,
        .no_pauses = network->no_pauses,
        .wait_ms = network->wait_ms,
    };
    return http_options->resolve_count < 0 ? blame(network, err) : 0;
}

int network_check(const struct network *network, struct err *err)
{
    const char *resolve[RESOLVE_MAX];
    struct http_options http_options;
    if (make_options(network, resolve, &http_options, err) != 0) {
        return -1;
    }
    return http_check(&http_options, err) != 0 ? blame(network, err) : 0;
}

struct http *network_start(void *context, struct err *err)
{
    struct network *network = context;
    const char *resolve[RESOLVE_MAX];
    struct http_options http_options;
    if (network->closed) {
        err_set(err, ERR_UNAVAILABLE, "none are cached, and the portal allows no request yet");
        return NULL;
    }
    if (make_options(network, resolve, &http_options, err) != 0) {
        return NULL;
    }
    hints_fill(&network->hints, network->args);
    http_options.hints = network->hints.http;
    if (!network->quiet) {
        http_options.progress = wait_line_progress(&network->wait_line);
    }
    struct http *http = http_new(&http_options, err);
    if (http == NULL) {
        blame(network, err);
    } else if (!network->unconfined) {
        confinement_enter(network->args, CONFINEMENT_CALLS);
        network->unconfined = true; /* once */
    }
    return http;
}

void network_confine(void *context)
{
    struct network *network = context;
    if (network->late) {
        confinement_enter(network->args, CONFINEMENT_PERSON);
        network->late = false;
    }
}
