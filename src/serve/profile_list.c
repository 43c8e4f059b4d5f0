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

/* The place of a name among the first count ones of by_name, or where it belongs. */
static int find_place(const struct profile_list *list, int count, const char *name, bool *found)
{
    int first = 0;
    int end = count;
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

int profile_list_find(const struct profile_list *list, const char *name)
{
    bool found = false;
    int place = find_place(list, list->count, name, &found);
    return found ? list->by_name[place] : -1;
}

int profile_list_max(const struct profile_list *list)
{
    return list->max > 0 ? list->max : PROFILE_LIST_MAX;
}

static int grow(struct profile_list *list, struct err *err)
{
    enum { ROOM_FIRST = 8 };
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

static int check_name(const struct profile_list *list, const char *name, struct err *err)
{
    if (strlen(name) >= PROFILE_LIST_NAME_SIZE) {
        return err_set(err, ERR_USAGE, "the profile name \"%.40s...\" is too long", name);
    }
    return profile_list_find(list, name) >= 0
               ? err_set(err, ERR_USAGE, "two profiles are named %s", name)
               : ini_check_name(INI_CREDENTIALS, name, err);
}

/* Fills an entry, and inserts its index into by_name, which has count others. */
static void put(struct profile_list *list, int index, int count, const char *name,
                const struct scope *scope)
{
    struct profile_entry *entry = &list->entries[index];
    bool found = false;
    int place = find_place(list, count, name, &found);
    memmove(list->by_name + place + 1, list->by_name + place,
            (size_t)(count - place) * sizeof(*list->by_name));
    list->by_name[place] = index;
    text_copy(entry->name, sizeof(entry->name), name);
    entry->scope = *scope;
}

int profile_list_add(struct profile_list *list, const char *name, const struct scope *scope,
                     struct err *err)
{
    if (check_name(list, name, err) != 0) {
        return -1;
    }
    if (list->count >= profile_list_max(list)) {
        return err_set(err, ERR_USAGE, "more than %d profiles: start a second endpoint for them",
                       profile_list_max(list));
    }
    if (list->count == list->room && grow(list, err) != 0) {
        return -1;
    }
    put(list, list->count, list->count, name, scope);
    list->count++;
    return 0;
}

int profile_list_replace(struct profile_list *list, int index, const char *name,
                         const struct scope *scope, struct err *err)
{
    bool found = false;
    if (check_name(list, name, err) != 0) {
        return -1;
    }
    int others = list->count - 1;
    int place = find_place(list, list->count, list->entries[index].name, &found);
    memmove(list->by_name + place, list->by_name + place + 1,
            (size_t)(others - place) * sizeof(*list->by_name));
    put(list, index, others, name, scope);
    return 0;
}

int profile_list_add_text(struct profile_list *list, const char *text, struct err *err)
{
    struct scope scope;
    char name[PROFILE_LIST_NAME_SIZE + 1]; /* a name that is too long stays too long */
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
    int named = profile_list_find(list, PROFILE_LIST_DEFAULT_NAME);
    return named < 0 && list->count == 1 ? 0 : named;
}
