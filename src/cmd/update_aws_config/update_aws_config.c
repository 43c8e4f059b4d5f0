/* SPDX-License-Identifier: MIT */
/* duplojit update-aws-config: a profile whose credential_process is this program. */
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"
#include "cli/personality.h"
#include "cli/scope_options.h"
#include "cmd/commands.h"
#include "cmd/update_aws_config/update.h"
#include "session/profile_process.h"
#include "session/session.h"

static int find_target(struct update *update, struct err *err)
{
    const struct args *args = update->args;
    if (session_host(args, &update->host, err) != 0 ||
        scope_options_read(args, &update->scope, err) != 0) {
        return -1;
    }
    const char *profile = args->personality->profile;
    update->profile = args->operand_count > 0 ? args->operands[0]
                      : profile != NULL       ? profile
                                              : update->host.host;
    return ini_check_name(INI_CONFIG, update->profile, err);
}

static int find_config(struct update *update, struct err *err)
{
    char target[PATH_MAX];
    const char *given = args_text(update->args, OPTION_CONFIG_FILE);
    const char *home = args_environment(update->args, "HOME");
    if (shared_file_find(INI_CONFIG, given, home, update->file, err) != 0) {
        return err_wrap(err, "--config-file");
    }
    return fs_follow(update->file, target, err) != 0 || fs_check_replaceable(target, err) != 0
               ? -1
               : fs_recover_target(target, update->spare_dir, err);
}

static int find_credentials(struct update *update, struct err *err)
{
    const char *given = args_environment(update->args, "AWS_SHARED_CREDENTIALS_FILE");
    const char *home = args_environment(update->args, "HOME");
    struct err ignored;
    if (given == NULL && fs_check_home(home, &ignored) != 0) {
        return 0; /* AWS tools find no such file either */
    }
    return shared_file_find(INI_CREDENTIALS, given, home, update->credentials, err);
}

static int find_files(struct update *update, struct err *err)
{
    struct err ignored;
    bool spare = session_cache_dir(update->args, update->cache_dir, &ignored) == 0;
    update->spare_dir = spare ? update->cache_dir : NULL;
    if (find_config(update, err) == 0) {
        return update->prints ? 0 : find_credentials(update, err);
    }
    update->file[0] = '\0';
    return update->prints ? 0 : -1;
}

static int say(const struct update *update, const char *what, struct err *err)
{
    char line[PATH_MAX + 512];
    snprintf(line, sizeof(line), "profile %s in %s: %s", update->profile, update->file, what);
    return output_message_write(&update->message, line, err);
}

/* A file that holds a token must be readable only by its owner; otherwise its mode is kept. */
static struct fs_attributes choose_attributes(const struct update *update)
{
    struct fs_attributes attr = {.mode = 0600, .owner = (uid_t)-1, .group = (gid_t)-1};
    (void)fs_attributes_of(update->file, &attr);
    attr.mode = update->holds_token ? attr.mode & 0600 : attr.mode;
    attr.no_secrets = !update->holds_token;
    attr.spare_dir = update->spare_dir;
    return attr;
}

static int write_files(const struct update *update, bool *written, struct err *err)
{
    struct fs_attributes attr = choose_attributes(update);
    const struct shared_file_change config = {update->file, INI_CONFIG, &update->edit, 1};
    const struct shared_file_change credentials = {update->credentials, INI_CREDENTIALS,
                                                   &update->credentials_edit, 1};
    bool credentials_written = false;
    if (shared_file_update(&config, &attr, written, err) != 0) {
        return -1;
    }
    if (update->credentials_edit.count == 0) {
        return 0;
    }
    attr = fs_private;
    (void)fs_attributes_of(update->credentials, &attr);
    attr.spare_dir = update->spare_dir;
    if (shared_file_update(&credentials, &attr, &credentials_written, err) != 0) {
        return -1;
    }
    *written = *written || credentials_written;
    return 0;
}

static int write_profile(const struct update *update, struct err *err)
{
    bool written = false;
    struct err shadow_err;
    if (write_files(update, &written, err) != 0) {
        return -1;
    }
    if (update->holds_token) {
        log_warn("%s now contains the token (mode 0600); use --token-file to avoid that",
                 update->file);
    }
    if (say(update, written ? "written" : "nothing to change", err) != 0) {
        return -1;
    }
    if (update_check_shadow(update, &shadow_err) != 0) {
        log_warn("%s", shadow_err.text);
    }
    return 0;
}

static int carry_out(struct update *update, struct err *err)
{
    const struct args *args = update->args;
    bool dry_run = false;
    bool check = false;
    if (output_message_read(args, &update->message, err) != 0 ||
        args_switch(args, OPTION_DRY_RUN, &dry_run, err) != 0 ||
        args_switch(args, OPTION_PRINT, &update->prints, err) != 0 ||
        args_switch(args, OPTION_REPLACE, &update->replaces, err) != 0 ||
        args_switch(args, OPTION_OFFLINE, &update->offline, err) != 0 ||
        args_switch(args, OPTION_CHECK, &check, err) != 0 || find_target(update, err) != 0 ||
        find_files(update, err) != 0) {
        return -1;
    }
    if (check) {
        return update_check_shadow(update, err) != 0
                   ? -1
                   : say(update, "AWS tools prefer no other keys to credential_process", err);
    }
    if (session_check(args, err) != 0 || update_choose_values(update, err) != 0) {
        return -1;
    }
    profile_process_note_variables(args, "the profile", "AWS tools");
    if (update->prints) {
        return update_print_section(update, err);
    }
    if (update->replaces && update_replace_shadow(update, err) != 0) {
        return -1;
    }
    return dry_run ? update_print_diff(update, err) : write_profile(update, err);
}

static int run(const struct args *args, struct err *err)
{
    struct update update = {.args = args};
    buf_init(&update.process, INI_VALUE_MAX);
    int result = carry_out(&update, err);
    buf_done(&update.process);
    return result;
}

static const enum option_id option_list[] = {
    SCOPE_OPTIONS,  OPTION_REGION,  OPTION_OUTPUT,   OPTION_CONFIG_FILE,
    OPTION_COMMAND, OPTION_DRY_RUN, OPTION_PRINT,    OPTION_CHECK,
    OPTION_REPLACE, OPTION_OFFLINE, SESSION_OPTIONS, CACHE_OPTIONS,
};

static const struct option_text texts[] = {
    {OPTION_OUTPUT, .no_variable = true,
     .text = "`output` of the profile (default: unchanged, or json)"},
    {OPTION_REGION, .text = "`region` of the profile (default: see above)"},
};

static const struct command_notes notes = {
    .exit_codes = "  6  --check found other keys, or a file cannot be used\n",
    .files = "  ~/.aws/config       the profile; see --config-file\n"
             "  ~/.aws/credentials  read for the warning; --replace changes it\n",
    .security = "With --token the profile contains the token, and the file gets mode 0600.\n"
                "The file names a program that runs as you: only you may be able to change it.\n",
};

const struct command command_update_aws_config = {
    .name = "update-aws-config",
    .operands = "[NAME]",
    .operands_max = 1,
    .summary = "Add a profile to ~/.aws/config that gets its credentials from duplojit",
    .examples = "update-aws-config dev --tenant dev01 -I\n"
                "update-aws-config --admin --token-file ~/.duplo-token --dry-run\n",
    .details =
        "NAME is the name of the profile (default: the host name of the portal). The profile\n"
        "gets credential_process, region and output; every other byte of the file stays as it\n"
        "is.\n"
        "\n"
        "The options of this command line, the host, the scope and the files that variables name\n"
        "become part of the profile; a line names the other variables that it depends on. The\n"
        "region is the first of --region, AWS_REGION, AWS_DEFAULT_REGION, the profile's own, the\n"
        "tenant's, the portal's default and us-west-2.\n"
        "\n"
        "The portal must accept the token and have the tenant, else nothing is written. With -I\n"
        "on a terminal the login happens now. --offline asks no portal, and sets the region only\n"
        "from --region.\n"
        "\n"
        "AWS tools prefer keys such as sso_session, role_arn and static keys to\n"
        "credential_process, each SDK others. A warning names them; --check fails for them.\n",
    .notes = &notes,
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .texts = texts,
    .text_count = sizeof(texts) / sizeof(texts[0]),
    .run = run,
};
