/* SPDX-License-Identifier: MIT */
/* duplojit aws: prints credentials in the requested format, or writes them to files. */
#include <string.h>
#include <unistd.h>

#include "aws/credentials.h"
#include "aws/format.h"
#include "aws/ini/ini.h"
#include "aws/variable_lines.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"
#include "cli/choice.h"
#include "cli/output.h"
#include "cli/output_value.h"
#include "cli/personality.h"
#include "cli/scope_options.h"
#include "cmd/aws_files.h"
#include "cmd/commands.h"
#include "session/region.h"
#include "session/session.h"

enum { OUTPUT_MAX = 64 << 10 };

/* How the credentials are printed. */
struct answer {
    struct output_value value; /* its place among aws_format_names, or -1: JSON with all fields */
    struct aws_credentials creds;
    struct console_link link;
    bool has_link; /* whether the console link is wanted */
};

/* The fields as JSON are the default in the grammars of other tools. A format of the variable
 * DUPLO_OUTPUT that is not one of variables may be meant for other commands, and must not break
 * credential_process: there it counts as the default. */
static int choose_format(const struct args *args, struct answer *answer, struct err *err)
{
    const struct personality *personality = args->personality;
    struct output_value *value = &answer->value;
    if (output_value_read(args, aws_format_names, value, err) != 0) {
        return -1;
    }
    bool given = args_given(args, OPTION_OUTPUT);
    bool fields = value->own < 0 || value->own == AWS_FORMAT_COUNT; /* "json" */
    if (value->query == NULL && !given && (fields || args_text(args, OPTION_OUTPUT) == NULL)) {
        value->format = JSON_FORMAT_JSON;
        value->own = personality->all_fields ? -1 : AWS_FORMAT_PROCESS;
    } else if (fields) {
        value->own = -1;
    } else if (value->own == AWS_FORMAT_ENV && personality->env_of_fields) {
        value->own = -1;
        value->format = JSON_FORMAT_ENV;
    }
    const char *query = value->query != NULL ? value->query : "ConsoleUrl";
    answer->has_link = value->own < 0 && strstr(query, "ConsoleUrl") != NULL;
    return 0;
}

static int add_credentials(const struct args *args, const struct answer *answer, struct buf *out,
                           struct err *err)
{
    const struct aws_credentials *creds = &answer->creds;
    const char *profile = args_text(args, OPTION_PROFILE);
    const struct aws_format_fields fields = {
        .region = region_for_credentials(args, creds),
        .console_url = answer->has_link ? answer->link.url : "",
        .has_validity = args->personality->has_validity,
    };
    return answer->value.own < 0
               ? aws_format_add_json(out, creds, &fields, err)
               : aws_format_add(out, (enum aws_format)answer->value.own, creds, fields.region,
                                profile != NULL ? profile : "default", err);
}

/* The lines for $GITHUB_ENV, with their own masks. */
static int write_github(const struct args *args, const struct aws_credentials *creds,
                        struct buf *out, struct err *err)
{
    struct buf masks;
    buf_init(&masks, OUTPUT_MAX);
    aws_format_add_masks(&masks, creds);
    int result =
        buf_check(&masks, err) != 0
            ? -1
            : variable_lines_write_github(args_environment(args, "GITHUB_ENV"), &masks, out, err);
    buf_done(&masks);
    return result;
}

static int write_text(const struct args *args, const struct answer *answer, struct buf *out,
                      struct err *err)
{
    const struct aws_credentials *creds = &answer->creds;
    const char *const secrets[] = {creds->access_key_id, creds->secret_access_key,
                                   creds->session_token, answer->has_link ? answer->link.url : "",
                                   NULL};
    if (answer->value.own == AWS_FORMAT_GITHUB) {
        return write_github(args, creds, out, err);
    }
    if (output_mask(args, secrets, err) != 0) {
        return -1;
    }
    return answer->value.own <= AWS_FORMAT_PROCESS
               ? output_value_write(&answer->value, out, err)
               : variable_lines_append(STDOUT_FILENO, "standard output", out, err);
}

static int write_credentials(const struct args *args, const struct answer *answer, struct err *err)
{
    char storage[4096];
    struct buf out;
    if (answer->has_link && answer->link.url[0] == '\0') {
        log_warn("no ConsoleUrl: the portal sent none with these credentials, or it cannot be "
                 "reached for a new one");
    }
    buf_init_in(&out, storage, sizeof(storage), OUTPUT_MAX);
    int result = add_credentials(args, answer, &out, err);
    if (result == 0) {
        result = write_text(args, answer, &out, err);
    }
    buf_done(&out);
    return result;
}

static int check_options(const struct args *args, struct err *err)
{
    const char *profile = args_text(args, OPTION_PROFILE);
    bool replace = false; /* only with files, but a wrong value is reported */
    if (args_switch(args, OPTION_REPLACE, &replace, err) != 0) {
        return -1;
    }
    if (profile != NULL && ini_check_name(INI_CREDENTIALS, profile, err) != 0) {
        return err_wrap(err, "--profile");
    }
    if (args_given(args, OPTION_MODE) || args_given(args, OPTION_OWNER) ||
        args_given(args, OPTION_REPLACE)) {
        return err_set(err, ERR_USAGE,
                       "--mode, --owner and --replace need --write-credentials or --write-env");
    }
    return session_check_region(args, err);
}

/* The scope; an administrator's has a tenant if the tenant's region is wanted. */
static int read_scope(const struct args *args, struct scope *scope, struct err *err)
{
    struct scope tenant;
    bool found = false;
    if (scope_options_read(args, scope, err) != 0) {
        return -1;
    }
    if (scope->kind != SCOPE_ADMIN || !args->personality->tenant_region ||
        !args_given(args, OPTION_TENANT) || args_given(args, OPTION_REGION)) {
        return 0;
    }
    if (scope_options_find_tenant(args, &tenant, &found, err) != 0) {
        return -1;
    }
    memcpy(scope->tenant, tenant.tenant, sizeof(scope->tenant));
    return 0;
}

static int run(const struct args *args, struct err *err)
{
    struct answer answer;
    struct scope scope;
    if (aws_files_wanted(args)) {
        return aws_files_write(args, err);
    }
    if (choose_format(args, &answer, err) != 0 || read_scope(args, &scope, err) != 0 ||
        check_options(args, err) != 0) {
        return -1;
    }
    struct session session;
    const struct issued issued = {
        .aws = &answer.creds,
        .link = answer.has_link ? &answer.link : NULL,
    };
    int result = session_open(&session, args, SESSION_NORMAL, err);
    if (result == 0) {
        result = session_issued(&session, &scope, 0, &issued, NULL, err);
    }
    if (result == 0) {
        result = write_credentials(args, &answer, err);
        issued_wipe(&issued);
    }
    session_close(&session);
    return result;
}

/* Without this line, `eval "$(duplojit aws ...)"` succeeds and the script goes on with credentials
 * that it had before. With an unknown format, such as bash, that may be meant, too. */
static void print_failure(const struct args *args)
{
    struct err ignored;
    int index = AWS_FORMAT_PROCESS;
    int value = 0;
    bool known = choice_read(args, OPTION_OUTPUT, aws_format_names, &index, &ignored) == 0 ||
                 choice_read(args, OPTION_OUTPUT, json_format_names, &value, &ignored) == 0;
    if (!known && args->command != NULL) {
        index = AWS_FORMAT_SHELL;
    }
    const char *line = aws_format_failure(index);
    bool prints = args_given(args, OPTION_OUTPUT) || !aws_files_wanted(args);
    if (line != NULL && prints &&
        fs_write_fd(STDOUT_FILENO, "standard output", line, strlen(line), &ignored) != 0) {
        return; /* the exit code reports the failure, too */
    }
}

static const enum option_id option_list[] = {
    SCOPE_OPTIONS,     OUTPUT_VALUE_OPTIONS, OPTION_REGION, OPTION_PROFILE,
    AWS_FILES_OPTIONS, SESSION_OPTIONS,      CACHE_OPTIONS,
};

static const struct option_text texts[] = {
    {OPTION_REPLACE,
     .text = "With --write-credentials: comment out the keys that AWS tools prefer"},
    {OPTION_OUTPUT, .text = "Output format, see above (default: process)"},
};

static const struct command_notes notes = {
    .files = "  ~/.aws/credentials  --write-credentials changes only its own sections\n"
             "  --write-env FILE    replaced as a whole\n",
    .security =
        "AWS credentials cannot be revoked; they expire. Programs that can read the output or the\n"
        "file can use them.\n",
};

const struct command command_aws = {
    .name = "aws",
    .operands = "",
    .summary = "Print AWS credentials, or write them to a file",
    .examples = "aws --tenant dev01\n"
                "aws --tenant dev01 -o env\n"
                "aws --tenant dev01 -o string -q AccessKeyId\n"
                "aws --admin --write-credentials\n",
    .details =
        "Formats (-o):\n"
        "  process     JSON for credential_process in ~/.aws/config (default)\n"
        "  env         KEY=value lines, for a dotenv file\n"
        "  shell       export KEY='value' lines: eval \"$(duplojit aws ... -o shell)\"\n"
        "  fish        duplojit aws ... -o fish | source\n"
        "  powershell  duplojit aws ... -o powershell | Out-String | Invoke-Expression\n"
        "  ini         a section of a credentials file\n"
        "  github      KEY=value lines for $GITHUB_ENV, or standard output without it; and\n"
        "              ::add-mask:: lines\n"
        "  json        all fields: those of process, Region and ConsoleUrl, a sign-in link for\n"
        "              anyone who has it; also yaml and csv. With -q also string, and env for\n"
        "              NAME=value lines of the query's result\n"
        "\n"
        "shell, fish and powershell also remove the variables that SDKs prefer, such as\n"
        "AWS_PROFILE; on failure they print a line that fails.\n"
        "\n"
        "--write-credentials accepts several of --tenant, --tenant-id, --admin and --duplo-ops,\n"
        "and as many --profile in the same order. A section without --profile is named after\n"
        "the tenant, or \"default\" if it is the only one. Most SDKs read the file once;\n"
        "serve and credential_process renew.\n",
    .notes = &notes,
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .texts = texts,
    .text_count = sizeof(texts) / sizeof(texts[0]),
    .run = run,
    .print_failure = print_failure,
};
