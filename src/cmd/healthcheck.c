/* SPDX-License-Identifier: MIT */
/* duplojit healthcheck: asks an endpoint for its health. For images without curl. */
#include "base/err.h"
#include "cli/args.h"
#include "cmd/commands.h"
#include "serve/health.h"

static int run(const struct args *args, struct err *err)
{
    const char *url = args_text(args, OPTION_URL);
    if (health_check(url != NULL ? url : HEALTH_DEFAULT_URL, err) == 0) {
        return 0;
    }
    return err->kind == ERR_USAGE ? args_blame(args, OPTION_URL, err) : -1;
}

static const enum option_id option_list[] = {OPTION_URL, COMMON_OPTIONS};

static const struct command_notes notes = {
    .exit_codes = "  0  ready\n"
                  "  5  not ready, or no answer within 2 seconds\n",
    .security = "Sends no token, and only to addresses of this machine.\n",
};

const struct command command_healthcheck = {
    .name = "healthcheck",
    .operands = "",
    .summary = "Check whether `duplojit serve` is ready",
    .examples = "healthcheck\n"
                "healthcheck --url http://127.0.0.1:9911/healthz\n",
    .details = "/readyz requires valid credentials for every profile, /healthz only a running\n"
               "server.\n",
    .notes = &notes,
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};
