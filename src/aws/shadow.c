/* SPDX-License-Identifier: MIT */
/*
 * The table was made by running the tools with each key and pair of keys: botocore 1.44 (AWS CLI,
 * boto3) and the SDKs for JavaScript v3, Go v2, Java v2 and Rust. An error of a tool counts as a
 * preference: it does not use the target.
 */
#include "aws/shadow.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "aws/ini/ini.h"
#include "base/buf.h"

enum {
    CLI = 1,
    GO = 2,
    JAVA = 4,
    JS = 8,
    RUST = 16,
    ALL = CLI | GO | JAVA | JS | RUST,
};

/* The key is preferred by these tools, or if `with` is given, when the profile has that key too. */
static const struct rule {
    const char *key;
    const char *with;
    unsigned over_process;
    unsigned over_static;
    bool only_credentials; /* only in the credentials file */
} rules[] = {
    {"role_arn", NULL, CLI | GO | RUST, CLI | GO | RUST, false},
    {"role_arn", "source_profile", ALL, ALL, false},
    {"role_arn", "credential_source", ALL, ALL, false},
    {"role_arn", "web_identity_token_file", ALL, CLI | GO | JAVA | RUST, false},
    {"source_profile", NULL, GO, GO, false},
    {"source_profile", "role_arn", ALL, ALL, false},
    {"credential_source", NULL, GO | RUST, GO | RUST, false},
    {"credential_source", "role_arn", ALL, ALL, false},
    {"web_identity_token_file", NULL, CLI | GO | RUST, CLI | GO | RUST, false},
    {"sso_session", NULL, GO | JAVA | RUST, JAVA | RUST, false},
    {"sso_start_url", NULL, GO | JAVA | RUST, JAVA | RUST, false},
    {"sso_region", NULL, GO | JAVA | RUST, JAVA | RUST, false},
    {"sso_account_id", NULL, CLI | GO | JAVA | RUST, CLI | JAVA | RUST, false},
    {"sso_role_name", NULL, CLI | GO | JAVA | RUST, CLI | JAVA | RUST, false},
    {"login_session", NULL, CLI | GO | RUST, RUST, false},
    {"credential_process", NULL, 0, JAVA | RUST, false},
    {"aws_access_key_id", NULL, GO, 0, false},
    {"aws_access_key_id", NULL, CLI, 0, true},
    {"aws_access_key_id", "aws_secret_access_key", GO | JS, 0, false},
    {"aws_secret_access_key", NULL, GO, 0, false},
};
enum { RULES = sizeof(rules) / sizeof(rules[0]) };

static const struct {
    unsigned tool;
    const char *name;
} tool_names[] = {{GO, "Go"}, {JAVA, "Java"}, {JS, "JavaScript"}, {RUST, "Rust"}};

static int has_key(const struct ini_doc *doc, const char *profile, const char *key, bool *found,
                   struct err *err)
{
    *found = false;
    return doc == NULL ? 0 : ini_get(doc, profile, key, NULL, found, err);
}

static void add_key(const char *keys[SHADOW_KEYS_MAX], size_t *count, const char *key)
{
    /* The rules of a key follow each other. */
    bool is_listed = *count > 0 && strcmp(keys[*count - 1], key) == 0;
    if (!is_listed && *count < SHADOW_KEYS_MAX) {
        keys[(*count)++] = key;
    }
}

struct search {
    enum shadow_target target;
    const struct ini_doc *config;
    const struct ini_doc *credentials;
    const char *profile;
};

static int apply_rule(const struct search *search, const struct rule *rule, struct shadow *out,
                      struct err *err)
{
    unsigned tools = search->target == SHADOW_PROCESS ? rule->over_process : rule->over_static;
    bool config = false;
    bool credentials = false;
    bool with_config = false;
    bool with_credentials = false;
    if (tools == 0) {
        return 0;
    }
    if ((!rule->only_credentials &&
         has_key(search->config, search->profile, rule->key, &config, err) != 0) ||
        has_key(search->credentials, search->profile, rule->key, &credentials, err) != 0) {
        return -1;
    }
    if (rule->with != NULL &&
        (has_key(search->config, search->profile, rule->with, &with_config, err) != 0 ||
         has_key(search->credentials, search->profile, rule->with, &with_credentials, err) != 0)) {
        return -1;
    }
    if ((!config && !credentials) || (rule->with != NULL && !with_config && !with_credentials)) {
        return 0;
    }
    if (config) {
        add_key(out->config_keys, &out->config_count, rule->key);
    }
    if (credentials) {
        add_key(out->credentials_keys, &out->credentials_count, rule->key);
    }
    out->tools |= tools;
    return 0;
}

int shadow_find(enum shadow_target target, const struct ini_doc *config,
                const struct ini_doc *credentials, const char *profile, struct shadow *out,
                struct err *err)
{
    const struct search search = {target, config, credentials, profile};
    *out = (struct shadow){.tools = 0};
    for (int i = 0; i < RULES; i++) {
        if (apply_rule(&search, &rules[i], out, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int count_sdks(unsigned tools)
{
    int count = 0;
    for (size_t i = 0; i < sizeof(tool_names) / sizeof(tool_names[0]); i++) {
        count += (tools & tool_names[i].tool) != 0 ? 1 : 0;
    }
    return count;
}

static void add_tools(struct buf *out, unsigned tools)
{
    int left = count_sdks(tools);
    if ((tools & CLI) != 0) {
        buf_add_str(out, left > 0 ? "the AWS CLI, boto3 and " : "the AWS CLI and boto3");
    }
    if (left > 0) {
        buf_add_str(out, left > 1 ? "the SDKs for " : "the SDK for ");
    }
    for (size_t i = 0; i < sizeof(tool_names) / sizeof(tool_names[0]); i++) {
        if ((tools & tool_names[i].tool) != 0) {
            left--;
            buf_add_str(out, tool_names[i].name);
            buf_add_str(out, left == 1 ? " and " : left > 1 ? ", " : "");
        }
    }
}

static void add_keys(struct buf *out, const char *const *keys, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++) {
        buf_add_fmt(out, "%s%s", i > 0 ? ", " : "", keys[i]);
    }
    buf_add_fmt(out, " in %.160s", path);
}

void shadow_describe(const struct shadow *shadow, enum shadow_target target, const char *config,
                     const char *credentials, char out[SHADOW_TEXT_SIZE])
{
    struct buf text;
    buf_init(&text, 4096);
    add_tools(&text, shadow->tools);
    buf_add_str(&text, (shadow->tools & (shadow->tools - 1)) == 0 && (shadow->tools & CLI) == 0
                           ? " prefers "
                           : " prefer ");
    if (shadow->config_count > 0) {
        add_keys(&text, shadow->config_keys, shadow->config_count, config);
    }
    if (shadow->credentials_count > 0) {
        buf_add_str(&text, shadow->config_count > 0 ? " and " : "");
        add_keys(&text, shadow->credentials_keys, shadow->credentials_count, credentials);
    }
    buf_add_str(&text, target == SHADOW_PROCESS ? " to credential_process" : " to the static keys");
    snprintf(out, SHADOW_TEXT_SIZE, "%s", buf_str(&text));
    buf_done(&text);
}
