/* SPDX-License-Identifier: MIT */
/*
 * An endpoint for a person: whoever starts it is asked, once, before it listens. Renewals use what
 * is kept of that login, and never open a page: nobody may be there any more.
 */
#include <poll.h>
#include <signal.h>
#include <time.h>

#include "base/err.h"
#include "serve/renewal.h"
#include "session/serving.h"

enum {
    STEP_MS = 100,
    LIMIT_EXTRA_MS = 90000, /* another process's person may be thinking; nobody is cut short */
};

static int log_in(void *context, int profile, int64_t want_left_s, struct aws_credentials *creds,
                  int64_t *left_s, struct err *err)
{
    struct serving *serving = context;
    (void)profile;
    (void)want_left_s;
    (void)creds;
    (void)left_s;
    return session_portal(&serving->session, err) != NULL ? 0 : -1;
}

/* The child has the terminal, and gives it back before it ends: it must not be killed by what ends
 * us. A Ctrl-C reaches it by itself. */
static int wait_for_child(struct renewal *renewal, const sigset_t *ending, struct err *err)
{
    static const struct timespec at_once = {0};
    enum renewal_event event = RENEWAL_NOTHING;
    bool interrupted = false;
    while ((event = renewal_step(renewal)) == RENEWAL_NOTHING) {
        struct pollfd file = {.fd = renewal->fd, .events = POLLIN};
        poll(&file, 1, STEP_MS);
        int caught = sigtimedwait(ending, NULL, &at_once);
        interrupted = interrupted || caught > 0;
        if (caught == SIGTERM || caught == SIGHUP) {
            kill(renewal->pid, SIGTERM);
        }
    }
    if (event == RENEWAL_FAILED) {
        *err = renewal->report.err;
        if (interrupted && err->kind != ERR_CANCELLED) { /* it had no time to say so */
            err_set(err, ERR_CANCELLED, "login: interrupted");
        }
    }
    renewal_end(renewal);
    return event == RENEWAL_FAILED ? -1 : 0;
}

/* In a process of its own, as renewals are: see serve/renewal.h. */
static int log_in_apart(struct serving *serving, int64_t limit_ms, struct err *err)
{
    const struct renewal_work work = {.context = serving, .fetch = log_in, .limit_ms = limit_ms};
    struct renewal renewal;
    sigset_t ending;
    sigset_t before;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGHUP);
    sigprocmask(SIG_BLOCK, &ending, &before);
    renewal_init(&renewal);
    int result = renewal_start(&renewal, &work, 0, 0, err) != 0
                     ? -1
                     : wait_for_child(&renewal, &ending, err);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return result;
}

int serving_log_in(struct serving *serving, struct err *err)
{
    struct session *session = &serving->session;
    int64_t timeout_ms = 0;
    if (!session->interactive) {
        return 0;
    }
    if (!session->has_cache) {
        return err_set(
            err, ERR_FILE,
            "renewals find the login of --interactive in the cache, and there is none "
            "that can be written: leave out --no-cache, set DUPLO_CACHE or HOME, or give "
            "--token-file FILE");
    }
    for (int i = 0; i < serving->config.profile_count; i++) {
        enum scope_kind kind = serving->scopes[i].kind;
        session->as_admin = session->as_admin || kind == SCOPE_ADMIN || kind == SCOPE_DUPLO_OPS;
    }
    if (browser_wait_timeout_ms(session->args, &timeout_ms, err) != 0 ||
        log_in_apart(serving, timeout_ms + session->timeout_ms + LIMIT_EXTRA_MS, err) != 0) {
        return -1;
    }
    session->non_interactive = true;
    return 0;
}
