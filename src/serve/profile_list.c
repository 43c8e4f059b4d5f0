/* SPDX-License-Identifier: MIT */
#include "serve/profile_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/ini/ini.h"
#include "base/err.h"
#include "base/text.h"

void profile_list_done(struct profile_list *list)
{
    free(list->entries);
    free(list->by_name);
    *list = (struct profile_list){0};
}

/* The place of a name in by_name, or where it belongs. */
static int find_place(const struct profile_list *list, const char *name, bool *found)
{
    int first = 0;
    int end = list->count;
    *found = false;
    while (first < end && !*found) {
        int middle = first + (end - first) / 2;
        int order = strcmp(name, list->entries[list->by_name[middle]].name);
        *found = order == 0;
        first = order > 0 ? middle + 1 : first;
        end = order > 0 ? end : middle;
    }
    return *found ? end : first;
}

static int find(const struct profile_list *list, const char *name)
{
    bool found = false;
    int place = find_place(list, name, &found);
    return found ? list->by_name[place] : -1;
}

static int grow(struct profile_list *list, struct err *err)
{
    enum { ROOM_FIRST = 8 };
    if (list->count == PROFILE_SET_PROFILES_MAX) {
        return err_set(err, ERR_USAGE, "more than %d profiles: start a second endpoint for them",
                       PROFILE_SET_PROFILES_MAX);
    }
    int room = list->room == 0 ? ROOM_FIRST : 2 * list->room;
    struct profile_entry *entries = realloc(list->entries, (size_t)room * sizeof(*entries));
    if (entries == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory (%d profiles)", room);
    }
    list->entries = entries;
    int *by_name = realloc(list->by_name, (size_t)room * sizeof(*by_name));
    if (by_name == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory (%d profiles)", room);
    }
    list->by_name = by_name;
    list->room = room;
    return 0;
}

int profile_list_add(struct profile_list *list, const char *name, const struct scope *scope,
                     struct err *err)
{
    bool found = false;
    if (strlen(name) >= sizeof(list->entries->name)) {
        return err_set(err, ERR_USAGE, "the profile name \"%.40s...\" is too long", name);
    }
    int place = find_place(list, name, &found);
    if (found) {
        return err_set(err, ERR_USAGE, "two profiles are named %s", name);
    }
    bool full = list->count == list->room || list->count == PROFILE_SET_PROFILES_MAX;
    if (ini_check_name(INI_CREDENTIALS, name, err) != 0 || (full && grow(list, err) != 0)) {
        return -1;
    }
    memmove(list->by_name + place + 1, list->by_name + place,
            (size_t)(list->count - place) * sizeof(*list->by_name));
    list->by_name[place] = list->count;
    struct profile_entry *entry = &list->entries[list->count++];
    text_copy(entry->name, sizeof(entry->name), name);
    entry->scope = *scope;
    return 0;
}

int profile_list_add_text(struct profile_list *list, const char *text, struct err *err)
{
    struct scope scope;
    char name[PROFILE_SET_NAME_SIZE + 1]; /* a name that is too long stays too long */
    const char *equals = strchr(text, '=');
    if (equals == NULL) {
        return err_set(err, ERR_USAGE, "\"%.60s\" is not NAME=SCOPE, such as app=tenant:dev01",
                       text);
    }
    if (scope_parse(&scope, equals + 1, err) != 0) {
        return -1;
    }
    snprintf(name, sizeof(name), "%.*s", (int)(equals - text), text);
    return profile_list_add(list, name, &scope, err);
}

int profile_list_default(const struct profile_list *list)
{
    int named = find(list, PROFILE_LIST_DEFAULT_NAME);
    return named < 0 && list->count == 1 ? 0 : named;
}
