/* SPDX-License-Identifier: MIT */
/*
 * The names of other tools under which this program answers as those tools do: their grammar, their
 * defaults and the shape of their output. One table has all differences; the parser and the
 * commands read its columns.
 */
#ifndef CLI_PERSONALITY_H
#define CLI_PERSONALITY_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/options.h"

/* A name of an option in this grammar alone. */
struct personality_option {
    const char *name;
    char letter; /* or '\0' */
    enum option_id id;
};

struct personality {
    const char *program; /* the name of the link that selects it */
    const char *word;    /* selects it as the first word of a command line, too; or NULL */
    bool skips_word;     /* the word is not the name of a command */
    const char *command; /* the command of every command line; NULL: the command line names it */

    bool one_dash;                            /* -name is always a long option */
    bool admin_wins;                          /* --admin overrides --tenant; else it is an error */
    const struct personality_option *options; /* end with a NULL name; or NULL */
    const enum option_id *common; /* what every command accepts; ends with OPTION_COUNT */

    bool prints_json;   /* what other commands print as a line of text is JSON, too */
    bool logs_in_later; /* without a terminal, update-aws-config -I writes a profile unchecked */

    const char *profile;   /* name of an AWS profile without a name; NULL: the portal's host */
    bool uses_context;     /* update-kubeconfig sets current-context without --use */
    const char *token_key; /* token prints {KEY: "..."}; NULL: Version, DuploToken and NeedOTP */
    bool token_for_admin;  /* token logs in as an administrator */
    bool tenant_region;    /* aws --admin --tenant prints the tenant's region */
    bool all_fields;       /* aws prints all fields without -o */
    bool has_validity;     /* Validity is one of the fields of aws */
    bool env_of_fields;    /* -o env of aws prints the fields, not the variables of AWS tools */
    bool clears_logins;    /* cache clear removes the saved logins, too */
};

/* The one whose link has this path (argv[0]); this program's own for other names. */
const struct personality *personality_of_program(const char *path);

/* The one that this first word selects, or NULL. */
const struct personality *personality_of_word(const char *word);

/* The option that has this name, or this letter, in this grammar alone; or OPTION_COUNT. */
enum option_id personality_find_option(const struct personality *personality, const char *name,
                                       size_t len);
enum option_id personality_find_letter(const struct personality *personality, char letter);

/* Whether every command accepts the option. */
bool personality_accepts(const struct personality *personality, enum option_id id);

#endif
