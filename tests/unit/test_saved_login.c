/* SPDX-License-Identifier: MIT */
/* The file of a login, and how processes share it. */
#include "rows.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "broker/cache.h"
#include "login/saved_login.h"
#include "net/url.h"
#include "sandbox.h"

static const struct url_origin portal = {.origin = "https://portal.example.com",
                                         .host = "portal.example.com"};

/* A person and a portal. */
struct actor {
    int asked;
    int checked;
    bool token_good;
    const char *says; /* the next token; NULL: cancelled */
    const struct cache *cache;
    const char *meanwhile; /* the token that another process gets before we have the lock */
    int waited;
    bool gives_up;
    int64_t left_ms; /* of the last call */
};

static bool act_wait(void *context, int64_t left_ms)
{
    struct actor *actor = context;
    actor->waited++;
    actor->left_ms = left_ms;
    return !actor->gives_up;
}

static int act_ask(void *context, struct login_grant *grant, struct err *err)
{
    struct actor *actor = context;
    actor->asked++;
    if (actor->says == NULL) {
        return err_set(err, ERR_CANCELLED, "no, thanks");
    }
    buf_add_str(&grant->token, actor->says);
    return buf_check(&grant->token, err);
}

static int act_check(void *context, const struct saved_login *login, bool *good, struct err *err)
{
    struct actor *actor = context;
    (void)login;
    (void)err;
    actor->checked++;
    *good = actor->token_good;
    return 0;
}

/* Another process logs in after we have read the file and before we have the lock. */
static int act_meanwhile(void *context, const struct saved_login *login, bool *good,
                         struct err *err)
{
    struct actor *actor = context;
    struct actor other = {.says = actor->meanwhile};
    const struct saved_login_callbacks callbacks = {&other, act_check, act_ask, act_wait, 1000};
    struct saved_login theirs;
    struct err ignored;
    saved_login_init(&theirs, login->portal, login->admin);
    saved_login_read(actor->cache, &theirs);
    if (saved_login_get(actor->cache, &callbacks, true, &theirs, &ignored) == 0) {
        assert_non_null(actor->meanwhile);
    }
    saved_login_done(&theirs);
    return act_check(context, login, good, err);
}

static struct cache open_cache(void)
{
    struct cache cache;
    struct err err;
    assert_int_equal(cache_open(&cache, sandbox_path("cache"), &err), 0);
    return cache;
}

/* {"sub":"ann"} and {"sub":"bob"} */
#define ANN_1 "h.eyJzdWIiOiJhbm4ifQ.1"
#define ANN_2 "h.eyJzdWIiOiJhbm4ifQ.2"
#define BOB "h.eyJzdWIiOiJib2IifQ.1"

static void log_in(const struct cache *cache, const char *token, struct saved_login *login)
{
    struct actor actor = {.says = token};
    const struct saved_login_callbacks callbacks = {&actor, act_check, act_ask, act_wait, 1000};
    struct err err;
    saved_login_init(login, portal.origin, false);
    saved_login_read(cache, login);
    assert_int_equal(saved_login_get(cache, &callbacks, true, login, &err), 0);
    assert_string_equal(buf_str(&login->token), token);
    assert_int_equal(actor.asked, 1);
}

static void test_owner_id(void **state)
{
    struct cache cache = open_cache();
    struct saved_login login;
    char first[SAVED_LOGIN_OWNER_ID_SIZE];
    (void)state;
    log_in(&cache, ANN_1, &login);
    memcpy(first, login.cache_owner_id, sizeof(first));
    assert_int_equal(strlen(first), SAVED_LOGIN_OWNER_ID_SIZE - 1);
    saved_login_done(&login);
    log_in(&cache, ANN_2, &login);
    assert_string_equal(login.cache_owner_id, first); /* the same person */
    saved_login_done(&login);
    log_in(&cache, BOB, &login);
    assert_string_not_equal(login.cache_owner_id, first);
    memcpy(first, login.cache_owner_id, sizeof(first));
    saved_login_done(&login);
    log_in(&cache, "opaque-1", &login);
    assert_string_not_equal(login.cache_owner_id, first);
    memcpy(first, login.cache_owner_id, sizeof(first));
    saved_login_done(&login);
    log_in(&cache, "opaque-2", &login);
    assert_string_not_equal(login.cache_owner_id, first); /* perhaps another one */
    saved_login_done(&login);
    cache_close(&cache);
}

static void test_saved(void **state)
{
    struct cache cache = open_cache();
    struct saved_login login;
    int removed = 0;
    struct err err;
    (void)state;
    log_in(&cache, ANN_1, &login);
    saved_login_done(&login);
    saved_login_init(&login, portal.origin, true); /* an administrator's login is a different one */
    saved_login_read(&cache, &login);
    assert_int_equal(login.token.len, 0);
    saved_login_done(&login);
    saved_login_init(&login, "https://other.example.com", false);
    saved_login_read(&cache, &login);
    assert_int_equal(login.token.len, 0);
    saved_login_done(&login);
    saved_login_init(&login, portal.origin, false);
    saved_login_read(&cache, &login);
    assert_string_equal(buf_str(&login.token), ANN_1);
    assert_string_equal(login.user, "ann");
    saved_login_done(&login);
    assert_int_equal(
        saved_login_forget(sandbox_path("cache"), "https://other.example.com", &removed, &err), 0);
    assert_int_equal(removed, 0);
    /* A file that cannot be read may hold a token of any portal. */
    sandbox_write_text(sandbox_path("cache/0123456789abcdef0123456789abcdef.login"), "{\"Token\":");
    assert_int_equal(saved_login_forget(sandbox_path("cache"), portal.origin, &removed, &err), 0);
    assert_int_equal(removed, 2);
    cache_close(&cache);
}

/* Of the processes that need a login at once, one asks; the others get its result, also a failure.
 */
static void test_shared(void **state)
{
    struct cache cache = open_cache();
    struct saved_login login;
    struct err err;
    (void)state;
    log_in(&cache, ANN_1, &login);
    struct actor actor = {.cache = &cache, .says = "mine", .meanwhile = ANN_2};
    const struct saved_login_callbacks callbacks = {&actor, act_meanwhile, act_ask, act_wait, 1000};
    assert_int_equal(saved_login_get(&cache, &callbacks, false, &login, &err), 0);
    assert_string_equal(buf_str(&login.token), ANN_2);
    assert_int_equal(actor.asked, 0);
    actor.meanwhile = NULL;
    assert_int_equal(saved_login_get(&cache, &callbacks, false, &login, &err), -1);
    assert_int_equal(err.kind, ERR_CANCELLED);
    assert_non_null(strstr(err.text, "no, thanks"));
    assert_int_equal(actor.asked, 0);
    /* A later process asks again. */
    struct actor later = {.says = ANN_1};
    const struct saved_login_callbacks later_callbacks = {&later, act_check, act_ask, act_wait,
                                                          1000};
    assert_int_equal(saved_login_get(&cache, &later_callbacks, false, &login, &err), 0);
    assert_int_equal(later.asked, 1);
    saved_login_done(&login);
    cache_close(&cache);
}

/* After a failed login, the one before it is still saved. */
static void test_failure_keeps_the_login_before(void **state)
{
    struct cache cache = open_cache();
    struct saved_login login;
    struct err err;
    struct actor actor = {0};
    const struct saved_login_callbacks callbacks = {&actor, act_check, act_ask, act_wait, 1000};
    (void)state;
    log_in(&cache, ANN_1, &login);
    assert_int_equal(saved_login_get(&cache, &callbacks, true, &login, &err), -1);
    saved_login_done(&login);
    saved_login_init(&login, portal.origin, false);
    saved_login_read(&cache, &login);
    assert_string_equal(buf_str(&login.token), ANN_1);
    assert_string_equal(login.failure, "no, thanks");
    saved_login_done(&login);
    cache_close(&cache);
}

/* Another process asks its person, who does not answer. */
static void test_waiting_ends(void **state)
{
    struct cache cache = open_cache();
    struct saved_login login;
    struct fs_lock lock;
    struct err err;
    glob_t found;
    struct actor actor = {.says = ANN_2};
    const struct saved_login_callbacks callbacks = {&actor, act_check, act_ask, act_wait, 30};
    (void)state;
    log_in(&cache, ANN_1, &login);
    assert_int_equal(glob(sandbox_path("cache/*.login"), 0, NULL, &found), 0);
    assert_int_equal(fs_lock_take(&lock, found.gl_pathv[0], clock_mono_ms(), &err), 0);
    assert_int_equal(saved_login_get(&cache, &callbacks, true, &login, &err), -1);
    assert_int_equal(err.kind, ERR_CANCELLED);
    assert_int_equal(actor.asked, 0);
    assert_int_equal(actor.waited, 2); /* at the start and at the end */
    assert_int_equal(actor.left_ms, 0);
    struct actor hasty = {.says = ANN_2, .gives_up = true};
    const struct saved_login_callbacks hasty_callbacks = {&hasty, act_check, act_ask, act_wait,
                                                          60000};
    assert_int_equal(saved_login_get(&cache, &hasty_callbacks, true, &login, &err), -1);
    assert_int_equal(err.kind, ERR_CANCELLED);
    assert_non_null(strstr(err.text, "interrupted"));
    assert_int_equal(hasty.asked, 0);
    assert_int_equal(hasty.waited, 2);
    fs_lock_release(&lock);
    assert_int_equal(saved_login_get(&cache, &callbacks, true, &login, &err), 0);
    assert_int_equal(actor.asked, 1);
    assert_int_equal(actor.waited, 2);
    saved_login_done(&login);
    globfree(&found);
    cache_close(&cache);
}

static void test_good_login_is_used_without_asking(void **state)
{
    struct cache cache = open_cache();
    struct saved_login login;
    struct err err;
    (void)state;
    log_in(&cache, ANN_1, &login);
    struct actor actor = {.token_good = true};
    const struct saved_login_callbacks callbacks = {&actor, act_check, act_ask, act_wait, 1000};
    assert_int_equal(saved_login_get(&cache, &callbacks, false, &login, &err), 0);
    assert_int_equal(actor.checked, 1);
    assert_int_equal(actor.asked, 0);
    saved_login_done(&login);
    cache_close(&cache);
}

static void test_broken_text(void **state)
{
    static const char *const texts[] = {
        "",
        "{}",
        "[]",
        "{\"Version\":2}",
        "{\"Version\":1,\"Token\":5}",
        "{\"Version\":1,\"CacheOwner\":\"0123456789012345678901234567890123456789\"}",
    };
    (void)state;
    for (size_t i = 0; i < ROWS(texts); i++) {
        struct saved_login login;
        struct err err;
        saved_login_init(&login, portal.origin, false);
        row_int(texts[i], saved_login_parse(texts[i], strlen(texts[i]), &login, &err), -1);
        saved_login_done(&login);
    }
}

/* Whether a login is read. */
static bool is_read(const struct cache *cache, const char *origin)
{
    struct saved_login login;
    saved_login_init(&login, origin, false);
    saved_login_read(cache, &login);
    bool found = login.token.len > 0;
    saved_login_done(&login);
    return found;
}

/* A file does not count if others can read it, if it is a link, or if it names another portal. */
static void test_hostile_file(void **state)
{
    struct cache cache = open_cache();
    struct saved_login login;
    glob_t found;
    char other[PATH_MAX];
    (void)state;
    log_in(&cache, ANN_1, &login);
    saved_login_done(&login);
    assert_int_equal(glob(sandbox_path("cache/*.login"), 0, NULL, &found), 0);
    const char *path = found.gl_pathv[0];
    assert_int_equal(sandbox_mode(path), 0600);
    assert_true(is_read(&cache, portal.origin));
    assert_int_equal(chmod(path, 0640), 0);
    assert_false(is_read(&cache, portal.origin));
    assert_int_equal(chmod(path, 0600), 0);
    snprintf(other, sizeof(other), "%s", sandbox_path("aside"));
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(symlink(other, path), 0);
    assert_false(is_read(&cache, portal.origin));
    assert_int_equal(rename(other, path), 0);
    assert_true(is_read(&cache, portal.origin));
    size_t len = 0;
    char *text = sandbox_read(path, &len);
    memcpy(strstr(text, "portal.example.com"), "PORTAL", 6);
    sandbox_write(path, text, len, 0600);
    assert_false(is_read(&cache, portal.origin));
    free(text);
    globfree(&found);
    cache_close(&cache);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_owner_id),     TEST(test_saved),
        TEST(test_shared),       TEST(test_failure_keeps_the_login_before),
        TEST(test_waiting_ends), TEST(test_good_login_is_used_without_asking),
        TEST(test_broken_text),  TEST(test_hostile_file),
    };
    return cmocka_run_group_tests_name("saved_login", tests, NULL, NULL);
}
