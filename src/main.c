/* SPDX-License-Identifier: MIT */
/* Starts up, finds the command, prints the error, maps the exit code. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/process.h"
#include "cli/args.h"
#include "cli/command.h"
#include "cli/help.h"

extern char **environ;

/* The one place that prints an error: one line, in one write. */
static void print_error(const struct err *err)
{
    char line[ERR_TEXT_SIZE + 16];
    struct err ignored;
    int len = snprintf(line, sizeof(line), "duplojit: %s\n", err->text);
    if (len > 0 && fs_write_fd(STDERR_FILENO, "standard error", line, (size_t)len, &ignored) != 0) {
        return; /* nobody left to tell */
    }
}

static int dispatch(const struct args *args, struct err *err)
{
    bool debug = false;
    if (args_switch(args, OPTION_DEBUG, &debug, err) != 0) {
        return -1;
    }
    if (debug) {
        log_enable_debug();
    }
    if (args_given(args, OPTION_HELP)) {
        return help_write(STDOUT_FILENO, args->command, err);
    }
    if (args_given(args, OPTION_VERSION)) {
        return command_version.run(args, err);
    }
    if (args->command == NULL) {
        return err_set(err, ERR_USAGE, "no command; `duplojit help` lists them");
    }
    return args_check_paths(args, err) != 0 ? -1 : args->command->run(args, err);
}

int main(int argc, char **argv)
{
    struct args args;
    struct err err = {0};
    process_harden();
    int result = args_parse(&args, argc, argv, (const char *const *)environ, &err);
    if (result == 0) {
        result = dispatch(&args, &err);
    }
    args_done(&args);
    if (result >= 0) {
        return result;
    }
    print_error(&err);
    return err.kind != ERR_NONE ? (int)err.kind : ERR_INTERNAL;
}
