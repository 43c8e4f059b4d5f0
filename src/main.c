/* SPDX-License-Identifier: MIT */
/* Starts up, runs the command that the command line names, prints the error and maps the exit
 * code. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/process.h"
#include "cli/args.h"
#include "cli/args_parse.h"
#include "cli/choice.h"
#include "cli/help.h"
#include "cmd/commands.h"
#include "session/context_load.h"

extern char **environ;

/* The only place that prints an error: one line, in one write. */
static void print_error(const struct err *err)
{
    char line[ERR_TEXT_SIZE + 32];
    struct err ignored;
    int len = snprintf(line, sizeof(line), "%sduplojit:%s %s\n", log_paint(LOG_RED),
                       log_paint(LOG_PLAIN), err->text);
    if (len > 0 && fs_write_fd(STDERR_FILENO, "standard error", line, (size_t)len, &ignored) != 0) {
        return; /* there is no other place to report it */
    }
}

static int set_up_log(const struct args *args, struct err *err)
{
    static const char *const words[] = {
        [LOG_COLOR_AUTO] = "auto",
        [LOG_COLOR_ALWAYS] = "always",
        [LOG_COLOR_NEVER] = "never",
        NULL,
    };
    bool debug = false;
    bool quiet = false;
    int color = LOG_COLOR_AUTO;
    if (choice_read(args, OPTION_COLOR, words, &color, err) != 0) {
        return -1;
    }
    log_set_color((enum log_color)color);
    if (args_switch(args, OPTION_DEBUG, &debug, err) != 0 ||
        args_switch(args, OPTION_QUIET, &quiet, err) != 0) {
        return -1;
    }
    if (debug) {
        log_enable_debug();
    }
    if (quiet) {
        log_mute_warnings();
    }
    return 0;
}

static int dispatch(struct args *args, struct args_context *context, struct err *err)
{
    if (args_given(args, OPTION_HELP)) {
        return help_write(STDOUT_FILENO, &command_table, args->command, err);
    }
    if (args_given(args, OPTION_VERSION)) {
        return command_version.run(args, err);
    }
    if (args->command == NULL) {
        return help_write(STDERR_FILENO, &command_table, NULL, err) != 0 ? -1 : ERR_USAGE;
    }
    return args_check_paths(args, err) != 0 || context_load(args, context, err) != 0
               ? -1
               : args->command->run(args, err);
}

int main(int argc, char **argv)
{
    struct args args;
    struct args_context context; /* filled only if it is used */
    struct err err = {0};
    struct err ignored;
    /* First, because it wipes secrets that other users can read, and because it cannot block. */
    int result = args_parse(&args, &command_table, argc, argv, (const char *const *)environ, &err);
    process_harden();
    /* Also for a command line that cannot be read, because its error has a color. */
    if (set_up_log(&args, result == 0 ? &err : &ignored) != 0) {
        result = -1;
    }
    if (result == 0) {
        result = dispatch(&args, &context, &err);
    }
    /* A command that the line does not name, or misspells, may be meant to be aws. */
    const struct command *command = args.command != NULL ? args.command : &command_aws;
    if (result != 0 && command->print_failure != NULL) {
        command->print_failure(&args);
    }
    args_done(&args);
    if (result >= 0) {
        return result;
    }
    print_error(&err);
    return err.kind != ERR_NONE ? (int)err.kind : ERR_INTERNAL;
}
