/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "cmd/commands.h"

static int run(const struct args *args, struct err *err)
{
    static const char text[] = "duplojit " DUPLOJIT_VERSION "\n";
    (void)args;
    return fs_write_fd(STDOUT_FILENO, "standard output", text, strlen(text), err);
}

const struct command command_version = {
    .name = "version",
    .operands = "",
    .summary = "Print the version",
    .examples = "version\n"
                "--version\n",
    .run = run,
};
