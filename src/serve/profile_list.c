/* SPDX-License-Identifier: MIT */
#include "serve/profile_list.h"

#include <stdio.h>
#include <string.h>

#include "aws/ini/ini.h"
#include "base/err.h"
#include "base/text.h"

static int find(const struct profile_list *list, const char *name)
{
    for (int i = 0; i < list->count; i++) {
        if (strcmp(list->names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

int profile_list_add(struct profile_list *list, const char *name, const struct scope *scope,
                     struct err *err)
{
    if (list->count == PROFILE_SET_PROFILES_MAX) {
        return err_set(err, ERR_USAGE, "more than %d profiles: start a second endpoint for them",
                       PROFILE_SET_PROFILES_MAX);
    }
    if (strlen(name) >= sizeof(list->names[0])) {
        return err_set(err, ERR_USAGE, "the profile name \"%.40s...\" is too long", name);
    }
    if (find(list, name) >= 0) {
        return err_set(err, ERR_USAGE, "two profiles are named %s", name);
    }
    if (ini_check_name(INI_CREDENTIALS, name, err) != 0) {
        return -1;
    }
    text_copy(list->names[list->count], sizeof(list->names[0]), name);
    list->scopes[list->count++] = *scope;
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
