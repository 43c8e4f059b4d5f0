/* SPDX-License-Identifier: MIT */
/* duplojit serve: the container credential endpoint, in the foreground. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/percent.h"
#include "base/text.h"
#include "cli/file_options.h"
#include "cli/output.h"
#include "cmd/commands.h"
#include "session/serving.h"

enum { PID_MAX = 1 << 22 };

/* A number is a process, everything else a file. */
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
        return err_set(err, ERR_USAGE, "--exit-with \"%.20s\" is no process", text);
    }
    config->exit_with_pid = (pid_t)pid;
    return 0;
}

/* The credential routes always need a token. Without a file nobody can know it, which is fine where
 * only the metadata service is wanted. */
static int read_auth(const struct args *args, struct serving *serving, struct err *err)
{
    const char *path = args_text(args, OPTION_AUTH_TOKEN_FILE);
    struct endpoint_config *config = &serving->config;
    if (path != NULL) {
        return auth_load(&config->auth, path, &serving->file_attributes, err);
    }
    return config->imds ? auth_make(&config->auth, err)
                        : err_set(err, ERR_USAGE,
                                  "give --auth-token-file FILE: clients need what is in it; it is "
                                  "made where it is missing");
}

static int read_options(const struct args *args, struct serving *serving, struct err *err)
{
    struct endpoint_config *config = &serving->config;
    if (args_switch(args, OPTION_IMDS, &config->imds, err) != 0 ||
        file_options_read(args, &serving->file_attributes, err) != 0 ||
        read_exit_with(args, config, err) != 0) {
        return -1;
    }
    const char *file = args_text(args, OPTION_ALSO_WRITE);
    if (file != NULL && strcmp(file, "-") == 0) {
        return err_set(err, ERR_USAGE, "--also-write needs a file, not standard output");
    }
    if (file != NULL) {
        serving_also_write(serving, file);
    }
    return read_auth(args, serving, err);
}

/* Behind the first address; where that is all of the machine's, by way of loopback. */
static void client_address(const struct serving *serving, char out[ADDRESS_TEXT_SIZE])
{
    struct address address = serving->addresses[0];
    if (address.at.any.sa_family == AF_INET && address.at.v4.sin_addr.s_addr == INADDR_ANY) {
        address.at.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    } else if (address.at.any.sa_family == AF_INET6 &&
               IN6_IS_ADDR_UNSPECIFIED(&address.at.v6.sin6_addr)) {
        address.at.v6.sin6_addr = in6addr_loopback;
    }
    address_format(&address, out);
}

/* Where a client finds its credentials. Of what a name may have, only '%' is special in a path. */
static void add_path(struct buf *out, const struct serving *serving)
{
    if (serving->config.default_profile >= 0) {
        return;
    }
    buf_add_str(out, "p/");
    percent_encode(out, serving->names[0], "/@:+");
}

static int add_variables(struct buf *out, const struct args *args, const struct serving *serving,
                         struct err *err)
{
    const char *file = args_text(args, OPTION_AUTH_TOKEN_FILE);
    char where[ADDRESS_TEXT_SIZE];
    char path[PATH_MAX];
    client_address(serving, where);
    if (file != NULL) {
        if (fs_absolute(file, path, err) != 0) {
            return -1;
        }
        buf_add_fmt(out, "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://%s/", where);
        add_path(out, serving);
        buf_add_fmt(out, "\nAWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=%s\n", path);
    }
    if (serving->config.imds) {
        buf_add_fmt(out, "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://%s\n", where);
    }
    return 0;
}

/* Then lets go of standard output: whoever reads the variables through a pipe waits for its end. */
static int print_variables(const struct args *args, const struct serving *serving, struct err *err)
{
    struct buf out;
    output_init(&out);
    int result = add_variables(&out, args, serving, err);
    if (result == 0) {
        result = output_write(&out, err);
    }
    buf_done(&out);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0) {
        dup2(null, STDOUT_FILENO);
        close(null);
    }
    return result;
}

static int serve(const struct args *args, struct serving *serving, struct err *err)
{
    char where[ADDRESS_TEXT_SIZE];
    bool print = false;
    if (read_options(args, serving, err) != 0 ||
        args_switch(args, OPTION_PRINT_ENV, &print, err) != 0) {
        return -1;
    }
    sigemptyset(&serving->config.signals);
    sigaddset(&serving->config.signals, SIGTERM);
    sigaddset(&serving->config.signals, SIGINT);
    sigaddset(&serving->config.signals, SIGHUP);
    struct endpoint *endpoint = endpoint_new(&serving->config, err);
    if (endpoint == NULL) {
        return -1;
    }
    for (int i = 0; i < serving->config.address_count; i++) {
        address_format(&serving->addresses[i], where);
        log_note("listening on %s", where);
    }
    int result = print ? print_variables(args, serving, err) : 0;
    if (result == 0) {
        result = endpoint_run(endpoint, err);
    }
    endpoint_free(endpoint);
    return result;
}

static int run(const struct args *args, struct err *err)
{
    struct serving *serving = serving_new(args, "127.0.0.1:9911", err);
    int result = serving == NULL ? -1 : serve(args, serving, err);
    serving_free(serving);
    return result;
}

static const enum option_id option_list[] = {
    SCOPE_OPTIONS,          OPTION_LISTEN,     OPTION_ALLOW_REMOTE, OPTION_PROFILE,
    OPTION_AUTH_TOKEN_FILE, OPTION_ALSO_WRITE, FILE_OPTIONS,        OPTION_IMDS,
    OPTION_EXIT_WITH,       OPTION_PRINT_ENV,  OPTION_HOST,         OPTION_API_HOST,
    OPTION_TOKEN_FILE,      OPTION_TOKEN,      OPTION_OTP,          OPTION_INTERACTIVE,
    BROWSER_WAIT_OPTIONS,   OPTION_CA_FILE,    OPTION_RESOLVE,      OPTION_TIMEOUT,
    OPTION_DEBUG,           CACHE_OPTIONS,
};

static const struct option_text texts[] = {
    {OPTION_PROFILE, "Profile at /p/NAME, see above"},
};

const struct command command_serve = {
    .name = "serve",
    .operands = "",
    .summary = "Serve credentials to AWS SDKs on loopback and renew them",
    .examples = "  duplojit serve --tenant dev01 --auth-token-file /run/token\n"
                "  duplojit serve --profile a=tenant:dev01 --profile b=admin --auth-token-file t\n",
    .details =
        "The container credential endpoint: an application finds it through the variables that\n"
        "--print-env prints, and its SDK asks again before credentials expire.\n"
        "  /         credentials for --tenant, --tenant-id, --admin or --duplo-ops\n"
        "  /p/NAME   credentials for --profile NAME=tenant:TENANT, NAME=tenant-id:ID,\n"
        "            NAME=admin or NAME=duplo-ops\n"
        "  /healthz, /readyz, /metrics    need no token; POST /quit stops the server\n"
        "\n"
        "SIGHUP renews now; SIGTERM stops the server. The token file is read again at each\n"
        "renewal. With --interactive, a page opens only at the start; renewals use the saved\n"
        "login. When the portal rejects that login, run `duplojit login`.\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .texts = texts,
    .text_count = sizeof(texts) / sizeof(texts[0]),
    .run = run,
};
