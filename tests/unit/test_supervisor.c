/* SPDX-License-Identifier: MIT */
/* A program beside its endpoint: its environment, its end, its signals. */
#include "rows.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "net/address.h"
#include "sandbox.h"
#include "serve/endpoint.h"
#include "serve/profile_list.h"
#include "serve/supervisor.h"

static int fetch(void *context, int profile, int64_t want_left_s, struct aws_credentials *creds,
                 int64_t *left_s, struct err *err)
{
    (void)context;
    (void)profile;
    (void)want_left_s;
    (void)creds;
    (void)left_s;
    return err_set(err, ERR_UNAVAILABLE, "no portal");
}

static int run(const char *const *argv, struct err *err)
{
    struct profile_list profiles = {0};
    static const char *const environment[] = {"PATH=/usr/bin:/bin", "AWS_SECRET_ACCESS_KEY=old",
                                              "AWS_PROFILE=old", "KEPT=x", NULL};
    const struct supervised_program program = {
        .argv = (char *const *)argv, .environment = environment, .region = "eu-west-1"};
    const struct scope scope = {.kind = SCOPE_ADMIN};
    struct address address;
    assert_int_equal(profile_list_add(&profiles, "default", &scope, err), 0);
    assert_int_equal(address_parse(&address, "127.0.0.1:0", err), 0);
    const struct endpoint_config config = {.profiles = &profiles,
                                           .work = {.fetch = fetch, .limit_ms = 20000},
                                           .addresses = &address,
                                           .address_count = 1};
    int result = supervisor_run(&config, &program, err);
    profile_list_done(&profiles);
    return result;
}

/* supervisor_run blocks the process's signals for good, so it runs in a child. Its result, or minus
 * the kind of its error. */
static int run_apart(const char *const *argv)
{
    int ends[2];
    int result = 0;
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        struct err err = {0};
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        result = run(argv, &err);
        result = result < 0 ? -(int)err.kind : result;
        _exit(write(ends[1], &result, sizeof(result)) == sizeof(result) ? 0 : 1);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &result, sizeof(result)), sizeof(result));
    close(ends[0]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    return result;
}

static int run_shell(const char *script)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    return run_apart(argv);
}

static void returns_the_exit_code(void **state)
{
    static const struct {
        const char *script;
        int want;
    } rows[] = {
        {"exit 0", 0},          {"exit 42", 42},       {"kill -TERM $$", 128 + SIGTERM},
        {"kill -KILL $$", 137}, {"kill -HUP $$", 129}, {"(sleep 0.05; exit 7) & exit 3", 3},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        row_int(rows[i].script, run_shell(rows[i].script), rows[i].want);
    }
}

static void says_why_it_did_not_start(void **state)
{
    const char *const missing[] = {"/no/such/program", NULL};
    const char *const directory[] = {"/", NULL};
    (void)state;
    assert_int_equal(run_apart(missing), -ERR_COMMAND_MISSING);
    assert_int_equal(run_apart(directory), -ERR_COMMAND_UNUSABLE);
}

static void sets_the_environment(void **state)
{
    char script[256];
    size_t len = 0;
    (void)state;
    snprintf(script, sizeof(script), "env >%s", sandbox_path("env"));
    assert_int_equal(run_shell(script), 0);
    char *env = sandbox_read(sandbox_path("env"), &len);
    row_has("uri", env, "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:");
    row_has("token", env, "AWS_CONTAINER_AUTHORIZATION_TOKEN=");
    row_has("region", env, "AWS_REGION=eu-west-1\n");
    row_has("region", env, "AWS_DEFAULT_REGION=eu-west-1\n");
    row_has("others", env, "KEPT=x\n");
    row_lacks("keys", env, "AWS_SECRET_ACCESS_KEY");
    row_lacks("profile", env, "AWS_PROFILE");
    free(env);
}

/* Waits for a signal, ten seconds at most. */
#define WAIT "i=0; while [ $i -lt 200 ]; do i=$((i + 1)); sleep 0.05; done"

/* The program sends its parent a signal and gets it back; it has no signal blocked. */
static void passes_signals_on(void **state)
{
    (void)state;
    assert_int_equal(run_shell("trap 'exit 5' TERM; kill -TERM $PPID; " WAIT), 5);
    assert_int_equal(run_shell("trap 'exit 6' USR1; kill -USR1 $PPID; " WAIT), 6);
    assert_int_equal(run_shell("kill -INT $PPID; " WAIT), 128 + SIGINT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(returns_the_exit_code),
        cmocka_unit_test(says_why_it_did_not_start),
        cmocka_unit_test_setup_teardown(sets_the_environment, sandbox_setup, sandbox_teardown),
        cmocka_unit_test(passes_signals_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
