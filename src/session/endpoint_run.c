/* SPDX-License-Identifier: MIT */
#include "session/endpoint_run.h"

#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/process.h"
#include "base/text.h"
#include "net/address.h"
#include "serve/endpoint.h"
#include "session/endpoint_session.h"

/* Whether a directory or one above it belongs to another user. */
static bool is_in_foreign_dir(const char *path)
{
    char dir[PATH_MAX];
    char above[PATH_MAX];
    struct stat info;
    struct err ignored;
    bool more = text_copy(dir, sizeof(dir), path);
    while (more) {
        if (stat(dir, &info) == 0 && info.st_uid != geteuid()) {
            return true;
        }
        more = fs_dirname(dir, above, &ignored) == 0 && strcmp(dir, above) != 0;
        text_copy(dir, sizeof(dir), above);
    }
    return false;
}

/* If root runs the endpoint, renewals may need files of other users. All ports are open by now. */
static void drop_rights(const struct endpoint_session *session)
{
    const struct args *args = session->session.args;
    const struct cache *cache = session->session.cache;
    unsigned int rights = 0;
    if (args_text(args, OPTION_TOKEN_FILE) != NULL || session->config.agent != NULL ||
        network_has_ca_file(&session->session.network) || session->config.exit_with_file != NULL) {
        rights |= PROCESS_DAC_READ_SEARCH;
    }
    if (cache != NULL && is_in_foreign_dir(cache->dir)) {
        rights |= PROCESS_DAC_OVERRIDE;
    }
    if (session->file != NULL) {
        rights |= PROCESS_DAC_OVERRIDE | PROCESS_CHOWN | PROCESS_FOWNER;
    }
    process_keep_rights(rights);
}

static void set_signals(struct endpoint_config *config)
{
    sigemptyset(&config->signals);
    sigaddset(&config->signals, SIGTERM);
    sigaddset(&config->signals, SIGINT);
    sigaddset(&config->signals, SIGHUP);
}

int endpoint_session_serve(struct endpoint_session *session,
                           int (*ready)(const struct endpoint_session *session, struct err *err),
                           struct err *err)
{
    struct endpoint_config *config = &session->config;
    char address[ADDRESS_TEXT_SIZE];
    set_signals(config);
    struct endpoint *endpoint = endpoint_new(config, err);
    if (endpoint == NULL) {
        return -1;
    }
    for (int i = 0; i < config->address_count; i++) {
        address_format(&config->addresses[i], address);
        log_note("listening on %s", address);
    }
    int result = ready != NULL ? ready(session, err) : 0;
    if (result == 0) {
        drop_rights(session);
        result = endpoint_run(endpoint, err);
    }
    endpoint_free(endpoint);
    return result;
}
