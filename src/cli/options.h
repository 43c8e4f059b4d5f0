/* SPDX-License-Identifier: MIT */
/*
 * Every option of every command, described once: parsing, help and (in tests) the documentation
 * come from this table. A command names the ones that it takes. It knows nothing of what they do.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>

enum option_id {
    OPTION_HOST,
    OPTION_API_HOST,
    OPTION_TOKEN_FILE,
    OPTION_TOKEN,
    OPTION_INTERACTIVE,
    OPTION_BROWSER,
    OPTION_PORT,
    OPTION_LOGIN_TIMEOUT,
    OPTION_OTP,
    OPTION_TENANT,
    OPTION_TENANT_ID,
    OPTION_ADMIN,
    OPTION_DUPLO_OPS,
    OPTION_OUTPUT,
    OPTION_REGION,
    OPTION_PROFILE,
    OPTION_NO_CACHE,
    OPTION_CACHE_DIR,
    OPTION_CONFIG_FILE,
    OPTION_COMMAND,
    OPTION_DRY_RUN,
    OPTION_PRINT,
    OPTION_CHECK,
    OPTION_PRINT_URL,
    OPTION_DESTINATION,
    OPTION_LOGOUT_FIRST,
    OPTION_MODE,
    OPTION_OWNER,
    OPTION_WRITE_CREDENTIALS,
    OPTION_WRITE_ENV,
    OPTION_LISTEN,
    OPTION_ALLOW_REMOTE,
    OPTION_ENDPOINT,
    OPTION_AUTH_TOKEN_FILE,
    OPTION_ALSO_WRITE,
    OPTION_IMDS,
    OPTION_EXIT_WITH,
    OPTION_PRINT_ENV,
    OPTION_URL,
    OPTION_TYPE,
    OPTION_KEY,
    OPTION_KEYS,
    OPTION_IF_VALUE,
    OPTION_RAISE_ROLE_MAX,
    OPTION_FILE,
    OPTION_CA_FILE,
    OPTION_RESOLVE,
    OPTION_TIMEOUT,
    OPTION_WAIT,
    OPTION_DEBUG,
    OPTION_VERSION,
    OPTION_HELP,
    OPTION_COUNT
};

struct option {
    const char *name;         /* without dashes */
    const char *alias;        /* another tool's name for it, or NULL */
    const char *value;        /* what its value is called in help; NULL for a switch, "[FILE]" where
                                 it may be left out */
    const char *variable;     /* the environment variable in its place, or NULL */
    const char *alt_variable; /* a second one, or NULL */
    const char *help;
    char letter;     /* or '\0' */
    bool secret;     /* wiped from argv at once */
    bool repeats;    /* may be given several times */
    bool portable;   /* update-aws-config writes it into the profile that it makes */
    bool is_path;    /* relative to where the program was started */
    bool knows_home; /* a path in which "~/" is the home directory, as for the AWS tools */
};

extern const struct option options[OPTION_COUNT];

#endif
