/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aws/credentials.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "broker/cache.h"
#include "broker/cache_entry.h"
#include "portal/issued.h"
#include "sandbox.h"

#define ID "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70"
#define TOKEN "CANARY-token"

static const char portal[] = "https://portal.example.com";
static const struct scope dev01 = {SCOPE_TENANT_NAME, "dev01", false};

static const struct cache_entry entry_of_dev01 = {
    .portal = "https://portal.example.com",
    .scope = "tenant:dev01",
    .tenant_id = ID,
    .obtained_s = 1000000,
    .expiration_s = 1003600,
    .lifetime_s = 3600,
};

static struct aws_credentials creds_of_dev01 = {
    .access_key_id = "ASIAEXAMPLE",
    .secret_access_key = "s3cr/et+",
    .session_token = "tok==",
};
static const struct issued issued_to_dev01 = {.aws = &creds_of_dev01};

/* What read_entry has read last. */
static struct aws_credentials creds;

static bool read_entry(const struct cache *cache, const struct cache_id *id,
                       struct cache_entry *entry)
{
    static const struct issued issued = {.aws = &creds};
    return cache_read(cache, id, &issued, entry);
}

static void open_cache(struct cache *cache)
{
    struct err err = {0};
    row_int(err.text, cache_open(cache, sandbox_path("cache"), &err), 0);
}

static void identify(const struct cache *cache, const char *origin, const char *token,
                     const struct scope *scope, struct cache_id *id)
{
    char key[SCOPE_KEY_SIZE];
    struct err err;
    scope_key(scope, key);
    const char *const parts[] = {origin, token, key};
    assert_int_equal(cache_identify(cache, parts, ROWS(parts), id, &err), 0);
    assert_int_equal(strlen(id->name), CACHE_NAME_SIZE - 1);
    assert_int_equal(strspn(id->name, "0123456789abcdef"), CACHE_NAME_SIZE - 1);
}

/* Writes the entry of dev01 and returns its path. */
static const char *fill(struct cache *cache, struct cache_id *id)
{
    struct err err;
    char name[64];
    open_cache(cache);
    identify(cache, portal, TOKEN, &dev01, id);
    assert_int_equal(cache_write(cache, id, &entry_of_dev01, &issued_to_dev01, &err), 0);
    snprintf(name, sizeof(name), "cache/%s.credentials", id->name);
    return sandbox_path(name);
}

static void test_find_dir(void **state)
{
    static const struct {
        const char *name;
        const char *explicit_dir;
        const char *xdg;
        const char *home;
        const char *want; /* NULL: no directory */
    } rows[] = {
        {"named", "/run/c", "/x", "/h", "/run/c"},
        {"named, relative", "c", "/x", "/h", "c"},
        {"named, empty", "", "/x", "/h", NULL},
        {"XDG", NULL, "/x", "/h", "/x/duplojit"},
        {"XDG relative is ignored", NULL, "x", "/h", "/h/.cache/duplojit"},
        {"XDG empty", NULL, "", "/h", "/h/.cache/duplojit"},
        {"home", NULL, NULL, "/h", "/h/.cache/duplojit"},
        {"home relative", NULL, NULL, "h", NULL},
        {"home empty", NULL, NULL, "", NULL},
        {"nothing", NULL, NULL, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char out[PATH_MAX];
        struct err err;
        int result = cache_find_dir(out, rows[i].explicit_dir, rows[i].xdg, rows[i].home, &err);
        row_int(rows[i].name, result, rows[i].want != NULL ? 0 : -1);
        if (rows[i].want != NULL) {
            row_text(rows[i].name, out, rows[i].want);
        }
    }
}

static void test_open(void **state)
{
    struct cache first;
    struct cache second;
    struct err err;
    size_t len = 0;
    (void)state;
    mode_t before = umask(0);
    open_cache(&first);
    umask(before);
    assert_int_equal(sandbox_mode(sandbox_path("cache")), 0700);
    assert_int_equal(sandbox_mode(sandbox_path("cache/key")), 0600);
    assert_int_equal(sandbox_count(sandbox_path("cache")), 1);
    char *key = sandbox_read(sandbox_path("cache/key"), &len);
    assert_int_equal(len, CACHE_KEY_SIZE);
    assert_memory_equal(key, first.key, CACHE_KEY_SIZE);
    free(key);
    open_cache(&second);
    assert_memory_equal(first.key, second.key, CACHE_KEY_SIZE);
    cache_close(&second);
    static const unsigned char zero[CACHE_KEY_SIZE];
    assert_memory_equal(second.key, zero, CACHE_KEY_SIZE);
    assert_memory_not_equal(first.key, zero, CACHE_KEY_SIZE);
    assert_int_equal(cache_open(&second, sandbox_path("other"), &err), 0);
    assert_memory_not_equal(first.key, second.key, CACHE_KEY_SIZE);
}

static void test_open_with_a_broken_key(void **state)
{
    static const size_t lengths[] = {0, 1, CACHE_KEY_SIZE - 1, CACHE_KEY_SIZE + 1, 5000};
    static const char data[5000];
    (void)state;
    assert_int_equal(mkdir(sandbox_path("cache"), 0700), 0);
    for (size_t i = 0; i < ROWS(lengths); i++) {
        struct cache cache;
        size_t len = 0;
        sandbox_write(sandbox_path("cache/key"), data, lengths[i], 0600);
        open_cache(&cache);
        char *key = sandbox_read(sandbox_path("cache/key"), &len);
        assert_int_equal(len, CACHE_KEY_SIZE);
        assert_memory_equal(key, cache.key, CACHE_KEY_SIZE);
        assert_memory_not_equal(key, data, CACHE_KEY_SIZE);
        free(key);
    }
}

/* With the key, a name reveals whether it belongs to a certain token. */
static void test_a_key_that_others_can_read_is_replaced(void **state)
{
    static const mode_t modes[] = {0640, 0604, 0644};
    struct cache cache;
    struct cache_id id;
    (void)state;
    open_cache(&cache);
    identify(&cache, portal, TOKEN, &dev01, &id);
    for (size_t i = 0; i < ROWS(modes); i++) {
        struct cache_id next;
        assert_int_equal(chmod(sandbox_path("cache/key"), modes[i]), 0);
        open_cache(&cache);
        identify(&cache, portal, TOKEN, &dev01, &next);
        assert_string_not_equal(next.name, id.name);
        assert_int_equal(sandbox_mode(sandbox_path("cache/key")), 0600);
        id = next;
    }
    if (geteuid() == 0) {
        struct cache_id next;
        assert_int_equal(chown(sandbox_path("cache/key"), 12345, (gid_t)-1), 0);
        open_cache(&cache);
        identify(&cache, portal, TOKEN, &dev01, &next);
        assert_string_not_equal(next.name, id.name);
    }
}

static void test_open_fails(void **state)
{
    struct cache cache;
    struct err err = {0};
    char path[PATH_MAX + 10];
    (void)state;
    sandbox_write_text(sandbox_path("file"), "x");
    assert_int_equal(cache_open(&cache, sandbox_path("file"), &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
    assert_int_equal(cache_open(&cache, sandbox_path("file/below"), &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
    memset(path, 'a', sizeof(path));
    path[PATH_MAX - 2] = '\0';
    assert_int_equal(cache_open(&cache, path, &err), -1);
    path[PATH_MAX - 2] = 'a';
    path[PATH_MAX + 5] = '\0';
    assert_int_equal(cache_open(&cache, path, &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
}

/* Other parts have another name. */
static void test_names(void **state)
{
    static const struct {
        const char *name;
        const char *portal;
        const char *token;
        struct scope scope;
    } rows[] = {
        {"base", "https://a.example", "t1", {SCOPE_TENANT_NAME, "dev01", false}},
        {"other portal", "https://b.example", "t1", {SCOPE_TENANT_NAME, "dev01", false}},
        {"other port", "https://a.example:8443", "t1", {SCOPE_TENANT_NAME, "dev01", false}},
        {"other token", "https://a.example", "t2", {SCOPE_TENANT_NAME, "dev01", false}},
        {"other tenant", "https://a.example", "t1", {SCOPE_TENANT_NAME, "dev02", false}},
        {"ID of the same text", "https://a.example", "t1", {SCOPE_TENANT_ID, "dev01", false}},
        {"admin", "https://a.example", "t1", {SCOPE_ADMIN, "", false}},
        {"duplo-ops", "https://a.example", "t1", {SCOPE_DUPLO_OPS, "", false}},
        {"tenant without a name", "https://a.example", "t1", {SCOPE_TENANT_NAME, "", false}},
        {"a character moved from the token to the portal",
         "https://a.examplet",
         "1",
         {SCOPE_TENANT_NAME, "dev01", false}},
        {"a character moved from the scope to the token",
         "https://a.example",
         "t10",
         {SCOPE_TENANT_NAME, "dev01", false}},
        {"token with the scope in it",
         "https://a.example",
         "t1tenant:dev01",
         {SCOPE_TENANT_NAME, "", false}},
        {"token with the start of the scope",
         "https://a.example",
         "t1tenant:",
         {SCOPE_TENANT_NAME, "dev01", false}},
    };
    struct cache_id ids[ROWS(rows)];
    struct cache cache;
    (void)state;
    open_cache(&cache);
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct cache_id again;
        identify(&cache, rows[i].portal, rows[i].token, &rows[i].scope, &ids[i]);
        identify(&cache, rows[i].portal, rows[i].token, &rows[i].scope, &again);
        row_text(rows[i].name, again.name, ids[i].name);
        for (size_t j = 0; j < i; j++) {
            row_true(rows[i].name, strcmp(ids[i].name, ids[j].name) != 0);
        }
    }
    /* Another key gives other names: a name does not reveal the token. */
    struct cache other = cache;
    struct cache_id id;
    other.key[0] ^= 1;
    identify(&other, rows[0].portal, rows[0].token, &rows[0].scope, &id);
    assert_string_not_equal(id.name, ids[0].name);
    struct err err;
    char huge[70000];
    memset(huge, 't', sizeof(huge));
    huge[sizeof(huge) - 1] = '\0';
    const char *const parts[] = {portal, huge};
    assert_int_equal(cache_identify(&cache, parts, ROWS(parts), &id, &err), -1);
}

static void test_write_then_read(void **state)
{
    struct cache cache;
    struct cache_id id;
    struct cache_id other_id;
    struct cache_entry entry;
    const char *path = fill(&cache, &id);
    (void)state;
    assert_int_equal(sandbox_mode(path), 0600);
    assert_true(read_entry(&cache, &id, &entry));
    assert_string_equal(creds.access_key_id, "ASIAEXAMPLE");
    assert_string_equal(entry.tenant_id, ID);
    assert_int_equal(entry.obtained_s, 1000000);
    identify(&cache, portal, "another token", &dev01, &other_id);
    assert_false(read_entry(&cache, &other_id, &entry));
    assert_int_equal(sandbox_count(sandbox_path("cache")), 2);
}

static void test_no_file_holds_the_token(void **state)
{
    struct cache cache;
    struct cache_id id;
    struct dirent *item = NULL;
    int seen = 0;
    (void)state;
    fill(&cache, &id);
    DIR *stream = opendir(sandbox_path("cache"));
    assert_non_null(stream);
    while ((item = readdir(stream)) != NULL) {
        char name[300];
        size_t len = 0;
        if (item->d_name[0] == '.') {
            continue;
        }
        snprintf(name, sizeof(name), "cache/%s", item->d_name);
        char *text = sandbox_read(sandbox_path(name), &len);
        assert_null(memmem(text, len, "CANARY", 6));
        assert_null(strstr(item->d_name, "CANARY"));
        free(text);
        seen++;
    }
    closedir(stream);
    assert_int_equal(seen, 2);
}

static void test_files_that_do_not_count(void **state)
{
    static const mode_t modes[] = {0640, 0604, 0660, 0644, 0601, 0610, 0666};
    struct cache cache;
    struct cache_id id;
    struct cache_entry entry;
    char path[PATH_MAX];
    (void)state;
    snprintf(path, sizeof(path), "%s", fill(&cache, &id));
    for (size_t i = 0; i < ROWS(modes); i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        assert_false(read_entry(&cache, &id, &entry));
    }
    assert_int_equal(chmod(path, 0400), 0);
    assert_true(read_entry(&cache, &id, &entry));
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 12345, (gid_t)-1), 0);
        assert_false(read_entry(&cache, &id, &entry));
        assert_int_equal(chown(path, 0, (gid_t)-1), 0);
        assert_true(read_entry(&cache, &id, &entry));
    }
    assert_int_equal(rename(path, sandbox_path("moved")), 0);
    assert_int_equal(symlink(sandbox_path("moved"), path), 0);
    assert_false(read_entry(&cache, &id, &entry));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(read_entry(&cache, &id, &entry));
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(read_entry(&cache, &id, &entry));
}

static void test_corrupt(void **state)
{
    struct cache cache;
    struct cache_id id;
    struct cache_entry entry;
    char path[PATH_MAX];
    static char large[CACHE_ENTRY_MAX + 1];
    size_t len = 0;
    (void)state;
    snprintf(path, sizeof(path), "%s", fill(&cache, &id));
    char *text = sandbox_read(path, &len);
    for (size_t cut = 0; cut + 1 < len; cut++) {
        sandbox_write(path, text, cut, 0600);
        assert_false(read_entry(&cache, &id, &entry));
    }
    sandbox_write(path, text, len, 0600);
    assert_true(read_entry(&cache, &id, &entry));
    memset(large, ' ', sizeof(large));
    memcpy(large, text, len);
    sandbox_write(path, large, sizeof(large), 0600);
    assert_false(read_entry(&cache, &id, &entry));
    sandbox_write(path, large, sizeof(large) - 1, 0600);
    assert_true(read_entry(&cache, &id, &entry));
    free(text);
}

static int count_entries(const struct cache_entry *entry, void *context, struct err *err)
{
    int *count = context;
    (*count)++;
    assert_string_equal(entry->scope, "tenant:dev01");
    return *count < 3 ? 0 : err_set(err, ERR_INTERNAL, "stop");
}

static void test_for_each(void **state)
{
    struct cache cache;
    struct cache_id id;
    struct err err;
    int count = 0;
    (void)state;
    assert_int_equal(cache_for_each(sandbox_path("nothing"), count_entries, &count, &err), 0);
    fill(&cache, &id);
    identify(&cache, portal, "t2", &dev01, &id);
    assert_int_equal(cache_write(&cache, &id, &entry_of_dev01, &issued_to_dev01, &err), 0);
    sandbox_write_text(sandbox_path("cache/0123456789abcdef0123456789abcdef.credentials"), "bad");
    sandbox_write_text(sandbox_path("cache/notes.credentials"), "mine");
    assert_int_equal(cache_for_each(sandbox_path("cache"), count_entries, &count, &err), 0);
    assert_int_equal(count, 2);
    assert_int_equal(cache_for_each(sandbox_path("cache"), count_entries, &count, &err), -1);
    assert_int_equal(count, 3);
    assert_string_equal(err.text, "stop");
}

static void test_processes_agree_about_the_key(void **state)
{
    enum { PROCESSES = 20 };
    struct cache_id ids[PROCESSES];
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    for (int i = 0; i < PROCESSES; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct cache cache;
            struct cache_id id;
            struct err err;
            const char *const parts[] = {portal, TOKEN};
            bool good = cache_open(&cache, sandbox_path("new/cache"), &err) == 0 &&
                        cache_identify(&cache, parts, ROWS(parts), &id, &err) == 0 &&
                        write(ends[1], &id, sizeof(id)) == (ssize_t)sizeof(id);
            _exit(good ? 0 : 1);
        }
    }
    close(ends[1]);
    for (int i = 0; i < PROCESSES; i++) {
        int status = -1;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
        assert_int_equal(read(ends[0], &ids[i], sizeof(ids[i])), sizeof(ids[i]));
        assert_string_equal(ids[i].name, ids[0].name);
    }
    close(ends[0]);
    assert_int_equal(sandbox_count(sandbox_path("new/cache")), 1);
    assert_int_equal(sandbox_mode(sandbox_path("new/cache/key")), 0600);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_find_dir),
        TEST(test_open),
        TEST(test_open_with_a_broken_key),
        TEST(test_a_key_that_others_can_read_is_replaced),
        TEST(test_open_fails),
        TEST(test_names),
        TEST(test_write_then_read),
        TEST(test_no_file_holds_the_token),
        TEST(test_files_that_do_not_count),
        TEST(test_corrupt),
        TEST(test_for_each),
        TEST(test_processes_agree_about_the_key),
    };
    return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
