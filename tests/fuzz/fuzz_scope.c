/* SPDX-License-Identifier: MIT */
/* Scopes and profiles of the endpoint: the key of a scope that is accepted is read as the same
 * scope; its description can be printed; the profile of a line NAME=SCOPE has both. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "portal/scope.h"
#include "serve/profile_list.h"

static void check_scope(const struct scope *scope)
{
    struct scope again;
    struct err err = {0};
    char key[SCOPE_KEY_SIZE];
    char text[SCOPE_TEXT_SIZE];
    char same[SCOPE_TEXT_SIZE];
    scope_key(scope, key);
    scope_describe(scope, text);
    scope_describe_key(key, same);
    FUZZ_CHECK(strcmp(text, same) == 0);
    FUZZ_CHECK(scope_parse(&again, key, &err) == 0);
    FUZZ_CHECK(again.kind == scope->kind && strcmp(again.tenant, scope->tenant) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct profile_list list = {0};
    struct fuzz_input input = fuzz_begin(data, len);
    struct scope scope;
    struct err err = {0};
    char *text = fuzz_part(&input, NULL);
    if (scope_parse(&scope, text, &err) == 0) {
        check_scope(&scope);
    } else {
        fuzz_check_err(&err);
    }
    if (scope_set_tenant(&scope, text, &err) == 0) {
        check_scope(&scope);
    } else {
        fuzz_check_err(&err);
    }
    if (profile_list_add_text(&list, text, &err) == 0) {
        FUZZ_CHECK(list.count == 1 && list.entries[0].name[0] != '\0');
        check_scope(&list.entries[0].scope);
    } else {
        fuzz_check_err(&err);
    }
    profile_list_done(&list);
    free(text);
    return 0;
}
