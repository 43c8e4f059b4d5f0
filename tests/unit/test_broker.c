/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "broker/broker.h"
#include "broker/cache.h"
#include "broker/identity.h"
#include "sandbox.h"

enum { LIFETIME_S = 3600, START_S = 1000000 };

/* A portal of two tenants that counts what it is asked. */
struct fake_portal {
    int finds;
    int fetches;
    const char *dev01; /* the ID that the name has now */
    enum err_kind find_fails;
    enum err_kind fetch_fails;
    enum err_kind after_renewal; /* fetch_fails, once the identity is renewed */
    enum err_kind old_fails;     /* asked for another ID than dev01's */
    int64_t lifetime_s;
    int64_t last_left_ms; /* how long the last call was given */
    enum scope_kind last_kind;
    char last_id[PORTAL_ID_SIZE];
};

static int64_t now_s;

static int64_t get_now(void)
{
    return now_s;
}

static int find_tenant(void *context, const struct scope *scope, char id[PORTAL_ID_SIZE],
                       int64_t deadline_ms, struct err *err)
{
    struct fake_portal *portal = context;
    id[0] = '\0';
    if (scope->kind != SCOPE_TENANT_NAME) { /* no call */
        snprintf(id, PORTAL_ID_SIZE, "%.63s", scope->tenant);
        return 0;
    }
    portal->finds++;
    portal->last_left_ms = clock_left_ms(deadline_ms);
    if (portal->find_fails != ERR_NONE) {
        return err_set(err, portal->find_fails, "the list fails");
    }
    snprintf(id, PORTAL_ID_SIZE, "%s",
             strcmp(scope->tenant, "dev01") == 0 ? portal->dev01 : "id-of-dev02");
    return 0;
}

/* The access key says for whom, and which call it was. */
static int fetch(void *context, enum scope_kind kind, const char *tenant_id,
                 struct aws_credentials *creds, int64_t deadline_ms, struct err *err)
{
    struct fake_portal *portal = context;
    portal->fetches++;
    portal->last_left_ms = clock_left_ms(deadline_ms);
    portal->last_kind = kind;
    snprintf(portal->last_id, sizeof(portal->last_id), "%s", tenant_id);
    bool old = kind == SCOPE_TENANT_NAME && strcmp(tenant_id, portal->dev01) != 0 &&
               strcmp(tenant_id, "id-of-dev02") != 0;
    enum err_kind fails = old ? portal->old_fails : portal->fetch_fails;
    if (fails != ERR_NONE) {
        return err_set(err, fails, "the portal fails");
    }
    *creds = (struct aws_credentials){.secret_access_key = "s", .session_token = "t"};
    snprintf(creds->access_key_id, sizeof(creds->access_key_id), "ASIA-%d-%s-%d", (int)kind,
             tenant_id, portal->fetches);
    creds->lifetime_s = portal->lifetime_s;
    creds->expiration_s = now_s + portal->lifetime_s;
    return 0;
}

struct bench {
    struct fake_portal portal;
    struct cache cache;
    struct given_token user;
    struct broker broker;
    int64_t left_s; /* of the last credentials */
};

static void set_token(struct bench *bench, const char *token)
{
    struct err err;
    identity_done(bench->broker.identity);
    assert_int_equal(given_token_load(&bench->user, IDENTITY_ARGUMENT, token, &err), 0);
    bench->broker.identity = &bench->user.identity;
}

static void start(struct bench *bench)
{
    struct err err = {0};
    now_s = START_S;
    memset(bench, 0, sizeof(*bench));
    bench->portal = (struct fake_portal){.dev01 = "id-of-dev01", .lifetime_s = LIFETIME_S};
    row_int(err.text, cache_open(&bench->cache, sandbox_path("cache"), &err), 0);
    bench->broker = (struct broker){
        .cache = &bench->cache,
        .source = {&bench->portal, find_tenant, fetch},
        .portal = "https://portal.example.com",
        .timeout_ms = 20000,
        .lock_hint = "what to do",
        .now_s = get_now,
    };
    set_token(bench, "CANARY-token");
}

static const struct scope dev01 = {SCOPE_TENANT_NAME, "dev01"};
static const struct scope dev02 = {SCOPE_TENANT_NAME, "dev02"};

/* The access key that is handed out, or "refused" and such. */
static const char *get(struct bench *bench, const struct scope *scope)
{
    static char key[AWS_ACCESS_KEY_SIZE];
    static const char *const kinds[] = {
        [ERR_INTERNAL] = "internal",       [ERR_USAGE] = "usage",
        [ERR_REFUSED] = "refused",         [ERR_REJECTED] = "not found",
        [ERR_UNAVAILABLE] = "unavailable", [ERR_FILE] = "file",
        [ERR_CANCELLED] = "cancelled",
    };
    struct aws_credentials creds;
    struct err err = {0};
    if (broker_get(&bench->broker, scope, &creds, &bench->left_s, &err) != 0) {
        return kinds[err.kind];
    }
    memcpy(key, creds.access_key_id, sizeof(key));
    return key;
}

/* The cache entry of a scope, for the user of the bench. */
static void identify(struct bench *bench, const struct scope *scope, struct cache_id *id)
{
    char key[SCOPE_KEY_SIZE];
    struct identity_key user;
    struct err err;
    scope_key(scope, key);
    assert_true(identity_cache_key(bench->broker.identity, &user));
    const char *const parts[] = {"credentials", bench->broker.portal, user.kind, user.value, key};
    assert_int_equal(cache_identify(&bench->cache, parts, ROWS(parts), id, &err), 0);
}

static void expect_calls(const struct bench *bench, int finds, int fetches)
{
    assert_int_equal(bench->portal.finds, finds);
    assert_int_equal(bench->portal.fetches, fetches);
}

static void test_cached_asks_nobody(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench);
    assert_string_equal(get(&bench, &dev01), "ASIA-0-id-of-dev01-1");
    expect_calls(&bench, 1, 1);
    assert_true(bench.portal.last_left_ms > 15000 && bench.portal.last_left_ms <= 20000);
    now_s += 2400; /* 20 minutes left */
    bench.portal.find_fails = ERR_UNAVAILABLE;
    bench.portal.fetch_fails = ERR_UNAVAILABLE;
    for (int i = 0; i < 3; i++) {
        assert_string_equal(get(&bench, &dev01), "ASIA-0-id-of-dev01-1");
    }
    expect_calls(&bench, 1, 1);
}

static void test_stale_is_renewed(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench);
    get(&bench, &dev01);
    now_s += 2401;
    assert_string_equal(get(&bench, &dev01), "ASIA-0-id-of-dev01-2");
    /* The name was not looked up again, and not much time was given. */
    expect_calls(&bench, 1, 2);
    assert_true(bench.portal.last_left_ms > 0 && bench.portal.last_left_ms <= 3000);
    assert_string_equal(get(&bench, &dev01), "ASIA-0-id-of-dev01-2");
    expect_calls(&bench, 1, 2);
}

static void test_expired_is_renewed_with_patience(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench);
    get(&bench, &dev01);
    now_s += LIFETIME_S;
    assert_string_equal(get(&bench, &dev01), "ASIA-0-id-of-dev01-2");
    expect_calls(&bench, 1, 2);
    assert_true(bench.portal.last_left_ms > 15000);
}

static void test_failure_with_old_credentials(void **state)
{
    static const struct {
        const char *name;
        int64_t lifetime_s;
        int64_t age_s;
        enum err_kind fails;
        const char *want; /* NULL: the old ones */
    } rows[] = {
        {"stale, outage", 3600, 2401, ERR_UNAVAILABLE, NULL},
        {"stale, 31 s left, outage", 3600, 3569, ERR_UNAVAILABLE, NULL},
        {"stale, 30 s left, outage", 3600, 3570, ERR_UNAVAILABLE, "unavailable"},
        {"expired, outage", 3600, 3600, ERR_UNAVAILABLE, "unavailable"},
        {"long expired, outage", 3600, 360000, ERR_UNAVAILABLE, "unavailable"},
        {"short-lived, a tenth and a second left", 100, 89, ERR_UNAVAILABLE, NULL},
        {"short-lived, a tenth left", 100, 90, ERR_UNAVAILABLE, "unavailable"},
        {"the clock went back, outage", 3600, -10, ERR_UNAVAILABLE, "unavailable"},
        {"stale, refused", 3600, 2401, ERR_REFUSED, "refused"},
        {"stale, not found", 3600, 2401, ERR_REJECTED, "not found"},
        {"stale, internal", 3600, 2401, ERR_INTERNAL, "internal"},
        {"stale, file", 3600, 2401, ERR_FILE, "file"},
        {"expired, refused", 3600, 3600, ERR_REFUSED, "refused"},
        {"fresh, refused", 3600, 100, ERR_REFUSED, NULL},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct bench bench;
        char first[AWS_ACCESS_KEY_SIZE];
        int removed = 0;
        struct err err;
        start(&bench);
        assert_int_equal(cache_clear(sandbox_path("cache"), &removed, &err), 0);
        bench.portal.lifetime_s = rows[i].lifetime_s;
        snprintf(first, sizeof(first), "%s", get(&bench, &dev01));
        row_text(rows[i].name, first, "ASIA-0-id-of-dev01-1");
        now_s += rows[i].age_s;
        bench.portal.find_fails = rows[i].fails;
        bench.portal.fetch_fails = rows[i].fails;
        row_text(rows[i].name, get(&bench, &dev01), rows[i].want != NULL ? rows[i].want : first);
    }
}

static void test_outage_without_old_credentials(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench);
    bench.portal.fetch_fails = ERR_UNAVAILABLE;
    assert_string_equal(get(&bench, &dev01), "unavailable");
    bench.portal.find_fails = ERR_REJECTED;
    assert_string_equal(get(&bench, &dev01), "not found");
    expect_calls(&bench, 2, 1);
    /* A failure leaves nothing behind. */
    assert_int_equal(sandbox_count(sandbox_path("cache")), 1);
    bench.portal.find_fails = ERR_NONE;
    bench.portal.fetch_fails = ERR_NONE;
    assert_string_equal(get(&bench, &dev01), "ASIA-0-id-of-dev01-2");
    /* An ID that was found out just now is not looked up again when it is refused. */
    bench.portal.fetch_fails = ERR_REFUSED;
    assert_string_equal(get(&bench, &dev02), "refused");
    expect_calls(&bench, 4, 3);
}

/* The tenant was deleted and made again: same name, new ID. */
static void test_remembered_id_is_forgotten(void **state)
{
    static const enum err_kind kinds[] = {ERR_REJECTED, ERR_REFUSED};
    (void)state;
    for (size_t i = 0; i < ROWS(kinds); i++) {
        struct bench bench;
        struct err err;
        int removed = 0;
        start(&bench);
        assert_int_equal(cache_clear(sandbox_path("cache"), &removed, &err), 0);
        get(&bench, &dev01);
        now_s += 2401;
        bench.portal.dev01 = "new-id";
        bench.portal.old_fails = kinds[i];
        assert_string_equal(get(&bench, &dev01), "ASIA-0-new-id-3");
        expect_calls(&bench, 2, 3);
        now_s += 2401;
        assert_string_equal(get(&bench, &dev01), "ASIA-0-new-id-4");
        expect_calls(&bench, 2, 4);
    }
}

static void test_remembered_id_survives_an_outage(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench);
    get(&bench, &dev01);
    now_s += LIFETIME_S + 1;
    bench.portal.fetch_fails = ERR_UNAVAILABLE;
    assert_string_equal(get(&bench, &dev01), "unavailable");
    expect_calls(&bench, 1, 2);
    /* And a name that is gone for good is told as such. */
    bench.portal.dev01 = "new-id";
    bench.portal.old_fails = ERR_REJECTED;
    bench.portal.find_fails = ERR_REJECTED;
    assert_string_equal(get(&bench, &dev01), "not found");
    expect_calls(&bench, 2, 3);
}

/* Who asks whom for what: nobody gets what another one's call has left. */
static void test_nothing_is_mixed_up(void **state)
{
    static const struct {
        const char *name;
        const char *portal;
        const char *token;
        struct scope scope;
        const char *want;
    } rows[] = {
        {"tenant", "https://a.example", "t1", {SCOPE_TENANT_NAME, "dev01"}, "ASIA-0-id-of-dev01-1"},
        {"another tenant",
         "https://a.example",
         "t1",
         {SCOPE_TENANT_NAME, "dev02"},
         "ASIA-0-id-of-dev02-2"},
        {"by its ID",
         "https://a.example",
         "t1",
         {SCOPE_TENANT_ID, "id-of-dev01"},
         "ASIA-1-id-of-dev01-3"},
        {"administrator", "https://a.example", "t1", {SCOPE_ADMIN, ""}, "ASIA-2--4"},
        {"duplo-ops", "https://a.example", "t1", {SCOPE_DUPLO_OPS, ""}, "ASIA-3--5"},
        {"another user",
         "https://a.example",
         "t2",
         {SCOPE_TENANT_NAME, "dev01"},
         "ASIA-0-id-of-dev01-6"},
        {"another portal",
         "https://b.example",
         "t1",
         {SCOPE_TENANT_NAME, "dev01"},
         "ASIA-0-id-of-dev01-7"},
    };
    struct bench bench;
    (void)state;
    start(&bench);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < ROWS(rows); i++) {
            bench.broker.portal = rows[i].portal;
            set_token(&bench, rows[i].token);
            row_text(rows[i].name, get(&bench, &rows[i].scope), rows[i].want);
        }
    }
    expect_calls(&bench, 4, (int)ROWS(rows));
    assert_string_equal(bench.portal.last_id, "id-of-dev01");
}

/* An entry that lies under another one's name is not believed: a copied or renamed file. */
static void test_entry_of_another(void **state)
{
    static const struct {
        const char *name;
        const char *portal;
        struct scope scope;
    } rows[] = {
        {"another tenant's", "https://portal.example.com", {SCOPE_TENANT_NAME, "dev02"}},
        {"another portal's", "https://other.example.com", {SCOPE_TENANT_NAME, "dev01"}},
        {"an administrator's", "https://portal.example.com", {SCOPE_ADMIN, ""}},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct bench bench;
        struct cache_id theirs;
        struct cache_id ours;
        struct cache_entry entry;
        struct err err;
        int removed = 0;
        start(&bench);
        assert_int_equal(cache_clear(sandbox_path("cache"), &removed, &err), 0);
        bench.broker.portal = rows[i].portal;
        get(&bench, &rows[i].scope);
        identify(&bench, &rows[i].scope, &theirs);
        assert_true(cache_read(&bench.cache, &theirs, &entry));
        bench.broker.portal = "https://portal.example.com";
        identify(&bench, &dev01, &ours);
        assert_int_equal(cache_write(&bench.cache, &ours, &entry, &err), 0);
        row_text(rows[i].name, get(&bench, &dev01), "ASIA-0-id-of-dev01-2");
    }
}

static void test_no_cache(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench);
    bench.broker.cache = NULL;
    assert_string_equal(get(&bench, &dev01), "ASIA-0-id-of-dev01-1");
    assert_string_equal(get(&bench, &dev01), "ASIA-0-id-of-dev01-2");
    expect_calls(&bench, 2, 2);
    bench.portal.fetch_fails = ERR_UNAVAILABLE;
    assert_string_equal(get(&bench, &dev01), "unavailable");
    assert_int_equal(sandbox_count(sandbox_path("cache")), 1);
}

/* The directory went away or cannot be written: it works, uncached. */
static void test_cache_that_cannot_be_written(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench);
    assert_int_equal(unlink(sandbox_path("cache/key")), 0);
    assert_int_equal(rmdir(sandbox_path("cache")), 0);
    assert_string_equal(get(&bench, &dev01), "ASIA-0-id-of-dev01-1");
    assert_string_equal(get(&bench, &dev01), "ASIA-0-id-of-dev01-2");
}

static void test_somebody_else_renews(void **state)
{
    struct bench bench;
    struct cache_id id;
    struct fs_lock lock;
    struct err err;
    (void)state;
    start(&bench);
    get(&bench, &dev01);
    identify(&bench, &dev01, &id);
    assert_int_equal(cache_lock(&bench.cache, &id, &lock, clock_mono_ms() + 1000, &err), 0);
    /* With credentials that are still good nobody waits. */
    now_s += 2401;
    int64_t before_ms = clock_mono_ms();
    assert_string_equal(get(&bench, &dev01), "ASIA-0-id-of-dev01-1");
    assert_true(clock_mono_ms() - before_ms < 2000);
    expect_calls(&bench, 1, 1);
    /* Without any, one waits as long as one may, and asks nobody. */
    now_s += LIFETIME_S;
    bench.broker.timeout_ms = 50;
    assert_string_equal(get(&bench, &dev01), "unavailable");
    expect_calls(&bench, 1, 1);
    /* The other one is done: its answer is taken. */
    struct cache_entry entry;
    assert_true(cache_read(&bench.cache, &id, &entry));
    entry.obtained_s = now_s;
    snprintf(entry.creds.access_key_id, sizeof(entry.creds.access_key_id), "ASIA-other");
    assert_int_equal(cache_write(&bench.cache, &id, &entry, &err), 0);
    fs_lock_release(&lock);
    assert_string_equal(get(&bench, &dev01), "ASIA-other");
    expect_calls(&bench, 1, 1);
    assert_string_equal(get(&bench, &dev02), "ASIA-0-id-of-dev02-2");
}

/* Of processes that start together one asks the portal: the calls are bytes in a pipe. */
static int slow_fetch(void *context, enum scope_kind kind, const char *tenant_id,
                      struct aws_credentials *creds, int64_t deadline_ms, struct err *err)
{
    const int *calls = context;
    struct fake_portal portal = {.dev01 = "id-of-dev01", .lifetime_s = LIFETIME_S};
    if (write(*calls, "x", 1) != 1) {
        return err_set(err, ERR_INTERNAL, "pipe");
    }
    usleep(30000);
    return fetch(&portal, kind, tenant_id, creds, deadline_ms, err);
}

static void test_one_of_many_asks(void **state)
{
    enum { PROCESSES = 20 };
    const struct scope by_id = {SCOPE_TENANT_ID, "id-of-dev01"};
    struct bench bench;
    char calls[PROCESSES + 1];
    int ends[2];
    (void)state;
    start(&bench);
    assert_int_equal(pipe(ends), 0);
    bench.broker.source = (struct broker_source){&ends[1], find_tenant, slow_fetch};
    for (int i = 0; i < PROCESSES; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            _exit(strcmp(get(&bench, &by_id), "ASIA-1-id-of-dev01-1") == 0 ? 0 : 1);
        }
    }
    close(ends[1]);
    for (int i = 0; i < PROCESSES; i++) {
        int status = -1;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(read(ends[0], calls, sizeof(calls)), 1);
    close(ends[0]);
    assert_int_equal(sandbox_count(sandbox_path("cache")), 2);
}

/* A user who logs in: nothing is known until the first open. */
struct person {
    struct identity identity;
    struct bench *bench;
    const char *owner;       /* of the cache entries; NULL: not known */
    const char *next_owner;  /* after the next open; NULL: the same */
    const char *renew_owner; /* after a renewal */
    enum err_kind open_fails;
    bool cannot_renew;
    int busy_ms; /* how long the person takes */
    int opens;
    int renewals;
    int64_t last_left_ms;
};

/* Nobody else may have to wait for the person: the entry is not locked. */
static void expect_unlocked(const struct person *person)
{
    struct cache_id id;
    struct fs_lock lock;
    struct err err;
    if (person->owner != NULL && person->bench->broker.cache != NULL) {
        identify(person->bench, &dev01, &id);
        assert_int_equal(cache_lock(&person->bench->cache, &id, &lock, clock_mono_ms(), &err), 0);
        fs_lock_release(&lock);
    }
}

static int open_person(struct identity *identity, int64_t deadline_ms, struct err *err)
{
    struct person *person = (struct person *)identity;
    person->opens++;
    person->last_left_ms = deadline_ms == INT64_MAX ? -1 : clock_left_ms(deadline_ms);
    expect_unlocked(person);
    usleep((useconds_t)person->busy_ms * 1000);
    if (person->open_fails != ERR_NONE) {
        return err_set(err, person->open_fails, "the login fails");
    }
    person->owner = person->next_owner != NULL ? person->next_owner : person->owner;
    return 0;
}

static bool key_of_person(struct identity *identity, struct identity_key *key)
{
    const struct person *person = (const struct person *)identity;
    *key = (struct identity_key){.kind = "login", .value = person->owner};
    return person->owner != NULL;
}

static bool renew_person(struct identity *identity, struct err *err)
{
    struct person *person = (struct person *)identity;
    if (err->kind != ERR_REFUSED || person->cannot_renew) {
        return false;
    }
    expect_unlocked(person);
    person->renewals++;
    usleep((useconds_t)person->busy_ms * 1000);
    person->owner = person->renew_owner != NULL ? person->renew_owner : person->owner;
    person->bench->portal.fetch_fails = person->bench->portal.after_renewal;
    return true;
}

static void start_person(struct bench *bench, struct person *person)
{
    static const struct identity_ops ops = {
        .open = open_person, .cache_key = key_of_person, .renew = renew_person};
    start(bench);
    identity_done(bench->broker.identity);
    person->identity.ops = &ops;
    person->bench = bench;
    bench->broker.identity = &person->identity;
}

static void test_a_person_is_not_asked_for_cached_credentials(void **state)
{
    struct bench bench;
    struct person person = {.next_owner = "ann"};
    (void)state;
    start_person(&bench, &person);
    assert_string_equal(get(&bench, &dev01), "ASIA-0-id-of-dev01-1");
    assert_int_equal(person.opens, 1);
    assert_int_equal(person.last_left_ms, -1);
    assert_string_equal(get(&bench, &dev01), "ASIA-0-id-of-dev01-1");
    assert_int_equal(person.opens, 1);
    assert_int_equal(bench.left_s, LIFETIME_S);
    expect_calls(&bench, 1, 1);
}

/* With valid credentials at hand, the portal has little time to accept the login. */
static void test_an_outage_while_a_login_is_checked(void **state)
{
    struct bench bench;
    struct person person = {.next_owner = "ann"};
    (void)state;
    start_person(&bench, &person);
    get(&bench, &dev01);
    now_s += 2401;
    person.open_fails = ERR_UNAVAILABLE;
    assert_string_equal(get(&bench, &dev01), "ASIA-0-id-of-dev01-1");
    assert_int_equal(person.opens, 2);
    assert_true(person.last_left_ms > 0 && person.last_left_ms <= BROKER_REFRESH_MS);
    assert_int_equal(bench.left_s, LIFETIME_S - 2401);
    person.open_fails = ERR_CANCELLED;
    assert_string_equal(get(&bench, &dev01), "cancelled");
    now_s += LIFETIME_S;
    person.open_fails = ERR_UNAVAILABLE;
    assert_string_equal(get(&bench, &dev01), "unavailable");
    assert_int_equal(person.last_left_ms, -1);
    expect_calls(&bench, 1, 1);
}

/* Opening can show that it is another user: the entry of the first one does not count. */
static void test_another_person_logs_in(void **state)
{
    struct bench bench;
    struct person person = {.next_owner = "ann"};
    (void)state;
    start_person(&bench, &person);
    get(&bench, &dev01);
    now_s += 2401;
    person.next_owner = "bob";
    assert_string_equal(get(&bench, &dev01), "ASIA-0-id-of-dev01-2");
    expect_calls(&bench, 2, 2);
    assert_string_equal(get(&bench, &dev01), "ASIA-0-id-of-dev01-2");
    person.owner = "ann";
    person.next_owner = "bob"; /* whose entry is fresh */
    assert_string_equal(get(&bench, &dev01), "ASIA-0-id-of-dev01-2");
    expect_calls(&bench, 2, 2);
}

/* While another process refreshes the second user's entry, the first user's is not returned. */
static void test_another_person_has_to_wait(void **state)
{
    struct bench bench;
    struct person person = {.next_owner = "ann"};
    struct cache_id id;
    struct fs_lock lock;
    struct err err;
    (void)state;
    start_person(&bench, &person);
    get(&bench, &dev01);
    now_s += 2401;
    person.owner = "bob";
    identify(&bench, &dev01, &id);
    assert_int_equal(cache_lock(&bench.cache, &id, &lock, clock_mono_ms(), &err), 0);
    person.owner = "ann";
    person.next_owner = "bob";
    bench.broker.timeout_ms = 50;
    assert_string_equal(get(&bench, &dev01), "unavailable");
    fs_lock_release(&lock);
}

static void test_a_refused_login_is_renewed_once(void **state)
{
    static const struct {
        const char *name;
        bool cached;
        enum err_kind fails;
        enum err_kind after;
        bool cannot_renew;
        const char *want;
        int renewals;
    } rows[] = {
        {"then accepted", true, ERR_REFUSED, ERR_NONE, false, "ASIA-0-id-of-dev01-2", 1},
        {"without a cache", false, ERR_REFUSED, ERR_NONE, false, "ASIA-0-id-of-dev01-2", 1},
        {"then refused again", true, ERR_REFUSED, ERR_REFUSED, false, "refused", 1},
        {"no renewal", true, ERR_REFUSED, ERR_NONE, true, "refused", 0},
        {"not found", true, ERR_REJECTED, ERR_NONE, false, "not found", 0},
        {"outage", true, ERR_UNAVAILABLE, ERR_NONE, false, "unavailable", 0},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct bench bench;
        struct person person = {.next_owner = "ann", .cannot_renew = rows[i].cannot_renew};
        int removed = 0;
        struct err err;
        start_person(&bench, &person);
        assert_int_equal(cache_clear(sandbox_path("cache"), &removed, &err), 0);
        bench.broker.cache = rows[i].cached ? &bench.cache : NULL;
        bench.portal.fetch_fails = rows[i].fails;
        bench.portal.after_renewal = rows[i].after;
        row_text(rows[i].name, get(&bench, &dev01), rows[i].want);
        row_int(rows[i].name, person.renewals, rows[i].renewals);
        row_int(rows[i].name, person.opens, 1);
    }
}

/* The limit is for the portal's calls. */
static void test_a_person_takes_longer_than_the_timeout(void **state)
{
    struct bench bench;
    struct person person = {.next_owner = "ann", .busy_ms = 600};
    (void)state;
    start_person(&bench, &person);
    bench.broker.timeout_ms = 500;
    bench.portal.fetch_fails = ERR_REFUSED;
    assert_string_equal(get(&bench, &dev01), "ASIA-0-id-of-dev01-2");
    assert_true(bench.portal.last_left_ms > 0);
}

static void test_forget(void **state)
{
    struct bench bench;
    struct person person = {0};
    (void)state;
    start(&bench);
    get(&bench, &dev01);
    get(&bench, &dev02);
    broker_forget(&bench.broker, &dev01);
    assert_string_equal(get(&bench, &dev02), "ASIA-0-id-of-dev02-2");
    assert_string_equal(get(&bench, &dev01), "ASIA-0-id-of-dev01-3");
    start_person(&bench, &person);
    broker_forget(&bench.broker, &dev01); /* of a user that is not known */
    bench.broker.cache = NULL;
    broker_forget(&bench.broker, &dev01);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_cached_asks_nobody),
        TEST(test_stale_is_renewed),
        TEST(test_expired_is_renewed_with_patience),
        TEST(test_failure_with_old_credentials),
        TEST(test_outage_without_old_credentials),
        TEST(test_remembered_id_is_forgotten),
        TEST(test_remembered_id_survives_an_outage),
        TEST(test_nothing_is_mixed_up),
        TEST(test_entry_of_another),
        TEST(test_no_cache),
        TEST(test_cache_that_cannot_be_written),
        TEST(test_somebody_else_renews),
        TEST(test_one_of_many_asks),
        TEST(test_a_person_is_not_asked_for_cached_credentials),
        TEST(test_an_outage_while_a_login_is_checked),
        TEST(test_another_person_logs_in),
        TEST(test_another_person_has_to_wait),
        TEST(test_a_refused_login_is_renewed_once),
        TEST(test_a_person_takes_longer_than_the_timeout),
        TEST(test_forget),
    };
    return cmocka_run_group_tests_name("broker", tests, NULL, NULL);
}
