/* SPDX-License-Identifier: MIT */
#include "session/confinement.h"

#include <stddef.h>

#include "aws/shared_file.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/sandbox.h"
#include "cli/args.h"
#include "cli/command.h"
#include "net/trust.h"
#include "session/session_options.h"
#include "session/token_reviews.h"

/* The name server may change while the process waits for the portal. */
static void allow_resolver(struct sandbox *sandbox)
{
    sandbox_allow(sandbox, "/etc", SANDBOX_READ);
    sandbox_allow_file(sandbox, "/etc/resolv.conf", SANDBOX_READ);
    sandbox_allow_file(sandbox, "/etc/hosts", SANDBOX_READ);
}

static void allow_cache(struct sandbox *sandbox, const struct args *args)
{
    char dir[PATH_MAX];
    struct err ignored;
    if (session_cache_dir(args, dir, &ignored) == 0) {
        sandbox_allow(sandbox, dir, SANDBOX_WRITE);
    }
}

/* The files of a ConfigMap and of a service account are links to files in the same directory, which
 * change. */
static void allow_agent(struct sandbox *sandbox, const struct args *args)
{
    char dir[PATH_MAX];
    struct err ignored;
    if (!command_accepts(args->command, OPTION_POLICY)) {
        return;
    }
    const char *policy = args_text(args, OPTION_POLICY);
    const char *account = args_text(args, OPTION_SERVICE_ACCOUNT_DIR);
    account = account != NULL ? account : TOKEN_REVIEWS_DIR;
    if (policy != NULL && fs_dirname(policy, dir, &ignored) == 0) {
        sandbox_allow(sandbox, dir, SANDBOX_READ);
        sandbox_allow_file(sandbox, policy, SANDBOX_READ); /* it may be a link to another one */
    }
    sandbox_allow(sandbox, account, SANDBOX_READ);
}

/* What a client reads that starts in the sandbox. */
static void allow_client(struct sandbox *sandbox, const struct args *args)
{
    const char *ignored_name = NULL;
    const char *const named[] = {args_text(args, OPTION_TOKEN_FILE),
                                 session_ca_file(args, &ignored_name)};
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        if (named[i] != NULL) {
            sandbox_allow_file(sandbox, named[i], SANDBOX_READ);
        }
    }
    allow_agent(sandbox, args);
    for (size_t i = 0; trust_system_bundles[i] != NULL; i++) {
        sandbox_allow_file(sandbox, trust_system_bundles[i], SANDBOX_READ);
    }
}

static bool serves_imds(const struct args *args)
{
    struct err ignored;
    bool imds = false;
    return command_accepts(args->command, OPTION_IMDS) &&
           args_switch(args, OPTION_IMDS, &imds, &ignored) == 0 && imds;
}

/* The file that an option or a variable names; without a name, the file of AWS tools. */
static void allow_written(struct sandbox *sandbox, const struct args *args, enum ini_kind kind,
                          const char *name)
{
    char path[PATH_MAX];
    struct err ignored;
    if (shared_file_find(kind, name, args_environment(args, "HOME"), path, &ignored) == 0) {
        sandbox_allow_file(sandbox, path, SANDBOX_WRITE);
    }
}

/* Whether the files are not known yet: any directory of a kubeconfig may be created, and the one of
 * --also-write may be created again later. */
static bool opens_other_files(const struct args *args)
{
    return command_accepts(args->command, OPTION_KUBECONFIG) ||
           (command_accepts(args->command, OPTION_ALSO_WRITE) &&
            args_text(args, OPTION_ALSO_WRITE) != NULL);
}

/* The options and variables that name files to write, and to read afterwards. */
static void allow_output(struct sandbox *sandbox, const struct args *args)
{
    static const enum option_id named[] = {OPTION_CONFIG_FILE, OPTION_WRITE_CREDENTIALS,
                                           OPTION_WRITE_ENV};
    const char *shared = args_environment(args, "AWS_SHARED_CREDENTIALS_FILE");
    const char *github = args_environment(args, "GITHUB_ENV");
    const char *input =
        command_accepts(args->command, OPTION_FILE) ? args_text(args, OPTION_FILE) : NULL;
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        const char *path = args_text(args, named[i]);
        if (path != NULL && command_accepts(args->command, named[i])) {
            allow_written(sandbox, args, INI_CONFIG, path);
        }
    }
    if (command_accepts(args->command, OPTION_CONFIG_FILE) ||
        args_given(args, OPTION_WRITE_CREDENTIALS)) {
        allow_written(sandbox, args, INI_CONFIG, NULL);
        allow_written(sandbox, args, INI_CREDENTIALS, shared);
    }
    if (github != NULL) {
        allow_written(sandbox, args, INI_CONFIG, github);
    }
    if (input != NULL) {
        sandbox_allow(sandbox, input, SANDBOX_READ);
    }
    /* To see if the file that standard output appends to ends in the middle of a line. */
    sandbox_allow(sandbox, "/proc/self/fd/1", SANDBOX_READ);
}

void confinement_enter(const struct args *args, enum confinement_use use)
{
    struct sandbox sandbox;
    sandbox_begin(&sandbox, !opens_other_files(args));
    allow_resolver(&sandbox);
    allow_cache(&sandbox, args);
    allow_output(&sandbox, args);
    if (use == CONFINEMENT_PERSON) {
        sandbox_allow(&sandbox, "/dev/tty", SANDBOX_WRITE);
    }
    /* Where the user of a connection on loopback is found. */
    if (use == CONFINEMENT_PERSON || serves_imds(args)) {
        sandbox_allow(&sandbox, "/proc", SANDBOX_READ);
    }
    if (use != CONFINEMENT_CALLS) {
        allow_client(&sandbox, args);
    }
    sandbox_enter(&sandbox);
}
