/* SPDX-License-Identifier: MIT */
/* duplojit update-aws-config: a profile whose credential_process is this program. */
#include <stdio.h>
#include <unistd.h>

#include "aws/shadow.h"
#include "aws/shared_file.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/mask.h"
#include "cli/scope_options.h"
#include "cmd/commands.h"
#include "cmd/update_aws_config/diff.h"
#include "cmd/update_aws_config/profile_process.h"
#include "session/region.h"
#include "session/session.h"

enum { EDITS = 3, OUTPUT_SIZE = 32 };

/* One run: the profile to write, and the config file. */
struct update {
    const struct args *args;
    const char *profile;
    char file[PATH_MAX]; /* the path that the user knows; it may be a link */
    struct url_origin host;
    struct scope scope;
    bool holds_token;
    bool prints; /* --print: the file is not changed, and not needed */
    char region[AWS_REGION_SIZE];
    char output[OUTPUT_SIZE];
    struct buf process;
    struct ini_edit edits[EDITS];
    struct shared_file_edit edit;
};

static int find_target(struct update *update, struct err *err)
{
    const struct args *args = update->args;
    if (session_host(args, &update->host, err) != 0 ||
        scope_options_read(args, &update->scope, err) != 0) {
        return -1;
    }
    update->profile = args->operand_count > 0 ? args->operands[0] : update->host.host;
    return ini_check_name(INI_CONFIG, update->profile, err);
}

static int find_file(struct update *update, struct err *err)
{
    char target[PATH_MAX];
    const char *given = args_text(update->args, OPTION_CONFIG_FILE);
    const char *home = args_environment(update->args, "HOME");
    if (shared_file_find(INI_CONFIG, given, home, update->file, err) != 0) {
        return err_wrap(err, "--config-file");
    }
    return fs_follow(update->file, target, err) != 0 || fs_check_replaceable(target, err) != 0
               ? -1
               : fs_recover_target(target, err);
}

static int read_config(const struct update *update, struct buf *text, struct ini_doc *doc,
                       struct err *err)
{
    return shared_file_read(update->file, INI_CONFIG, update->profile, text, doc, err);
}

/* The present value of a key, "" if there is none or it does not fit. */
static int present_value(const struct ini_doc *doc, const char *profile, const char *key, char *out,
                         size_t size, struct err *err)
{
    struct buf value;
    bool found = false;
    buf_init(&value, INI_VALUE_MAX);
    int result = ini_get(doc, profile, key, &value, &found, err);
    if (result != 0 || !text_copy(out, size, buf_str(&value))) {
        out[0] = '\0';
    }
    buf_done(&value);
    return result;
}

/* Reads the region and the output format that the profile has now. */
static int read_values(struct update *update, char region[AWS_REGION_SIZE], struct err *err)
{
    struct buf text;
    struct ini_doc doc;
    buf_init(&text, SHARED_FILE_MAX);
    int result = read_config(update, &text, &doc, err);
    if (result == 0) {
        result = present_value(&doc, update->profile, "region", region, AWS_REGION_SIZE, err);
    }
    if (result == 0) {
        result = present_value(&doc, update->profile, "output", update->output, OUTPUT_SIZE, err);
    }
    ini_done(&doc);
    buf_done(&text);
    return result;
}

static int choose_output(struct update *update, struct err *err)
{
    const char *given = args_given_text(update->args, OPTION_OUTPUT);
    if (given != NULL && !text_copy(update->output, OUTPUT_SIZE, given)) {
        return err_set(err, ERR_USAGE, "--output is too long");
    }
    if (update->output[0] == '\0') {
        text_copy(update->output, OUTPUT_SIZE, "json");
    }
    if (ini_check_value("output", update->output, err) == 0) {
        return 0;
    }
    return given != NULL ? -1
                         : err_set(err, ERR_FILE,
                                   "%s: the output of profile %s has several lines or is not "
                                   "ASCII; use --output json to replace it",
                                   update->file, update->profile);
}

/* --print uses what the profile has now, if it can be read. */
static int read_present(struct update *update, char region[AWS_REGION_SIZE], struct err *err)
{
    struct err ignored;
    if (!update->prints) {
        return read_values(update, region, err);
    }
    bool usable = update->file[0] != '\0' && read_values(update, region, &ignored) == 0;
    if (!usable || aws_region_check(region, &ignored) != 0) {
        region[0] = '\0';
    }
    if (!usable || ini_check_value("output", update->output, &ignored) != 0) {
        update->output[0] = '\0';
    }
    return 0;
}

/* Called without the lock: the portal may be slow, and other processes need not wait for it. */
static int choose_values(struct update *update, struct err *err)
{
    char region[AWS_REGION_SIZE] = "";
    if (profile_process_add(&update->process, update->args, &update->host, &update->scope,
                            &update->holds_token, err) != 0 ||
        ini_check_value("credential_process", buf_str(&update->process), err) != 0 ||
        read_present(update, region, err) != 0 || choose_output(update, err) != 0 ||
        region_choose(update->args, &update->scope, region, update->region, err) != 0) {
        return -1;
    }
    update->edits[0] = (struct ini_edit){"credential_process", buf_str(&update->process)};
    update->edits[1] = (struct ini_edit){"region", update->region};
    update->edits[2] = (struct ini_edit){"output", update->output};
    update->edit = (struct shared_file_edit){update->profile, update->edits, EDITS};
    return 0;
}

static int write_out(const struct buf *text, struct err *err)
{
    return buf_check(text, err) != 0
               ? -1
               : fs_write_fd(STDOUT_FILENO, "standard output", text->data, text->len, err);
}

static int add_diff(const struct update *update, const struct buf *before, const struct buf *after,
                    struct buf *out, struct err *err)
{
    struct buf masked[2];
    int result = 0;
    buf_init(&masked[0], SHARED_FILE_MAX * 2);
    buf_init(&masked[1], SHARED_FILE_MAX * 2);
    mask_secrets(&masked[0], buf_str(before), before->len, options, OPTION_COUNT);
    mask_secrets(&masked[1], buf_str(after), after->len, options, OPTION_COUNT);
    if (buf_check(&masked[0], err) != 0 || buf_check(&masked[1], err) != 0) {
        result = -1;
    } else {
        const struct diff_side sides[] = {
            {update->file, buf_str(&masked[0]), masked[0].len},
            {update->file, buf_str(&masked[1]), masked[1].len},
        };
        result = diff_unified(&sides[0], &sides[1], out, err);
    }
    buf_done(&masked[0]);
    buf_done(&masked[1]);
    return result;
}

static int print_diff(const struct update *update, struct err *err)
{
    struct buf before;
    struct buf after;
    struct buf out;
    struct ini_doc doc;
    bool changed = false;
    buf_init(&before, SHARED_FILE_MAX);
    buf_init(&after, SHARED_FILE_MAX);
    buf_init(&out, SHARED_FILE_MAX * 2);
    int result = read_config(update, &before, &doc, err);
    ini_done(&doc);
    if (result == 0) {
        buf_add(&after, buf_str(&before), before.len);
        result = buf_check(&after, err);
    }
    if (result == 0) {
        result =
            shared_file_edit(update->file, INI_CONFIG, &update->edit, 1, &after, &changed, err);
    }
    if (result == 0) {
        result = add_diff(update, &before, &after, &out, err);
    }
    if (result == 0) {
        result = write_out(&out, err);
    }
    buf_done(&before);
    buf_done(&after);
    buf_done(&out);
    return result;
}

/* Prints the section as it would be added to an empty file. */
static int print_section(const struct update *update, struct err *err)
{
    struct buf text;
    bool changed = false;
    buf_init(&text, SHARED_FILE_MAX);
    int result = shared_file_edit("", INI_CONFIG, &update->edit, 1, &text, &changed, err);
    if (result == 0) {
        result = write_out(&text, err);
    }
    buf_done(&text);
    return result;
}

static int find_shadow(const struct update *update, bool *found, char what[SHADOW_TEXT_SIZE],
                       struct err *err)
{
    char path[PATH_MAX];
    struct buf text;
    struct ini_doc doc;
    const char *given = args_environment(update->args, "AWS_SHARED_CREDENTIALS_FILE");
    const char *home = args_environment(update->args, "HOME");
    bool can_exist = given != NULL || home != NULL;
    if (can_exist && shared_file_find(INI_CREDENTIALS, given, home, path, err) != 0) {
        return -1;
    }
    buf_init(&text, SHARED_FILE_MAX);
    int result = read_config(update, &text, &doc, err);
    if (result == 0) {
        result = shadow_find(&doc, can_exist ? path : NULL, update->profile, found, what, err);
    }
    ini_done(&doc);
    buf_done(&text);
    return result;
}

static int say(const struct update *update, const char *what, struct err *err)
{
    char line[PATH_MAX + 512];
    int len =
        snprintf(line, sizeof(line), "profile %s in %s: %s\n", update->profile, update->file, what);
    return fs_write_fd(STDOUT_FILENO, "standard output", line, (size_t)len, err);
}

static int check_shadow(const struct update *update, struct err *err)
{
    char what[SHADOW_TEXT_SIZE] = "";
    bool found = false;
    if (find_shadow(update, &found, what, err) != 0) {
        return err_wrap(err, "cannot check whether static keys shadow the profile");
    }
    return found ? err_set(err, ERR_FILE,
                           "profile %s is shadowed by %s: most SDKs prefer static keys. Remove "
                           "them",
                           update->profile, what)
                 : 0;
}

/* A file that holds a token must be readable only by its owner; otherwise its mode is kept. */
static struct fs_attributes choose_attributes(const struct update *update)
{
    struct fs_attributes attr = {.mode = 0600, .owner = (uid_t)-1, .group = (gid_t)-1};
    (void)fs_attributes_of(update->file, &attr);
    attr.mode = update->holds_token ? attr.mode & 0600 : attr.mode;
    attr.no_secrets = !update->holds_token;
    return attr;
}

static int write_profile(const struct update *update, struct err *err)
{
    struct fs_attributes attr = choose_attributes(update);
    bool written = false;
    if (shared_file_update(update->file, INI_CONFIG, &update->edit, 1, &attr, &written, err) != 0) {
        return -1;
    }
    if (update->holds_token) {
        log_warn("%s now contains the token (mode 0600); use --token-file to avoid that",
                 update->file);
    }
    if (say(update, written ? "written" : "nothing to change", err) != 0) {
        return -1;
    }
    struct err shadow_err;
    if (check_shadow(update, &shadow_err) != 0) {
        log_warn("%s", shadow_err.text);
    }
    return 0;
}

static int carry_out(struct update *update, struct err *err)
{
    const struct args *args = update->args;
    bool dry_run = false;
    bool check = false;
    if (args_switch(args, OPTION_DRY_RUN, &dry_run, err) != 0 ||
        args_switch(args, OPTION_PRINT, &update->prints, err) != 0 ||
        args_switch(args, OPTION_CHECK, &check, err) != 0 || find_target(update, err) != 0) {
        return -1;
    }
    if (find_file(update, err) != 0) {
        if (!update->prints) {
            return -1;
        }
        update->file[0] = '\0';
    }
    if (check) {
        return check_shadow(update, err) != 0 ? -1 : say(update, "no static keys shadow it", err);
    }
    if (session_check(args, err) != 0 || choose_values(update, err) != 0) {
        return -1;
    }
    return update->prints ? print_section(update, err)
           : dry_run      ? print_diff(update, err)
                          : write_profile(update, err);
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
    SCOPE_OPTIONS,  OPTION_REGION, OPTION_OUTPUT, OPTION_CONFIG_FILE, OPTION_COMMAND,
    OPTION_DRY_RUN, OPTION_PRINT,  OPTION_CHECK,  SESSION_OPTIONS,    CACHE_OPTIONS,
};

static const struct option_text texts[] = {
    {OPTION_OUTPUT, .no_variable = true,
     .text = "`output` of the profile (default: unchanged, or json)"},
    {OPTION_REGION, .text = "`region` of the profile (default: see above)"},
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
        "The options of this command line, the host and the scope become part of the profile;\n"
        "other environment variables do not. The region is the first of --region, AWS_REGION,\n"
        "AWS_DEFAULT_REGION, the profile's own, the tenant's, the portal's default and\n"
        "us-west-2.\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .texts = texts,
    .text_count = sizeof(texts) / sizeof(texts[0]),
    .run = run,
};
