/* SPDX-License-Identifier: MIT */
/* duplojit install: a copy of this very program, for a shared volume in a pod. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "cmd/args.h"
#include "cmd/command.h"
#include "cmd/file_options.h"

enum { PROGRAM_MAX = 16 << 20, LOCK_PATIENCE_MS = 10000 };

/* A directory gets a file named duplojit. Links are followed. */
static int find_target(const char *destination, char out[PATH_MAX], struct err *err)
{
    struct stat info;
    char path[PATH_MAX];
    bool is_dir = stat(destination, &info) == 0 && S_ISDIR(info.st_mode);
    int len = snprintf(path, sizeof(path), "%s%s", destination, is_dir ? "/duplojit" : "");
    if (len < 0 || (size_t)len >= sizeof(path)) {
        return err_set(err, ERR_FILE, "path too long: %.80s...", destination);
    }
    return fs_follow(path, out, err);
}

static int copy_to(const char *target, const struct fs_attributes *attr, const struct buf *program,
                   struct err *err)
{
    char dir[PATH_MAX];
    struct fs_lock lock = {.fd = -1};
    if (fs_dirname(target, dir, err) != 0 || fs_make_dirs(dir, err) != 0) {
        return -1;
    }
    if (fs_lock_take(&lock, target, clock_mono_ms() + LOCK_PATIENCE_MS, err) != 0) {
        err->kind = ERR_FILE;
        return -1;
    }
    int result = fs_replace(target, program->data, program->len, attr, err);
    fs_lock_release(&lock);
    return result;
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
        return err_set(err, ERR_USAGE, "where to? write duplojit install DEST");
    }
    if (find_target(args->operands[0], target, err) != 0) {
        return -1;
    }
    if (args_text(args, OPTION_MODE) == NULL) {
        attr.mode = 0755;
    }
    buf_init(&program, PROGRAM_MAX);
    int result = fs_read("/proc/self/exe", &program, NULL, err);
    if (result == 0) {
        result = copy_to(target, &attr, &program, err);
    }
    buf_done(&program);
    return result;
}

static const enum option_id option_list[] = {FILE_OPTIONS, OPTION_DEBUG};

const struct command command_install = {
    .name = "install",
    .operands = "DEST",
    .operands_max = 1,
    .summary = "copy this program to DEST, for another container to run",
    .details = "DEST is a file, or a directory that gets a file named duplojit. Whoever looks\n"
               "sees no copy or a whole one. Mode 0755 unless --mode says otherwise.\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};
