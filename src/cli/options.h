/* SPDX-License-Identifier: MIT */
/*
 * Every option of every command, described once: the parser, help, the masking of secrets and tests
 * of the documentation read this table. A command lists the options that it accepts.
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
    OPTION_CONTEXT,
    OPTION_CONTEXT_FILE,
    OPTION_TENANT,
    OPTION_TENANT_ID,
    OPTION_ADMIN,
    OPTION_DUPLO_OPS,
    OPTION_PLAN,
    OPTION_API_VERSION,
    OPTION_OUTPUT,
    OPTION_QUERY,
    OPTION_REGION,
    OPTION_PROFILE,
    OPTION_NO_CACHE,
    OPTION_CACHE_DIR,
    OPTION_CONFIG_FILE,
    OPTION_COMMAND,
    OPTION_DRY_RUN,
    OPTION_PRINT,
    OPTION_CHECK,
    OPTION_REPLACE,
    OPTION_KUBECONFIG,
    OPTION_USE,
    OPTION_REMOVE,
    OPTION_EMBED_TOKEN,
    OPTION_OFFLINE,
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
    OPTION_KEEP_TOKEN,
    OPTION_AUTH_TOKEN_FILE,
    OPTION_ALSO_WRITE,
    OPTION_IMDS,
    OPTION_IMDS_OPEN,
    OPTION_EXIT_WITH,
    OPTION_PRINT_ENV,
    OPTION_URL,
    OPTION_POLICY,
    OPTION_AUDIENCE,
    OPTION_SCOPES_MAX,
    OPTION_SERVICE_ACCOUNT_DIR,
    OPTION_AS,
    OPTION_TYPE,
    OPTION_KEY,
    OPTION_KEYS,
    OPTION_IF_VALUE,
    OPTION_RAISE_ROLE_MAX,
    OPTION_FILE,
    OPTION_MAN,
    OPTION_CA_FILE,
    OPTION_RESOLVE,
    OPTION_TIMEOUT,
    OPTION_WAIT,
    OPTION_COLOR,
    OPTION_QUIET,
    OPTION_DEBUG,
    OPTION_VERSION,
    OPTION_HELP,
    /* Only in the grammars of other tools (cli/personality.h); in no help. */
    OPTION_SHOWN_COUNT,
    OPTION_IGNORED_VALUE = OPTION_SHOWN_COUNT, /* options that have no meaning here */
    OPTION_IGNORED_SWITCH,
    OPTION_COUNT
};

/* The paragraphs of a command's help. */
enum option_group {
    OPTION_GROUP_COMMAND, /* what this command does */
    OPTION_GROUP_CREDENTIALS,
    OPTION_GROUP_CONNECTION,
    OPTION_GROUP_COMMON,
    OPTION_GROUP_COUNT
};

struct option {
    const char *name;         /* without dashes */
    const char *alias;        /* its name in duploctl, duplo-jit or curl, or NULL */
    const char *value;        /* how help calls its value: NULL for a switch, "[FILE]" if the value
                                 is optional */
    const char *variable;     /* the environment variable that sets it, or NULL */
    const char *alt_variable; /* a second one, read if the first is not set, or NULL */
    const char *help;         /* what it does; a command may have its own text, see command.h */
    enum option_group group;
    char letter;     /* or '\0'; see command_find_letter */
    bool secret;     /* wiped from argv, masked in files that are shown, and its variable is not
                        passed on to other programs */
    bool repeats;    /* may be given several times */
    bool portable;   /* update-aws-config copies it into the profile */
    bool is_path;    /* relative to the working directory */
    bool knows_home; /* a path in which "~/" is the home directory, as in AWS tools */
};

extern const struct option options[OPTION_COUNT];

#endif
