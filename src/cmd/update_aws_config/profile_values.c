/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "cli/args.h"
#include "cli/personality.h"
#include "cmd/update_aws_config/update.h"
#include "session/profile_process.h"
#include "session/region.h"

int update_read_config(const struct update *update, struct buf *text, struct ini_doc *doc,
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
    int result = update_read_config(update, &text, &doc, err);
    if (result == 0) {
        result = present_value(&doc, update->profile, "region", region, AWS_REGION_SIZE, err);
    }
    if (result == 0) {
        result =
            present_value(&doc, update->profile, "output", update->output, UPDATE_OUTPUT_SIZE, err);
    }
    ini_done(&doc);
    buf_done(&text);
    return result;
}

static int choose_output(struct update *update, struct err *err)
{
    const char *given = update->args->personality->prints_json
                            ? NULL /* there it is the format of the message */
                            : args_given_text(update->args, OPTION_OUTPUT);
    if (given != NULL && !text_copy(update->output, UPDATE_OUTPUT_SIZE, given)) {
        return err_set(err, ERR_USAGE, "--output is too long");
    }
    if (update->output[0] == '\0') {
        text_copy(update->output, UPDATE_OUTPUT_SIZE, "json");
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

static int check_process(const struct update *update, struct err *err)
{
    struct err why;
    if (ini_check_value("credential_process", buf_str(&update->process), &why) == 0) {
        return 0;
    }
    *err = why;
    return args_text(update->args, OPTION_COMMAND) == NULL
               ? err_set(err, ERR_USAGE,
                         "%s. Use --command PROGRAM if that is the path of this program", why.text)
               : -1;
}

int update_choose_values(struct update *update, struct err *err)
{
    char region[AWS_REGION_SIZE] = "";
    if (profile_process_add(&update->process, update->args, &update->host, &update->scope,
                            &update->holds_token, err) != 0 ||
        check_process(update, err) != 0 || read_present(update, region, err) != 0 ||
        choose_output(update, err) != 0 ||
        region_choose(update->args, &update->scope, region, update->offline, update->region, err) !=
            0) {
        return -1;
    }
    size_t count = 0;
    update->edits[count++] =
        (struct ini_edit){.key = "credential_process", .value = buf_str(&update->process)};
    if (update->region[0] != '\0') {
        update->edits[count++] = (struct ini_edit){.key = "region", .value = update->region};
    }
    update->edits[count++] = (struct ini_edit){.key = "output", .value = update->output};
    update->edit = (struct shared_file_edit){update->profile, update->edits, count};
    return 0;
}
