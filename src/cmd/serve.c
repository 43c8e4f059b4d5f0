/* SPDX-License-Identifier: MIT */
/* duplojit serve: the container credential endpoint, in the foreground. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/text.h"
#include "cli/file_options.h"
#include "cli/output.h"
#include "cli/scope_options.h"
#include "cmd/commands.h"
#include "serve/client_env.h"
#include "session/endpoint_run.h"
#include "session/endpoint_session.h"

enum { PID_MAX = 1 << 22 };

/* A number is a process ID, anything else a file. */
static int read_exit_with(const struct args *args, struct endpoint_config *config, struct err *err)
{
    const char *text = args_text(args, OPTION_EXIT_WITH);
    int64_t pid = 0;
    if (text == NULL) {
        return 0;
    }
    if (text[strspn(text, "0123456789")] != '\0') {
        config->exit_with_file = text;
        return 0;
    }
    if (!text_parse_int(text, 1, PID_MAX, &pid)) {
        return err_set(err, ERR_USAGE, "--exit-with \"%.20s\" is not a process ID", text);
    }
    config->exit_with_pid = (pid_t)pid;
    return 0;
}

/* The credential routes always need a token. Without a file no client can know it, so the file may
 * be missing only if the metadata service is open to all users. */
static int read_auth(const struct args *args, struct endpoint_session *session, struct err *err)
{
    const char *path = args_text(args, OPTION_AUTH_TOKEN_FILE);
    struct endpoint_config *config = &session->config;
    if (path != NULL) {
        return auth_load(&config->auth, path, &session->file_attributes, err) == 0
                   ? 0
                   : args_blame(args, OPTION_AUTH_TOKEN_FILE, err);
    }
    if (config->imds_open) {
        return auth_make(&config->auth, err);
    }
    return config->imds
               ? err_set(err, ERR_USAGE,
                         "--imds without --auth-token-file needs --imds-open: clients of the "
                         "metadata service send no secret, so every user of this machine gets "
                         "credentials")
               : err_set(err, ERR_USAGE,
                         "missing --auth-token-file FILE: clients send the token in it; the file "
                         "is created if it does not exist");
}

static int read_options(const struct args *args, struct endpoint_session *session, struct err *err)
{
    struct endpoint_config *config = &session->config;
    if (args_switch(args, OPTION_IMDS, &config->imds, err) != 0 ||
        args_switch(args, OPTION_IMDS_OPEN, &config->imds_open, err) != 0 ||
        file_options_read(args, &session->file_attributes, err) != 0 ||
        read_exit_with(args, config, err) != 0) {
        return -1;
    }
    if (config->imds_open && !config->imds) {
        return err_set(err, ERR_USAGE, "--imds-open needs --imds");
    }
    const char *file = args_text(args, OPTION_ALSO_WRITE);
    if (file != NULL && strcmp(file, "-") == 0) {
        return err_set(err, ERR_USAGE, "--also-write needs a file, not standard output");
    }
    if (file != NULL) {
        endpoint_session_set_file(session, file);
    }
    return read_auth(args, session, err);
}

/* Then closes standard output: a program that reads the variables through a pipe waits for its
 * end. */
static int print_variables(const struct endpoint_session *session, struct err *err)
{
    const char *file = args_text(session->session.args, OPTION_AUTH_TOKEN_FILE);
    char path[PATH_MAX];
    struct buf out;
    if (file != NULL && fs_absolute(file, path, err) != 0) {
        return -1;
    }
    output_init(&out);
    client_env_add(&out, &session->config, file != NULL ? path : NULL);
    if (output_write(&out, err) != 0) {
        return -1;
    }
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0) {
        dup2(null, STDOUT_FILENO);
        close(null);
    }
    return 0;
}

static int serve(const struct args *args, struct endpoint_session *session, struct err *err)
{
    bool print = false;
    return read_options(args, session, err) != 0 ||
                   args_switch(args, OPTION_PRINT_ENV, &print, err) != 0
               ? -1
               : endpoint_session_serve(session, print ? print_variables : NULL, err);
}

static int run(const struct args *args, struct err *err)
{
    static const char *const defaults[] = {"127.0.0.1:9911", NULL};
    struct endpoint_session *session = endpoint_session_new(args, defaults, err);
    int result = session == NULL ? -1 : serve(args, session, err);
    endpoint_session_free(session);
    return result;
}

static const enum option_id option_list[] = {
    SCOPE_OPTIONS,          OPTION_LISTEN,        OPTION_ALLOW_REMOTE, OPTION_PROFILE,
    OPTION_AUTH_TOKEN_FILE, OPTION_ALSO_WRITE,    FILE_OPTIONS,        OPTION_IMDS,
    OPTION_IMDS_OPEN,       OPTION_EXIT_WITH,     OPTION_PRINT_ENV,    OPTION_HOST,
    OPTION_API_HOST,        OPTION_TOKEN_FILE,    OPTION_TOKEN,        OPTION_OTP,
    OPTION_INTERACTIVE,     BROWSER_WAIT_OPTIONS, CONTEXT_OPTIONS,     OPTION_CA_FILE,
    OPTION_RESOLVE,         OPTION_TIMEOUT,       COMMON_OPTIONS,      CACHE_OPTIONS,
};

static const struct option_text texts[] = {
    {OPTION_PROFILE, .text = "Profile NAME=SCOPE at /p/NAME, see above"},
};

static const struct command_notes notes = {
    .exit_codes = "  0  ended by SIGTERM, SIGINT, POST /quit or --exit-with\n",
    .files = "  --auth-token-file FILE  at least 16 visible characters without a newline\n"
             "  --also-write FILE       a section for each profile\n",
    .security = "Programs that can read the file of --auth-token-file get the credentials; --imds "
                "needs no\n"
                "such token. Requests of web pages and proxies are refused. --allow-remote sends\n"
                "credentials over the network without TLS.\n",
};

const struct command command_serve = {
    .name = "serve",
    .operands = "",
    .summary = "Serve credentials to AWS SDKs on loopback and renew them",
    .examples = "serve --tenant dev01 --auth-token-file /run/token\n"
                "serve --profile a=tenant:dev01 --profile b=admin --auth-token-file t\n",
    .details =
        "Clients find this container credential endpoint through the variables of --print-env,\n"
        "and ask again before credentials expire.\n"
        "  /         credentials for --tenant, --tenant-id, --admin or --duplo-ops\n"
        "  /p/NAME   credentials for --profile NAME=tenant:TENANT, NAME=tenant-id:ID,\n"
        "            NAME=admin or NAME=duplo-ops\n"
        "  /healthz, /readyz, /metrics    need no token; POST /quit stops the server\n"
        "\n"
        "--imds serves programs of root and of the user who runs it; --imds-open serves every\n"
        "user. Root gives up the capabilities that the options do not need.\n"
        "\n"
        "SIGHUP renews now, SIGTERM stops the server. Each renewal reads the token file again.\n"
        "With --interactive, a page opens at the start only; if the portal rejects the saved\n"
        "login later, run `duplojit login`.\n",
    .notes = &notes,
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .texts = texts,
    .text_count = sizeof(texts) / sizeof(texts[0]),
    .run = run,
};
