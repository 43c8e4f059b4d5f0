/* SPDX-License-Identifier: MIT */
/* duplojit login: saves a new login; duplojit logout: deletes it. */
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json_write.h"
#include "base/log.h"
#include "cli/output.h"
#include "cli/output_value.h"
#include "cmd/commands.h"
#include "portal/jwt.h"
#include "session/session.h"

/* Whose login it is, and until when: on standard error, and as JSON. Never the token. */
static void add_login(const struct session *session, bool json, struct buf *out)
{
    struct jwt_claims claims;
    struct json_writer writer;
    char until[CLOCK_RFC3339_SIZE] = "";
    jwt_read(identity_token(session->identity), &claims);
    bool dated = claims.expires_s > 0 && clock_format_rfc3339(claims.expires_s, until);
    log_note("logged in to %s%s%s%s%s%s", session->host.origin,
             claims.user[0] != '\0' ? " as " : "", claims.user,
             session->identity->for_admin ? ", for administrator access" : "",
             dated ? "; the token expires at " : "", until);
    if (json) {
        json_writer_init(&writer, out);
        json_begin_object(&writer);
        json_put_string(&writer, "Portal", session->host.origin);
        json_put_string(&writer, "User", claims.user);
        json_put_bool(&writer, "Administrator", session->identity->for_admin);
        json_put_string(&writer, "Expiration", until);
        json_end_object(&writer);
        buf_add_char(out, '\n');
    }
}

static int log_in(struct session *session, const struct output_value *value, struct err *err)
{
    struct buf out;
    if (session_log_in(session, err) != 0) {
        return -1;
    }
    output_init(&out);
    add_login(session, value->own < 0, &out);
    if (session_has_token(session->args)) {
        log_note("%s has priority over this login",
                 args_context_text(session->args, OPTION_TOKEN) != NULL
                     ? "the token of the context"
                     : "DUPLO_TOKEN or DUPLO_TOKEN_FILE is set and");
    }
    return output_value_write(value, &out, err);
}

static int run_login(const struct args *args, struct err *err)
{
    struct session session;
    struct output_value value;
    if (output_value_read(args, output_value_text, &value, err) != 0) {
        return -1;
    }
    int result = session_open(&session, args, SESSION_NEW_LOGIN, err);
    if (result == 0) {
        result = log_in(&session, &value, err);
    }
    session_close(&session);
    return result;
}

/* One portal's, or all. The AWS credentials go with the login: the next user of this account must
 * not find them. */
static int run_logout(const struct args *args, struct err *err)
{
    char dir[PATH_MAX];
    struct url_origin host;
    struct url_origin api;
    int logins = 0;
    int credentials = 0;
    bool all = args_text(args, OPTION_HOST) == NULL;
    if (!all && (session_host(args, &host, err) != 0 || session_api(args, &host, &api, err) != 0)) {
        return -1;
    }
    struct err why;
    if (session_cache_dir(args, dir, &why) != 0) {
        log_note("%s. So no login is saved", why.text);
        return 0;
    }
    int cleared = all ? cache_clear(dir, &credentials, err)
                      : cache_clear_portal(dir, api.origin, &credentials, err);
    /* The login is removed even if the credentials cannot be. */
    int forgotten = saved_login_forget(dir, all ? NULL : host.origin, &logins, err);
    if (cleared != 0 || forgotten != 0) {
        return -1;
    }
    log_note("%s: logins removed: %d; cached credentials removed: %d",
             all ? "all portals" : host.origin, logins, credentials);
    return 0;
}

static const enum option_id login_options[] = {
    OUTPUT_VALUE_OPTIONS, OPTION_HOST,      OPTION_API_HOST, OPTION_ADMIN,
    BROWSER_WAIT_OPTIONS, CONTEXT_OPTIONS,  OPTION_CA_FILE,  OPTION_RESOLVE,
    OPTION_TIMEOUT,       OPTION_CACHE_DIR, COMMON_OPTIONS,
};

static const enum option_id logout_options[] = {
    OPTION_HOST, OPTION_API_HOST, CONTEXT_OPTIONS, OPTION_CACHE_DIR, COMMON_OPTIONS,
};

static const struct option_text texts[] = {
    {OPTION_ADMIN, .text = "Log in for administrator access"},
    OUTPUT_VALUE_TEXT,
};

static const struct command_notes notes = {
    .exit_codes = "  7  cancelled, interrupted, or no answer within --login-timeout\n",
    .files = "  ~/.cache/duplojit  saved logins, mode 0600; see --cache-dir\n",
    .security = "Programs of this user can use the saved login until the portal rejects it or\n"
                "`duplojit logout` deletes it.\n",
};

const struct command command_login = {
    .name = "login",
    .operands = "",
    .summary = "Log in through the browser and save the login for --interactive",
    .examples = "login\n"
                "login --admin --browser none\n",
    .details =
        "The login is saved in the cache directory with mode 0600: one for each portal, and\n"
        "another one for each portal with --admin. Commands that start together share it, so\n"
        "DUPLO_JIT_AUTH_COOLDOWN and DUPLO_AUTH_COOLDOWN have no effect.\n"
        "\n"
        "Without a browser on this machine: open the printed URL elsewhere, and paste the URL at\n"
        "which that browser ends.\n"
        "\n"
        "JSON: Portal, User, Administrator and Expiration of the token. Text is printed on\n"
        "standard error.\n",
    .notes = &notes,
    .options = login_options,
    .option_count = sizeof(login_options) / sizeof(login_options[0]),
    .texts = texts,
    .text_count = sizeof(texts) / sizeof(texts[0]),
    .run = run_login,
};

static const struct command_notes logout_notes = {
    .files = "  ~/.cache/duplojit  see --cache-dir\n",
    .security = "The portal does not revoke the token: a copy works until it expires.\n",
};

const struct command command_logout = {
    .name = "logout",
    .operands = "",
    .summary = "Delete the saved login to a portal and its cached credentials",
    .examples = "logout --host https://PORTAL\n"
                "logout\n",
    .details =
        "Without --host, DUPLO_HOST, --context and DUPLO_CONTEXT: the logins to all portals.\n",
    .notes = &logout_notes,
    .options = logout_options,
    .option_count = sizeof(logout_options) / sizeof(logout_options[0]),
    .run = run_logout,
};
