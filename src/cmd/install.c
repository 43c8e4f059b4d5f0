/* SPDX-License-Identifier: MIT */
/* duplojit install: copies this program, for example to a volume that a pod's containers share. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "cli/args.h"
#include "cli/file_options.h"
#include "cmd/commands.h"

enum { PROGRAM_MAX = 16 << 20 };

/* If the destination is a directory, the copy is named duplojit. */
static int find_target(const char *destination, char out[PATH_MAX], struct err *err)
{
    struct stat info;
    bool is_dir = stat(destination, &info) == 0 && S_ISDIR(info.st_mode);
    int len = snprintf(out, PATH_MAX, "%s%s", destination, is_dir ? "/duplojit" : "");
    return len < 0 || len >= PATH_MAX
               ? err_set(err, ERR_FILE, "path too long: %.80s...", destination)
               : 0;
}

static int run(const struct args *args, struct err *err)
{
    char target[PATH_MAX];
    struct fs_attributes attr;
    struct buf program;
    if (file_options_read(args, &attr, err) != 0) {
        return -1;
    }
    if (args->operand_count == 0) {
        return err_set(err, ERR_USAGE, "no destination given: use duplojit install DEST");
    }
    if (find_target(args->operands[0], target, err) != 0) {
        return -1;
    }
    if (args_text(args, OPTION_MODE) == NULL) {
        attr.mode = 0755;
    }
    attr.no_secrets = true;
    buf_init(&program, PROGRAM_MAX);
    int result = fs_read("/proc/self/exe", &program, NULL, err);
    if (result == 0) {
        result = fs_put(target, program.data, program.len, &attr, err);
    }
    buf_done(&program);
    return result;
}

static const enum option_id option_list[] = {FILE_OPTIONS, COMMON_OPTIONS};

static const struct option_text texts[] = {
    {OPTION_MODE, .text = "Mode of the copy (default: 0755)"},
};

const struct command command_install = {
    .name = "install",
    .operands = "DEST",
    .operands_max = 1,
    .summary = "Copy this program, for example into the volume of a container",
    .examples = "install /shared\n"
                "install /shared/duplojit --mode 0555\n",
    .details =
        "DEST is a file, or a directory that gets a file named duplojit. The copy appears whole\n"
        "or not at all.\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .texts = texts,
    .text_count = sizeof(texts) / sizeof(texts[0]),
    .run = run,
};
