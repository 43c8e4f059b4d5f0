/* SPDX-License-Identifier: MIT */
/* What `cache clear` and `logout` remove, and what they keep. */
#include "rows.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "broker/cache.h"
#include "portal/issued.h"
#include "sandbox.h"

#define HEX "0123456789abcdef0123456789abcdef"

static void test_clear(void **state)
{
    static const struct {
        const char *name;
        bool stays;
    } rows[] = {
        {"key", true},
        {HEX ".credentials", false},
        {"." HEX ".credentials.duplojit-new", false},
        {"." HEX ".credentials.duplojit-lock", false},
        {"." HEX ".credentials.duplojit-pending", false},
        {"." HEX ".login.duplojit-new", false},
        {"." HEX ".login.duplojit-lock", false},
        {HEX ".login", true},
        {".key.duplojit-new", false},
        {".key.duplojit-lock", false},
        {HEX "0.credentials", true},
        {"123456789abcdef0123456789abcdef.credentials", true},
        {"0123456789ABCDEF0123456789abcdef.credentials", true},
        {HEX ".credentials.bak", true},
        {HEX, true},
        {"notes.credentials", true},
        {".credentials", true},
        {".notes.duplojit-new", true},
        {".keyring.duplojit-new", true},
        {".key.duplojit-new.bak", true},
        {"." HEX ".credentials.duplojit-lock~", true},
        {"." HEX ".notes.duplojit-new", true},
        {"README", true},
    };
    struct err err;
    int removed = -1;
    (void)state;
    assert_int_equal(mkdir(sandbox_path("cache"), 0700), 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        char name[128];
        snprintf(name, sizeof(name), "cache/%s", rows[i].name);
        sandbox_write_text(sandbox_path(name), "x");
    }
    assert_int_equal(mkdir(sandbox_path("cache/folder"), 0700), 0);
    assert_int_equal(cache_clear(sandbox_path("cache"), &removed, &err), 0);
    assert_int_equal(removed, 1);
    for (size_t i = 0; i < ROWS(rows); i++) {
        char name[128];
        snprintf(name, sizeof(name), "cache/%s", rows[i].name);
        row_int(rows[i].name, access(sandbox_path(name), F_OK) == 0, rows[i].stays);
    }
    assert_int_equal(cache_clear(sandbox_path("cache"), &removed, &err), 0);
    assert_int_equal(removed, 0);
    assert_int_equal(cache_clear(sandbox_path("nothing"), &removed, &err), 0);
    assert_int_equal(cache_clear(sandbox_path("cache/key"), &removed, &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
}

/* Writes an entry of a portal. */
static void put(const struct cache *cache, const char *portal, struct cache_id *id)
{
    struct cache_entry entry = {
        .scope = "tenant:dev01",
        .obtained_s = 1000000,
        .expiration_s = 1003600,
        .lifetime_s = 3600,
    };
    struct aws_credentials creds = {
        .access_key_id = "ASIAEXAMPLE", .secret_access_key = "s3cret", .session_token = "tok=="};
    const struct issued issued = {.aws = &creds};
    const char *const parts[] = {portal, "t"};
    struct err err;
    snprintf(entry.portal, sizeof(entry.portal), "%s", portal);
    assert_int_equal(cache_identify(cache, parts, ROWS(parts), id, &err), 0);
    assert_int_equal(cache_write(cache, id, &entry, &issued, &err), 0);
}

static void test_clear_portal(void **state)
{
    static const char first[] = "https://portal.example.com";
    static const char second[] = "https://portal.example.com:8443";
    struct cache cache;
    struct cache_entry entry;
    struct cache_id ids[2];
    struct err err;
    int removed = -1;
    (void)state;
    assert_int_equal(cache_open(&cache, sandbox_path("cache"), &err), 0);
    put(&cache, first, &ids[0]);
    put(&cache, second, &ids[1]);
    sandbox_write_text(sandbox_path("cache/" HEX ".credentials"), "not an entry");
    sandbox_write_text(sandbox_path("cache/." HEX ".credentials.duplojit-new"), "half an entry");
    assert_int_equal(cache_clear_portal(cache.dir, "https://portal.example", &removed, &err), 0);
    assert_int_equal(removed, 1); /* the invalid one may hold a secret of this portal */
    assert_int_equal(access(sandbox_path("cache/." HEX ".credentials.duplojit-new"), F_OK), -1);
    assert_int_equal(cache_clear_portal(cache.dir, first, &removed, &err), 0);
    assert_int_equal(removed, 1);
    assert_false(cache_read(&cache, &ids[0], NULL, &entry));
    assert_true(cache_read(&cache, &ids[1], NULL, &entry));
    assert_int_equal(sandbox_count(cache.dir), 2); /* the key and the other portal's */
    assert_int_equal(cache_clear_portal(sandbox_path("nothing"), first, &removed, &err), 0);
    assert_int_equal(cache_clear_portal(sandbox_path("cache/key"), first, &removed, &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
    cache_close(&cache);
}

/* Another process is writing: its lock and its temporary file stay. */
static void test_held_locks_stay(void **state)
{
    const char *path = sandbox_path("cache/" HEX ".credentials");
    const char *lock_path = sandbox_path("cache/." HEX ".credentials.duplojit-lock");
    const char *new_path = sandbox_path("cache/." HEX ".credentials.duplojit-new");
    struct fs_lock lock;
    struct fs_lock other;
    struct err err;
    int removed = -1;
    (void)state;
    assert_int_equal(mkdir(sandbox_path("cache"), 0700), 0);
    assert_int_equal(fs_lock_take(&lock, path, clock_mono_ms(), &err), 0);
    sandbox_write_text(new_path, "being written");
    assert_int_equal(cache_clear(sandbox_path("cache"), &removed, &err), 0);
    assert_int_equal(access(lock_path, F_OK), 0);
    assert_int_equal(access(new_path, F_OK), 0);
    assert_int_equal(fs_lock_take(&other, path, clock_mono_ms(), &err), -1);
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    fs_lock_release(&lock);
    assert_int_equal(cache_clear(sandbox_path("cache"), &removed, &err), 0);
    assert_int_equal(sandbox_count(sandbox_path("cache")), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_clear),
        TEST(test_clear_portal),
        TEST(test_held_locks_stay),
    };
    return cmocka_run_group_tests_name("cache clear", tests, NULL, NULL);
}
