/* SPDX-License-Identifier: MIT */
/* duplojit update-aws-config: a profile whose credential_process is this program. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/scope_options.h"
#include "cmd/commands.h"
#include "cmd/update_aws_config/diff.h"
#include "cmd/update_aws_config/mask.h"
#include "cmd/update_aws_config/profile.h"
#include "session/session.h"

enum { LOCK_PATIENCE_MS = 30000, WORDS_SIZE = PATH_MAX + 300 };

/* One run: what the profile shall be, and the file as it is and as it shall be. */
struct update {
    const struct args *args;
    const char *profile;
    char named[PATH_MAX]; /* the file as the user knows it */
    char path[PATH_MAX];  /* where its links lead: what is replaced */
    struct url_origin host;
    struct scope scope;
    bool holds_token;
    char region[AWS_REGION_SIZE];
    char output[PROFILE_OUTPUT_SIZE];
    struct buf process;
    struct buf before;
    struct buf after;
};

static int find_target(struct update *update, struct err *err)
{
    const struct args *args = update->args;
    if (session_host(args, &update->host, err) != 0 ||
        scope_options_read(args, &update->scope, err) != 0) {
        return -1;
    }
    update->profile = args->operand_count > 0 ? args->operands[0] : update->host.host;
    if (ini_check_name(INI_CONFIG, update->profile, err) != 0) {
        return err_wrap(err, "profile name");
    }
    const char *given = args_text(args, OPTION_CONFIG_FILE);
    return profile_find_file(args, given, "config", update->named, err) != 0 ||
                   fs_follow(update->named, update->path, err) != 0
               ? -1
               : fs_check_replaceable(update->path, err);
}

/* Reads the file and parses it; a missing one is an empty one. */
static int read_config(struct update *update, struct ini_doc *doc, struct err *err)
{
    bool found = false;
    buf_clear(&update->before);
    if (fs_read(update->path, &update->before, &found, err) != 0) {
        return -1;
    }
    return ini_parse(doc, INI_CONFIG, buf_str(&update->before), update->before.len, err);
}

static int current_value(const struct ini_doc *doc, const char *profile, const char *key, char *out,
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

/* Of what the profile has, region and output count where the command line says nothing. */
static int read_values(struct update *update, char region[AWS_REGION_SIZE], struct err *err)
{
    struct ini_doc doc = {0};
    int result = read_config(update, &doc, err);
    if (result == 0 && ini_check(&doc, err) != 0) {
        result = err_wrap(err, "%s", update->named);
    }
    if (result == 0) {
        result = current_value(&doc, update->profile, "region", region, AWS_REGION_SIZE, err);
    }
    if (result == 0) {
        result = current_value(&doc, update->profile, "output", update->output,
                               sizeof(update->output), err);
    }
    ini_done(&doc);
    return result;
}

/* Before the lock: the portal may be slow, and other instances need not wait for it. */
static int choose_values(struct update *update, struct err *err)
{
    char region[AWS_REGION_SIZE] = "";
    const char *output = args_given_text(update->args, OPTION_OUTPUT);
    if (read_values(update, region, err) != 0) {
        return -1;
    }
    if (output != NULL && !text_copy(update->output, sizeof(update->output), output)) {
        return err_set(err, ERR_USAGE, "--output is too long");
    }
    if (update->output[0] == '\0') {
        text_copy(update->output, sizeof(update->output), "json");
    }
    if (ini_check_value("output", update->output, err) != 0) {
        if (output == NULL) {
            return err_set(err, ERR_FILE,
                           "%s: the output of profile %s goes over several lines, or is not ASCII; "
                           "-o json replaces it",
                           update->named, update->profile);
        }
        return -1;
    }
    return profile_choose_region(update->args, &update->scope, region, update->region, err);
}

/* update->before becomes update->after. */
static int edit(struct update *update, struct err *err)
{
    const struct ini_edit edits[] = {
        {"credential_process", buf_str(&update->process)},
        {"region", update->region},
        {"output", update->output},
    };
    struct ini_doc doc = {0};
    int result = read_config(update, &doc, err);
    if (result == 0) {
        result = ini_edit(&doc, update->profile, edits, sizeof(edits) / sizeof(edits[0]),
                          &update->after, err);
    }
    ini_done(&doc);
    return result != 0 ? err_wrap(err, "%s", update->named) : 0;
}

static int print_diff(const struct update *update, struct err *err)
{
    struct buf before;
    struct buf after;
    struct buf out;
    buf_init(&before, PROFILE_FILE_MAX * 2);
    buf_init(&after, PROFILE_FILE_MAX * 2);
    buf_init(&out, PROFILE_FILE_MAX * 2);
    int result = -1;
    mask_secrets(&before, buf_str(&update->before), update->before.len, options, OPTION_COUNT);
    mask_secrets(&after, buf_str(&update->after), update->after.len, options, OPTION_COUNT);
    if (buf_check(&before, err) == 0 && buf_check(&after, err) == 0) {
        const struct diff_side sides[] = {
            {update->named, buf_str(&before), before.len},
            {update->named, buf_str(&after), after.len},
        };
        result = diff_unified(&sides[0], &sides[1], &out, err);
    }
    if (result == 0) {
        result = fs_write_fd(STDOUT_FILENO, "standard output", out.data, out.len, err);
    }
    buf_done(&before);
    buf_done(&after);
    buf_done(&out);
    return result;
}

/* The section that an empty file would get. */
static int print_section(struct update *update, struct err *err)
{
    struct ini_doc empty = {0};
    const struct ini_edit edits[] = {
        {"credential_process", buf_str(&update->process)},
        {"region", update->region},
        {"output", update->output},
    };
    int result = ini_parse(&empty, INI_CONFIG, "", 0, err);
    if (result == 0) {
        result = ini_edit(&empty, update->profile, edits, sizeof(edits) / sizeof(edits[0]),
                          &update->after, err);
    }
    ini_done(&empty);
    return result != 0 ? -1
                       : fs_write_fd(STDOUT_FILENO, "standard output", update->after.data,
                                     update->after.len, err);
}

static int find_shadow(struct update *update, bool *found, char words[WORDS_SIZE], struct err *err)
{
    struct ini_doc doc = {0};
    int result = read_config(update, &doc, err);
    if (result == 0 && ini_check(&doc, err) != 0) {
        result = err_wrap(err, "%s", update->named);
    }
    if (result == 0) {
        result =
            profile_find_shadow(update->args, &doc, update->profile, found, words, WORDS_SIZE, err);
    }
    ini_done(&doc);
    return result;
}

/* Fails where something shadows the profile, so that a script can tell; or only warns, of a profile
 * that is written. */
static int check_shadow(struct update *update, bool fail, struct err *err)
{
    char words[WORDS_SIZE] = "";
    bool found = false;
    if (find_shadow(update, &found, words, err) != 0) {
        if (fail) {
            return -1;
        }
        log_warn("whether static keys shadow the profile is not known: %s", err->text);
        return 0;
    }
    if (!found) {
        return 0;
    }
    if (fail) {
        return err_set(err, ERR_FILE,
                       "profile %s is shadowed by %s: most SDKs prefer static keys; remove them",
                       update->profile, words);
    }
    log_warn("profile %s is shadowed by %s: most SDKs prefer static keys; remove them",
             update->profile, words);
    return 0;
}

static int say(const struct update *update, const char *what, struct err *err)
{
    char line[PATH_MAX + 512];
    int len = snprintf(line, sizeof(line), "profile %s in %s: %s\n", update->profile, update->named,
                       what);
    return fs_write_fd(STDOUT_FILENO, "standard output", line, (size_t)len, err);
}

/* A file with a token in it is nobody else's to read. */
static struct fs_attributes new_attributes(const struct update *update, bool *changed)
{
    struct fs_attributes attr = {.mode = 0600, .owner = (uid_t)-1, .group = (gid_t)-1};
    bool exists = fs_attributes_of(update->path, &attr);
    mode_t mode = update->holds_token ? attr.mode & 0600 : attr.mode;
    *changed = !exists || mode != attr.mode;
    attr.mode = mode;
    return attr;
}

/* Reads, edits and replaces under the lock: what another instance wrote since is kept. */
static int write_locked(struct update *update, bool *written, struct err *err)
{
    bool mode_changes = false;
    if (edit(update, err) != 0) {
        return -1;
    }
    struct fs_attributes attr = new_attributes(update, &mode_changes);
    bool same = update->before.len == update->after.len &&
                memcmp(buf_str(&update->before), buf_str(&update->after), update->after.len) == 0;
    *written = !same || mode_changes;
    return *written ? fs_replace(update->path, update->after.data, update->after.len, &attr, err)
                    : 0;
}

static int write_profile(struct update *update, struct err *err)
{
    char dir[PATH_MAX];
    struct fs_lock lock = {.fd = -1};
    bool written = false;
    if (fs_dirname(update->path, dir, err) != 0 || fs_make_dirs(dir, NULL, err) != 0) {
        return -1;
    }
    if (fs_lock_take(&lock, update->path, clock_mono_ms() + LOCK_PATIENCE_MS, err) != 0) {
        err->kind = ERR_FILE;
        return -1;
    }
    int result = write_locked(update, &written, err);
    fs_lock_release(&lock);
    if (result != 0) {
        return -1;
    }
    if (update->holds_token) {
        log_warn("the token now stands in %s (mode 0600): --token-file keeps it out of there",
                 update->named);
    }
    return say(update, written ? "written" : "nothing to change", err) != 0
               ? -1
               : check_shadow(update, false, err);
}

static int carry_out(struct update *update, struct err *err)
{
    const struct args *args = update->args;
    bool dry_run = false;
    bool print = false;
    bool check = false;
    if (args_switch(args, OPTION_DRY_RUN, &dry_run, err) != 0 ||
        args_switch(args, OPTION_PRINT, &print, err) != 0 ||
        args_switch(args, OPTION_CHECK, &check, err) != 0 || find_target(update, err) != 0) {
        return -1;
    }
    if (check) {
        return check_shadow(update, true, err) != 0 ? -1
                                                    : say(update, "no static keys shadow it", err);
    }
    if (session_check(args, err) != 0 ||
        profile_add_process(&update->process, args, &update->host, &update->scope,
                            &update->holds_token, err) != 0 ||
        ini_check_value("credential_process", buf_str(&update->process), err) != 0 ||
        choose_values(update, err) != 0) {
        return -1;
    }
    if (print) {
        return print_section(update, err);
    }
    if (dry_run) {
        return edit(update, err) != 0 ? -1 : print_diff(update, err);
    }
    return write_profile(update, err);
}

static int run(const struct args *args, struct err *err)
{
    struct update update = {.args = args};
    buf_init(&update.process, INI_VALUE_MAX);
    buf_init(&update.before, PROFILE_FILE_MAX);
    buf_init(&update.after, PROFILE_FILE_MAX);
    int result = carry_out(&update, err);
    buf_done(&update.process);
    buf_done(&update.before);
    buf_done(&update.after);
    return result;
}

static const enum option_id option_list[] = {
    SCOPE_OPTIONS,  OPTION_REGION, OPTION_OUTPUT, OPTION_CONFIG_FILE, OPTION_COMMAND,
    OPTION_DRY_RUN, OPTION_PRINT,  OPTION_CHECK,  SESSION_OPTIONS,    CACHE_OPTIONS,
};

static const struct option_text texts[] = {
    {OPTION_OUTPUT, "`output` of the profile (default: unchanged, or json)"},
    {OPTION_REGION, "`region` of the profile (default: see above)"},
    {OPTION_DRY_RUN, "Print the changes as a unified diff and write nothing"},
};

const struct command command_update_aws_config = {
    .name = "update-aws-config",
    .operands = "[NAME]",
    .operands_max = 1,
    .summary = "Add a profile to ~/.aws/config that gets its credentials from duplojit",
    .examples = "  duplojit update-aws-config dev --tenant dev01 -I\n"
                "  duplojit update-aws-config dev --tenant dev01 --dry-run\n"
                "  duplojit update-aws-config --admin --token-file ~/.duplo-token\n",
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
