/* SPDX-License-Identifier: MIT */
/*
 * Credentials on disk, so that the AWS CLI's next command needs no network. One file per portal,
 * identity and scope, 0600 in a 0700 directory. A file's name is a keyed hash of the three; the key
 * lives beside them, so a name tells nobody a token. Only the broker reads and writes entries;
 * `duplojit cache` lists and clears them.
 */
#ifndef BROKER_CACHE_H
#define BROKER_CACHE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "aws/credentials.h"
#include "net/url.h"
#include "portal/scope.h"

struct err;
struct fs_lock;

enum { CACHE_KEY_SIZE = 32, CACHE_NAME_SIZE = 33, CACHE_TENANT_ID_SIZE = 64 };

/* How the names of files end that login/saved_login.c keeps in the same place. */
#define CACHE_LOGIN_SUFFIX ".login"

struct cache {
    char dir[PATH_MAX];
    unsigned char key[CACHE_KEY_SIZE];
};

/* The file name of an entry. */
struct cache_id {
    char name[CACHE_NAME_SIZE];
};

struct cache_entry {
    char portal[URL_ORIGIN_SIZE];
    char scope[SCOPE_TEXT_SIZE];
    char tenant_id[CACHE_TENANT_ID_SIZE]; /* "" for administrators */
    int64_t obtained_s;                   /* by this machine's clock */
    struct aws_credentials creds;
};

/*
 * Where the cache is: explicit, else XDG_CACHE_HOME/duplojit, else HOME/.cache/duplojit (either may
 * be NULL). False where there is no such place: then there is no cache.
 */
bool cache_find_dir(char out[PATH_MAX], const char *explicit_dir, const char *xdg_cache_home,
                    const char *home);

/* Makes the directory and its key where they are missing. ERR_FILE where that cannot be. */
int cache_open(struct cache *cache, const char *dir, struct err *err)
    __attribute__((warn_unused_result));
void cache_close(struct cache *cache);

/* 0, or -1 with ERR_INTERNAL. */
int cache_identify(const struct cache *cache, const char *portal, const char *token,
                   const struct scope *scope, struct cache_id *id, struct err *err)
    __attribute__((warn_unused_result));

/* False where there is no entry, or none that is whole, private, and this user's. */
bool cache_read(const struct cache *cache, const struct cache_id *id, struct cache_entry *entry);
int cache_write(const struct cache *cache, const struct cache_id *id,
                const struct cache_entry *entry, struct err *err)
    __attribute__((warn_unused_result));
/* Removes an entry where there is one. */
void cache_remove(const struct cache *cache, const struct cache_id *id);
int cache_lock(const struct cache *cache, const struct cache_id *id, struct fs_lock *lock,
               int64_t deadline_ms, struct err *err) __attribute__((warn_unused_result));

/*
 * Seconds that credentials have left at now_s of this machine's clock; 0 when none, or when the
 * clock stands before the moment they were obtained. Counted from then, not from the expiration:
 * a clock that is wrong, but wrong throughout, does no harm.
 */
int64_t cache_left_s(const struct cache_entry *entry, int64_t now_s);

/* Stale: fewer than 20 minutes left, or less than half of the lifetime where that is shorter. SDKs
 * refresh 15 minutes before the expiration and would ask again at once. */
bool cache_is_fresh(const struct cache_entry *entry, int64_t now_s);

/* Calls visit for every readable entry, in the order of their names. -1 when visit says so. */
int cache_for_each(const char *dir,
                   int (*each)(const struct cache_entry *entry, void *context, struct err *err),
                   void *context, struct err *err) __attribute__((warn_unused_result));

/* Removes the entries, and what killed runs left of them and of logins (login/saved_login.h); keeps
 * the key, locks that are held, and every file that is not this program's. *removed counts entries.
 */
int cache_clear(const char *dir, int *removed, struct err *err) __attribute__((warn_unused_result));

/* The same for one portal's entries; what killed runs left may be any portal's. */
int cache_clear_portal(const char *dir, const char *portal, int *removed, struct err *err)
    __attribute__((warn_unused_result));

#endif
