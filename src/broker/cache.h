/* SPDX-License-Identifier: MIT */
/*
 * Credentials on disk, so that the AWS CLI's next command needs no network. One file per portal,
 * user and scope, 0600 in a 0700 directory. A file's name is a keyed hash of the three; the key is
 * in the same directory. Without it, a name does not reveal a token.
 */
#ifndef BROKER_CACHE_H
#define BROKER_CACHE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/cache_entry.h"

struct err;
struct fs_lock;
struct issued;

enum { CACHE_KEY_SIZE = 32, CACHE_NAME_SIZE = 33 };

/* How the names of saved logins (login/saved_login.h) end, which are in the same directory. */
#define CACHE_LOGIN_SUFFIX ".login"

struct cache {
    char dir[PATH_MAX];
    unsigned char key[CACHE_KEY_SIZE];
};

/* The file name of an entry or a saved login, without its suffix. */
struct cache_id {
    char name[CACHE_NAME_SIZE];
};

/*
 * The path of the cache: explicit_dir, else XDG_CACHE_HOME/duplojit, else HOME/.cache/duplojit
 * (each may be NULL). ERR_FILE if none of them names a directory: then there is no cache.
 */
int cache_find_dir(char out[PATH_MAX], const char *explicit_dir, const char *xdg_cache_home,
                   const char *home, struct err *err) __attribute__((warn_unused_result));

/* Creates the directory and its key if they are missing. ERR_FILE if that fails. */
int cache_open(struct cache *cache, const char *dir, struct err *err)
    __attribute__((warn_unused_result));
void cache_close(struct cache *cache);

/* The name for these parts, in this order. Other parts have another name, also if their texts are
 * equal when put together. 0, or -1 with ERR_INTERNAL. */
int cache_identify(const struct cache *cache, const char *const *parts, size_t count,
                   struct cache_id *id, struct err *err) __attribute__((warn_unused_result));

/* Reads an entry and the wanted members of issued (see cache_entry_parse). False if there is no
 * entry, or none that is complete, private, and owned by this user. */
bool cache_read(const struct cache *cache, const struct cache_id *id, const struct issued *issued,
                struct cache_entry *entry);
int cache_write(const struct cache *cache, const struct cache_id *id,
                const struct cache_entry *entry, const struct issued *issued, struct err *err)
    __attribute__((warn_unused_result));
/* Removes an entry, if there is one. */
void cache_remove(const struct cache *cache, const struct cache_id *id);
int cache_lock(const struct cache *cache, const struct cache_id *id, struct fs_lock *lock,
               int64_t deadline_ms, struct err *err) __attribute__((warn_unused_result));

/* Calls each for every readable entry, in the order of their names, without its credentials. -1
 * when each returns it. */
int cache_for_each(const char *dir,
                   int (*each)(const struct cache_entry *entry, void *context, struct err *err),
                   void *context, struct err *err) __attribute__((warn_unused_result));

/* Removes the entries, and temporary files and locks of killed processes, those of logins included;
 * keeps the key, locks that are held, and every file that is not this program's. *removed counts
 * entries. */
int cache_clear(const char *dir, int *removed, struct err *err) __attribute__((warn_unused_result));

/* Removes only those temporary files and locks. */
void cache_sweep(const char *dir);

/* The same as cache_clear for the entries of one portal and those that cannot be read; temporary
 * files and locks are removed for all portals. */
int cache_clear_portal(const char *dir, const char *portal, int *removed, struct err *err)
    __attribute__((warn_unused_result));

#endif
