/* SPDX-License-Identifier: MIT */
/* duplojit token: prints the token for the portal in the format of duplo-jit. */
#include "base/json_write.h"
#include "cli/output.h"
#include "cli/output_value.h"
#include "cli/personality.h"
#include "cmd/commands.h"
#include "session/session.h"

/* The call for the features also shows whether the portal accepts the token. */
static int print(const struct args *args, const struct portal *portal,
                 const struct output_value *value, struct err *err)
{
    const char *token_key = args->personality->token_key;
    const char *const secrets[] = {portal->token, NULL};
    struct portal_features features;
    struct buf out;
    struct json_writer writer;
    if (portal_get_features(portal, &features, err) != 0 || output_mask(args, secrets, err) != 0) {
        return -1;
    }
    output_init(&out);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    if (token_key != NULL) {
        json_put_string(&writer, token_key, portal->token);
    } else {
        json_put_int(&writer, "Version", 1);
        json_put_string(&writer, "DuploToken", portal->token);
        json_put_bool(&writer, "NeedOTP", features.otp_needed);
    }
    json_end_object(&writer);
    buf_add_char(&out, '\n');
    return output_value_write(value, &out, err);
}

static int run(const struct args *args, struct err *err)
{
    struct output_value value;
    struct session session;
    if (output_value_read(args, NULL, &value, err) != 0) {
        return -1;
    }
    int result = session_open(
        &session, args, args->personality->token_for_admin ? SESSION_ADMIN : SESSION_NORMAL, err);
    const struct portal *portal = result == 0 ? session_portal(&session, err) : NULL;
    result = portal == NULL ? -1 : print(args, portal, &value, err);
    session_close(&session);
    return result;
}

static const enum option_id option_list[] = {OUTPUT_VALUE_OPTIONS, SESSION_OPTIONS};

static const struct option_text texts[] = {
    {OPTION_OUTPUT, .text = "Output format: json (default), yaml, env, csv or string"},
};

static const struct command_notes notes = {
    .security = "The token has all rights of its user until it expires or is revoked.\n",
};

const struct command command_token = {
    .name = "token",
    .operands = "",
    .summary = "Print the token for the portal, after the portal has accepted it",
    .examples = "token\n"
                "token -o string -q DuploToken\n",
    .details = "Prints {\"Version\":1,\"DuploToken\":\"...\",\"NeedOTP\":false}. Alias: duplo\n",
    .notes = &notes,
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .texts = texts,
    .text_count = sizeof(texts) / sizeof(texts[0]),
    .run = run,
};
