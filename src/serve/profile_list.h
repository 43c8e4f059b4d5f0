/* SPDX-License-Identifier: MIT */
/* The profiles that an endpoint serves: a name for clients, and whose credentials it gives them. A
 * profile keeps its index until another one replaces it. */
#ifndef SERVE_PROFILE_LIST_H
#define SERVE_PROFILE_LIST_H

#include <stdbool.h>

#include "portal/scope.h"

struct err;

enum { PROFILE_LIST_NAME_SIZE = 128, PROFILE_LIST_MAX = 10000 };

struct profile_entry {
    char name[PROFILE_LIST_NAME_SIZE];
    struct scope scope;
};

/* Zeroed is empty. */
struct profile_list {
    int max;        /* the most profiles; 0: PROFILE_LIST_MAX */
    bool on_demand; /* profiles are renewed only while clients use them (serve/profile_set.h) */
    int count;
    int room;
    struct profile_entry *entries;
    int *by_name; /* indexes of entries */
};

/* The profile that "/" serves if there are several. */
#define PROFILE_LIST_DEFAULT_NAME "default"

/* Releases the entries. Accepts a zeroed struct. */
void profile_list_done(struct profile_list *list);

/* The most profiles that the list may have. */
int profile_list_max(const struct profile_list *list);

/* The index of a profile, or -1. */
int profile_list_find(const struct profile_list *list, const char *name);

/* Adds a profile. ERR_USAGE if there are too many, or the name is too long, in use, or not fit for
 * a credentials file (aws/ini/ini.h); ERR_INTERNAL if memory is exhausted. */
int profile_list_add(struct profile_list *list, const char *name, const struct scope *scope,
                     struct err *err) __attribute__((warn_unused_result));

/* The same, in place of the profile with this index. */
int profile_list_replace(struct profile_list *list, int index, const char *name,
                         const struct scope *scope, struct err *err)
    __attribute__((warn_unused_result));

/* profile_list_add from NAME=SCOPE, with a scope that scope_parse reads. */
int profile_list_add_text(struct profile_list *list, const char *text, struct err *err)
    __attribute__((warn_unused_result));

/* The index of the profile that "/" serves: the one named "default", else the only one; -1 if there
 * is neither. */
int profile_list_default(const struct profile_list *list);

#endif
