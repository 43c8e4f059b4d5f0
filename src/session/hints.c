/* SPDX-License-Identifier: MIT */
#include "session/hints.h"

#include <stdio.h>

#include "cli/args.h"

void hints_fill(struct hints *hints, const struct args *args)
{
    enum option_id id = args_text(args, OPTION_API_HOST) != NULL ? OPTION_API_HOST : OPTION_HOST;
    const char *variable = args_variable_name(args, id);
    if (args_context_text(args, id) != NULL) {
        snprintf(hints->host, sizeof(hints->host), "check the host of the context");
    } else {
        snprintf(hints->host, sizeof(hints->host), "check %s%s", variable != NULL ? "" : "--",
                 variable != NULL ? variable : options[id].name);
    }
    snprintf(hints->resolve, sizeof(hints->resolve), "%s and the name server, or use --resolve",
             hints->host);
    hints->http = (struct http_hints){
        .host = hints->host,
        .resolve = hints->resolve,
        .ca_file = "name the authority's certificate with --ca-file",
    };
    hints->portal = (struct portal_hints){
        .host = hints->host,
        .token = "log in with `duplojit login` or use a new token",
        .otp = "use --otp CODE or log in with --interactive",
        .admin = "use an administrator's token",
        .tenants = "`duplojit tenants` lists the tenants",
        .wait = "try again later or use --wait 2m",
    };
}
