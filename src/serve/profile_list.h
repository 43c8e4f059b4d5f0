/* SPDX-License-Identifier: MIT */
/* The profiles that an endpoint serves: a name for clients, and whose credentials it gives them. */
#ifndef SERVE_PROFILE_LIST_H
#define SERVE_PROFILE_LIST_H

#include "portal/scope.h"
#include "serve/profile_set.h"

struct err;

struct profile_entry {
    char name[PROFILE_SET_NAME_SIZE];
    struct scope scope;
};

/* Zeroed is empty. */
struct profile_list {
    int count;
    int room;
    struct profile_entry *entries;
    int *by_name; /* indexes of entries */
};

/* The profile that "/" serves if there are several. */
#define PROFILE_LIST_DEFAULT_NAME "default"

/* Releases the entries. Accepts a zeroed struct. */
void profile_list_done(struct profile_list *list);

/* Adds a profile. ERR_USAGE if there are too many, or the name is too long, in use, or not fit for
 * a credentials file (aws/ini/ini.h); ERR_INTERNAL if memory is exhausted. */
int profile_list_add(struct profile_list *list, const char *name, const struct scope *scope,
                     struct err *err) __attribute__((warn_unused_result));

/* The same from NAME=SCOPE, with a scope that scope_parse reads. */
int profile_list_add_text(struct profile_list *list, const char *text, struct err *err)
    __attribute__((warn_unused_result));

/* The index of the profile that "/" serves: the one named "default", else the only one; -1 if there
 * is neither. */
int profile_list_default(const struct profile_list *list);

#endif
