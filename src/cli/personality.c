/* SPDX-License-Identifier: MIT */
#include "cli/personality.h"

#include <string.h>

/* Names that mean another option in our grammar, and options that have no meaning here. */
static const struct personality_option duploctl_options[] = {
    {"config-file", '\0', OPTION_CONTEXT_FILE},    {"web-browser", '\0', OPTION_BROWSER},
    {"homedir", '\0', OPTION_IGNORED_VALUE},       {"configfile", '\0', OPTION_CONTEXT_FILE},
    {"cachedir", '\0', OPTION_CACHE_DIR},          {"tenantid", '\0', OPTION_TENANT_ID},
    {"log-level", 'L', OPTION_IGNORED_VALUE},      {"loglevel", '\0', OPTION_IGNORED_VALUE},
    {"auth-cooldown", '\0', OPTION_IGNORED_VALUE}, {"home-dir", '\0', OPTION_IGNORED_VALUE},
    {"wait-timeout", '\0', OPTION_IGNORED_VALUE},  {"wait_timeout", '\0', OPTION_IGNORED_VALUE},
    {"timeout", '\0', OPTION_IGNORED_VALUE},       {"wait", 'w', OPTION_IGNORED_SWITCH},
    {"validate", '\0', OPTION_IGNORED_SWITCH},     {NULL, '\0', OPTION_COUNT},
};

static const enum option_id duploctl_common[] = {
    OPTION_HOST,         OPTION_TOKEN,         OPTION_TENANT,         OPTION_TENANT_ID,
    OPTION_INTERACTIVE,  OPTION_ADMIN,         OPTION_NO_CACHE,       OPTION_CACHE_DIR,
    OPTION_BROWSER,      OPTION_OUTPUT,        OPTION_QUERY,          OPTION_CONTEXT,
    OPTION_CONTEXT_FILE, OPTION_IGNORED_VALUE, OPTION_IGNORED_SWITCH, OPTION_COUNT,
};

static const enum option_id duplo_jit_common[] = {
    OPTION_HOST, OPTION_API_HOST, OPTION_TOKEN, OPTION_INTERACTIVE,
    OPTION_PORT, OPTION_NO_CACHE, OPTION_DEBUG, OPTION_COUNT,
};

static const struct personality personalities[] = {
    {.program = "duplojit"},
    {
        .program = "duploctl",
        .word = "jit",
        .skips_word = true,
        .admin_wins = true,
        .options = duploctl_options,
        .common = duploctl_common,
        .prints_json = true,
        .clears_logins = true,
        .logs_in_later = true,
        .profile = "duplo",
        .uses_context = true,
        .token_key = "token",
        .all_fields = true,
        .has_validity = true,
        .env_of_fields = true,
    },
    {
        .program = "duplo-jit",
        .word = "duplo",
        .one_dash = true,
        .admin_wins = true,
        .common = duplo_jit_common,
        .token_for_admin = true,
        .tenant_region = true,
        .all_fields = true,
        .clears_logins = true,
    },
    {
        .program = "duplo-aws-credential-process",
        .command = "aws",
        .one_dash = true,
        .admin_wins = true,
        .common = duplo_jit_common,
        .all_fields = true,
    },
};
enum { PERSONALITY_COUNT = sizeof(personalities) / sizeof(personalities[0]) };

const struct personality *personality_of_program(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    for (int i = 1; i < PERSONALITY_COUNT; i++) {
        if (strcmp(name, personalities[i].program) == 0) {
            return &personalities[i];
        }
    }
    return &personalities[0];
}

const struct personality *personality_of_word(const char *word)
{
    for (int i = 1; i < PERSONALITY_COUNT; i++) {
        if (personalities[i].word != NULL && strcmp(word, personalities[i].word) == 0) {
            return &personalities[i];
        }
    }
    return NULL;
}

enum option_id personality_find_option(const struct personality *personality, const char *name,
                                       size_t len)
{
    const struct personality_option *at = personality->options;
    for (; at != NULL && at->name != NULL; at++) {
        if (strlen(at->name) == len && memcmp(at->name, name, len) == 0) {
            return at->id;
        }
    }
    return OPTION_COUNT;
}

enum option_id personality_find_letter(const struct personality *personality, char letter)
{
    const struct personality_option *at = personality->options;
    for (; at != NULL && at->name != NULL; at++) {
        if (at->letter == letter) {
            return at->id;
        }
    }
    return OPTION_COUNT;
}

bool personality_accepts(const struct personality *personality, enum option_id id)
{
    const enum option_id *at = personality->common;
    while (at != NULL && *at != OPTION_COUNT && *at != id) {
        at++;
    }
    return at != NULL && *at == id;
}
