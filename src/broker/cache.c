/* SPDX-License-Identifier: MIT */
#include "broker/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mbedtls/sha256.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/random.h"
#include "base/text.h"
#include "broker/cache_entry.h"

enum {
    NAME_LEN = CACHE_NAME_SIZE - 1, /* hexadecimal digits */
    STORAGE = 4096,                 /* an entry has 1,100 to 2,500 bytes */
};

static const char key_name[] = "key";
static const char entry_suffix[] = ".credentials";

static int join(char out[PATH_MAX], const char *dir, const char *name, const char *suffix)
{
    const char *const parts[] = {dir, "/", name, suffix};
    return text_join(out, PATH_MAX, parts, 4) ? 0 : -1;
}

int cache_find_dir(char out[PATH_MAX], const char *explicit_dir, const char *xdg_cache_home,
                   const char *home, struct err *err)
{
    if (explicit_dir != NULL) {
        return explicit_dir[0] == '\0' ? err_set(err, ERR_FILE, "its name is empty")
               : text_copy(out, PATH_MAX, explicit_dir)
                   ? 0
                   : err_set(err, ERR_FILE, "path too long: %.80s...", explicit_dir);
    }
    /* The XDG specification: a relative path is ignored. */
    bool xdg = xdg_cache_home != NULL && xdg_cache_home[0] == '/';
    if (!xdg && fs_check_home(home, err) != 0) {
        return -1;
    }
    const char *base = xdg ? xdg_cache_home : home;
    return join(out, base, xdg ? "duplojit" : ".cache/duplojit", "") == 0
               ? 0
               : err_set(err, ERR_FILE, "path too long: %.80s...", base);
}

static bool read_key(const char *path, unsigned char key[CACHE_KEY_SIZE])
{
    char storage[CACHE_KEY_SIZE + 1];
    struct buf text;
    struct err ignored;
    bool found = false;
    buf_init_in(&text, storage, sizeof(storage), CACHE_KEY_SIZE);
    bool good = fs_read_private(path, &text, &found, &ignored) == 0 && text.len == CACHE_KEY_SIZE;
    if (good) {
        memcpy(key, text.data, CACHE_KEY_SIZE);
    }
    buf_done(&text);
    return good;
}

static int make_key(const char *path, unsigned char key[CACHE_KEY_SIZE], struct err *err)
{
    return random_bytes(key, CACHE_KEY_SIZE, err) != 0
               ? -1
               : fs_replace(path, key, CACHE_KEY_SIZE, &fs_private, err);
}

/* Under a lock: if several processes start at once, the first creates the key that all use. */
static int make_key_once(const char *path, unsigned char key[CACHE_KEY_SIZE], struct err *err)
{
    enum { KEY_LOCK_MS = 2000 };
    struct fs_lock lock;
    if (fs_lock_take(&lock, path, clock_mono_ms() + KEY_LOCK_MS, err) != 0) {
        return -1;
    }
    int result = read_key(path, key) ? 0 : make_key(path, key, err);
    fs_lock_release(&lock);
    return result;
}

int cache_open(struct cache *cache, const char *dir, struct err *err)
{
    char path[PATH_MAX];
    *cache = (struct cache){0};
    if (!text_copy(cache->dir, sizeof(cache->dir), dir) || join(path, dir, key_name, "") != 0) {
        return err_set(err, ERR_FILE, "path too long: %.80s...", dir);
    }
    if (read_key(path, cache->key)) {
        return 0;
    }
    return fs_make_dirs(dir, NULL, err) != 0 ? -1 : make_key_once(path, cache->key, err);
}

void cache_close(struct cache *cache)
{
    explicit_bzero(cache->key, sizeof(cache->key));
}

/*
 * SHA-256 over the key and the parts, each with its NUL; half of the digest in hexadecimal. The key
 * in front makes it a keyed hash, and the missing half prevents a length extension; HMAC would need
 * the heap, which a cached run does not use.
 */
int cache_identify(const struct cache *cache, const char *const *parts, size_t count,
                   struct cache_id *id, struct err *err)
{
    char storage[STORAGE];
    unsigned char digest[32];
    struct buf input;
    buf_init_in(&input, storage, sizeof(storage), 64 << 10);
    buf_add(&input, cache->key, sizeof(cache->key));
    for (size_t i = 0; i < count; i++) {
        buf_add(&input, parts[i], strlen(parts[i]) + 1);
    }
    int result = buf_check(&input, err);
    if (result == 0) {
        result = mbedtls_sha256((const unsigned char *)input.data, input.len, digest, 0) == 0
                     ? 0
                     : err_set(err, ERR_INTERNAL, "cannot compute a cache name");
    }
    id->name[0] = '\0';
    if (result == 0) {
        text_hex(digest, NAME_LEN / 2, id->name);
    }
    buf_done(&input);
    return result;
}

/* Not inlined: the parser then uses the same pages of the stack. */
static __attribute__((noinline)) bool read_file(const char *dir, const char *name,
                                                const char *suffix, struct buf *text)
{
    char path[PATH_MAX];
    struct err ignored;
    bool found = false;
    return join(path, dir, name, suffix) == 0 &&
           fs_read_private(path, text, &found, &ignored) == 0 && found;
}

static bool read_entry(const char *dir, const char *name, const char *suffix,
                       const struct issued *issued, struct cache_entry *entry)
{
    char storage[STORAGE];
    struct buf text;
    struct err ignored;
    buf_init_in(&text, storage, sizeof(storage), CACHE_ENTRY_MAX);
    bool good = read_file(dir, name, suffix, &text) &&
                cache_entry_parse(buf_str(&text), text.len, entry, issued, &ignored) == 0;
    buf_done(&text);
    return good;
}

bool cache_read(const struct cache *cache, const struct cache_id *id, const struct issued *issued,
                struct cache_entry *entry)
{
    return read_entry(cache->dir, id->name, entry_suffix, issued, entry);
}

int cache_write(const struct cache *cache, const struct cache_id *id,
                const struct cache_entry *entry, const struct issued *issued, struct err *err)
{
    char path[PATH_MAX];
    struct buf text;
    buf_init(&text, CACHE_ENTRY_MAX);
    cache_entry_format(&text, entry, issued);
    int result = buf_check(&text, err);
    if (result == 0 && join(path, cache->dir, id->name, entry_suffix) != 0) {
        result = err_set(err, ERR_FILE, "path too long: %.80s...", cache->dir);
    }
    if (result == 0) {
        result = fs_replace(path, text.data, text.len, &fs_private, err);
    }
    buf_done(&text);
    return result;
}

void cache_remove(const struct cache *cache, const struct cache_id *id)
{
    char path[PATH_MAX];
    if (join(path, cache->dir, id->name, entry_suffix) == 0) {
        unlink(path);
    }
}

int cache_lock(const struct cache *cache, const struct cache_id *id, struct fs_lock *lock,
               int64_t deadline_ms, struct err *err)
{
    char path[PATH_MAX];
    if (join(path, cache->dir, id->name, entry_suffix) != 0) {
        lock->fd = -1;
        return err_set(err, ERR_FILE, "path too long: %.80s...", cache->dir);
    }
    return fs_lock_take(lock, path, deadline_ms, err);
}

static bool is_hex_name(const char *name)
{
    return strspn(name, "0123456789abcdef") == NAME_LEN;
}

static bool is_entry_name(const char *name)
{
    return is_hex_name(name) && strcmp(name + NAME_LEN, entry_suffix) == 0;
}

/* The name of the file to which a temporary file or a lock belongs: "HEX.credentials" for
 * ".HEX.credentials.duplojit-new", also of logins and of the key. False for other names. */
static bool find_owner(const char *name, char out[NAME_MAX + 1])
{
    const char *mark = strstr(name, ".duplojit-");
    if (name[0] != '.' || mark == NULL || mark == name || !text_copy(out, NAME_MAX + 1, name + 1)) {
        return false;
    }
    out[mark - name - 1] = '\0';
    bool known = strcmp(mark, ".duplojit-new") == 0 || strcmp(mark, ".duplojit-lock") == 0 ||
                 strcmp(mark, ".duplojit-pending") == 0;
    bool login = is_hex_name(out) && strcmp(out + NAME_LEN, CACHE_LOGIN_SUFFIX) == 0;
    return known && (login || is_entry_name(out) || strcmp(out, key_name) == 0);
}

static int sweep(const char *dir, const char *name, void *context, struct err *err)
{
    char owner[NAME_MAX + 1];
    char path[PATH_MAX];
    (void)context;
    return find_owner(name, owner) && join(path, dir, owner, "") == 0 ? fs_lock_sweep(path, err)
                                                                      : 0;
}

int cache_for_each(const char *dir,
                   int (*each)(const struct cache_entry *entry, void *context, struct err *err),
                   void *context, struct err *err)
{
    struct dirent **names = NULL;
    int count = scandir(dir, &names, NULL, alphasort);
    if (count < 0) {
        return errno == ENOENT ? 0 : err_set_errno(err, ERR_FILE, "cannot list %s", dir);
    }
    int result = 0;
    for (int i = 0; i < count; i++) {
        struct cache_entry entry;
        if (result == 0 && is_entry_name(names[i]->d_name) &&
            read_entry(dir, names[i]->d_name, "", NULL, &entry)) {
            result = each(&entry, context, err);
        }
        free(names[i]);
    }
    free(names);
    return result;
}

/* False for an entry that cannot be read: it may hold a secret of any portal, and no run uses it.
 */
static bool is_of_other_portal(const char *dir, const char *name, const char *portal)
{
    struct cache_entry entry = {0};
    return read_entry(dir, name, "", NULL, &entry) && strcmp(entry.portal, portal) != 0;
}

/* What cache_clear removes. */
struct clearing {
    const char *portal; /* NULL: of all portals */
    int *removed;
};

/* Temporary files are removed for all portals: they may hold a secret of any. */
static int clear_one(const char *dir, const char *name, void *context, struct err *err)
{
    const struct clearing *clearing = context;
    char path[PATH_MAX];
    if (sweep(dir, name, NULL, err) != 0) {
        return -1;
    }
    if (!is_entry_name(name) || join(path, dir, name, "") != 0 ||
        (clearing->portal != NULL && is_of_other_portal(dir, name, clearing->portal))) {
        return 0;
    }
    if (unlink(path) == 0) {
        (*clearing->removed)++;
        return 0;
    }
    return errno == ENOENT ? 0 : err_set_errno(err, ERR_FILE, "cannot remove %s", path);
}

/* portal NULL: of all portals. Removes what it can, and then reports what it cannot. */
static int clear(const char *dir, const char *portal, int *removed, struct err *err)
{
    struct clearing clearing = {portal, removed};
    *removed = 0;
    return fs_for_each(dir, clear_one, &clearing, err);
}

int cache_clear(const char *dir, int *removed, struct err *err)
{
    return clear(dir, NULL, removed, err);
}

int cache_clear_portal(const char *dir, const char *portal, int *removed, struct err *err)
{
    return clear(dir, portal, removed, err);
}

void cache_sweep(const char *dir)
{
    struct err ignored;
    if (fs_for_each(dir, sweep, NULL, &ignored) != 0) {
        return; /* the next `cache clear` reports it */
    }
}
