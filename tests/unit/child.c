/* SPDX-License-Identifier: MIT */
#include "child.h"

#include "rows.h"

#include <sys/wait.h>
#include <unistd.h>

int run_in_child(int (*checks)(void))
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(checks());
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
