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
#include "cli/choice.h"
#include "cli/output_value.h"
#include "cli/scope_options.h"
#include "cmd/aws_files.h"
#include "cmd/commands.h"
#include "session/region.h"
#include "session/session.h"

enum { OUTPUT_MAX = 64 << 10 };

/* A format of the variable DUPLO_OUTPUT, which may be meant for other commands, must not break
 * credential_process. */
static int choose_format(const struct args *args, struct output_value *value,
                         enum aws_format *format, struct err *err)
{
    if (output_value_read(args, aws_format_names, value, err) != 0) {
        return -1;
    }
    if (value->own == AWS_FORMAT_COUNT || /* "json" */
        (value->own < 0 && !value->queried && !args_given(args, OPTION_OUTPUT))) {
        value->own = AWS_FORMAT_PROCESS;
    }
    *format = value->own >= 0 ? (enum aws_format)value->own : AWS_FORMAT_PROCESS;
    return 0;
}

static int write_credentials(const struct args *args, enum aws_format format,
                             const struct output_value *value, const struct aws_credentials *creds,
                             struct err *err)
{
    const char *profile = args_text(args, OPTION_PROFILE);
    char storage[4096];
    struct buf out;
    struct buf masks;
    buf_init_in(&out, storage, sizeof(storage), OUTPUT_MAX);
    buf_init(&masks, OUTPUT_MAX);
    int result = aws_format_add(&out, format, creds, region_for_credentials(args, creds),
                                profile != NULL ? profile : "default", err);
    if (result == 0 && format == AWS_FORMAT_GITHUB) {
        aws_format_add_masks(&masks, creds);
        result = buf_check(&masks, err) != 0
                     ? -1
                     : variable_lines_write_github(args_environment(args, "GITHUB_ENV"), &masks,
                                                   &out, err);
    } else if (result == 0) {
        result = format == AWS_FORMAT_PROCESS
                     ? output_value_write(value, &out, err)
                     : variable_lines_append(STDOUT_FILENO, "standard output", &out, err);
    }
    buf_done(&masks);
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

static int run(const struct args *args, struct err *err)
{
    enum aws_format format = AWS_FORMAT_PROCESS;
    struct output_value value;
    struct scope scope;
    if (aws_files_wanted(args)) {
        return aws_files_write(args, err);
    }
    if (choose_format(args, &value, &format, err) != 0 ||
        scope_options_read(args, &scope, err) != 0 || check_options(args, err) != 0) {
        return -1;
    }
    struct session session;
    struct aws_credentials creds;
    int result = session_open(&session, args, SESSION_NORMAL, err);
    if (result == 0) {
        result = session_credentials(&session, &scope, &creds, err);
    }
    if (result == 0) {
        result = write_credentials(args, format, &value, &creds, err);
        aws_credentials_wipe(&creds);
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
        "  process     JSON for credential_process in ~/.aws/config (default; also: json)\n"
        "  env         KEY=value lines, for a dotenv file\n"
        "  shell       export KEY='value' lines: eval \"$(duplojit aws ... -o shell)\"\n"
        "  fish        duplojit aws ... -o fish | source\n"
        "  powershell  duplojit aws ... -o powershell | Out-String | Invoke-Expression\n"
        "  ini         a section of a credentials file\n"
        "  github      KEY=value lines for $GITHUB_ENV, or standard output without it; and\n"
        "              ::add-mask:: lines\n"
        "  yaml, csv   the fields of process; with -q also string, and env for NAME=value lines\n"
        "\n"
        "shell, fish and powershell also remove the variables that SDKs prefer, such as\n"
        "AWS_PROFILE; on failure they print a line that fails.\n"
        "\n"
        "--write-credentials accepts several of --tenant, --tenant-id, --admin and --duplo-ops,\n"
        "and as many --profile in the same order. A section without --profile is named after\n"
        "the tenant, or \"default\" if it is the only one. Most SDKs read the file once;\n"
        "serve and credential_process renew.\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .texts = texts,
    .text_count = sizeof(texts) / sizeof(texts[0]),
    .run = run,
    .print_failure = print_failure,
};
