/* SPDX-License-Identifier: MIT */
/* duplojit exec: runs another program with credentials in its environment. */
#include <unistd.h>

#include "aws/credentials.h"
#include "aws/environment.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/process.h"
#include "cli/output.h"
#include "cli/scope_options.h"
#include "cmd/commands.h"
#include "serve/supervisor.h"
#include "session/endpoint_session.h"
#include "session/region.h"
#include "session/session.h"

/* Replaces this process by the program. Returns only if that fails. */
static int execute(char **command, char **environment, struct err *err)
{
    process_restore_defaults();
    execvpe(command[0], command, environment);
    return process_not_started(command[0], err);
}

/* Without --keep-token the program cannot get credentials of other scopes with the token. */
static int execute_with(const struct args *args, const struct aws_credentials *creds,
                        bool keep_token, struct err *err)
{
    char expiration[CLOCK_RFC3339_SIZE] = "";
    clock_format_rfc3339(creds->expiration_s, expiration);
    struct aws_variable added[AWS_VARIABLES];
    aws_environment_list(added, creds, region_for_credentials(args, creds), expiration);
    char **environment = aws_environment_new(args->environment, added,
                                             keep_token ? NULL : args_variable_is_secret, err);
    int result = environment == NULL ? -1 : execute(args->rest, environment, err);
    aws_environment_free(environment);
    return result;
}

static int check_program(const struct args *args, struct err *err)
{
    bool named = args->rest != NULL && args->rest[0] != NULL;
    return named ? 0
                 : err_set(err, ERR_USAGE,
                           "no program given: use duplojit exec [OPTIONS] -- COMMAND");
}

static int run_in_place(const struct args *args, bool keep_token, struct err *err)
{
    struct scope scope;
    struct session session;
    struct aws_credentials creds;
    if (scope_options_read(args, &scope, err) != 0) {
        return -1;
    }
    int result = session_open(&session, args, SESSION_NORMAL, err);
    session.network.unconfined = true; /* the program would inherit the sandbox */
    session.network.late = false;
    if (result == 0) {
        result = session_credentials(&session, &scope, &creds, err);
    }
    session_close(&session);
    if (result == 0) {
        const char *const secrets[] = {creds.access_key_id, creds.secret_access_key,
                                       creds.session_token, NULL};
        result =
            output_mask(args, secrets, err) != 0 ? -1 : execute_with(args, &creds, keep_token, err);
        aws_credentials_wipe(&creds);
    }
    return result;
}

/* Fetches the first credentials before the program starts, so that an error ends the command. */
static int run_as_child(const struct args *args, bool keep_token, struct err *err)
{
    struct renewal_report first = {0};
    static const char *const defaults[] = {"127.0.0.1:0", NULL};
    struct endpoint_session *session = endpoint_session_new(args, defaults, err);
    int result = session == NULL ? -1 : endpoint_session_fetch_first(session, &first, err);
    if (result == 0) {
        const struct supervised_program program = {
            .argv = args->rest,
            .environment = args->environment,
            .is_secret = keep_token ? NULL : args_variable_is_secret,
            .region = region_for_credentials(args, &first.creds),
        };
        session->config.first = &first;
        result = supervisor_run(&session->config, &program, err);
    }
    aws_credentials_wipe(&first.creds);
    endpoint_session_free(session);
    return result;
}

static int run(const struct args *args, struct err *err)
{
    bool as_child = false;
    bool keep_token = false;
    if (check_program(args, err) != 0 || session_check_region(args, err) != 0 ||
        args_switch(args, OPTION_ENDPOINT, &as_child, err) != 0 ||
        args_switch(args, OPTION_KEEP_TOKEN, &keep_token, err) != 0) {
        return -1;
    }
    return as_child ? run_as_child(args, keep_token, err) : run_in_place(args, keep_token, err);
}

static const enum option_id option_list[] = {
    SCOPE_OPTIONS,     OPTION_REGION,   OPTION_ENDPOINT,
    OPTION_KEEP_TOKEN, SESSION_OPTIONS, CACHE_OPTIONS,
};

static const struct command_notes notes = {
    .exit_codes = "  N      that of COMMAND\n"
                  "  126    COMMAND cannot be started\n"
                  "  127    COMMAND is not found\n"
                  "  128+N  with --endpoint: signal N ended COMMAND\n",
    .security = "Programs of the same user can read the variables of COMMAND. With --endpoint they "
                "hold no\n"
                "keys, but a token that is valid until COMMAND ends.\n",
};

const struct command command_exec = {
    .name = "exec",
    .operands = "-- COMMAND [ARG...]",
    .runs_program = true,
    .summary = "Run a program with AWS credentials in its environment",
    .examples = "exec --tenant dev01 -- aws s3 ls\n"
                "exec --admin --endpoint -- ./server\n",
    .details =
        "COMMAND replaces this process: same process ID, signals and exit code. It gets\n"
        "AWS_ACCESS_KEY_ID and the other variables of the credentials and the region; those that\n"
        "SDKs prefer to them are removed, such as AWS_PROFILE and AWS_ROLE_ARN. DUPLO_TOKEN and\n"
        "DUPLO_OTP are removed, too, unless --keep-token is given.\n"
        "\n"
        "With --endpoint, this process stays as the parent of COMMAND and passes signals on.\n"
        "COMMAND gets AWS_CONTAINER_CREDENTIALS_FULL_URI and AWS_CONTAINER_AUTHORIZATION_TOKEN\n"
        "instead of keys: its SDK requests credentials there whenever it needs new ones.\n",
    .notes = &notes,
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};
