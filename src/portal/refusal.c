/* SPDX-License-Identifier: MIT */
#include "portal/refusal.h"

#include <string.h>

#include "base/err.h"
#include "net/url.h"
#include "portal/call.h"
#include "portal/portal.h"

/* Whether the portal's words say what our own message says. */
static bool speak_of_mfa(const char *words)
{
    return strstr(words, "MFA") != NULL || strstr(words, "OTP") != NULL;
}

int refusal_explain(const struct portal *portal, const struct portal_call *call, struct err *err)
{
    struct portal_features features;
    struct err ignored;
    const char *host = portal->api->host;
    const char *hint = portal_hints_of(portal)->otp;
    int status = call->response.status;
    if (err->kind != ERR_REFUSED || portal_get_features(portal, &features, &ignored) != 0 ||
        !features.otp_needed) {
        return -1;
    }
    if (portal->otp != NULL && portal->otp[0] != '\0') {
        return err_set(err, ERR_REFUSED,
                       "%s denies administrator access (%d)%s%s; the MFA code may be wrong or "
                       "already used",
                       host, status, call->words[0] != '\0' ? ": " : "", call->words);
    }
    bool new_words = call->words[0] != '\0' && !speak_of_mfa(call->words);
    return err_set(err, ERR_REFUSED, "%s requires an MFA code for administrators (%d%s%s)%s%s",
                   host, status, new_words ? ": " : "", new_words ? call->words : "",
                   hint != NULL ? ": " : "", hint != NULL ? hint : "");
}
