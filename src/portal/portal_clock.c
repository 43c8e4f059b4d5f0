/* SPDX-License-Identifier: MIT */
#include "portal/portal_clock.h"

#include "base/clock.h"
#include "base/log.h"
#include "net/http_message.h"

enum {
    SKEW_TOLERATED_S = 300, /* AWS rejects signatures if the clock is further off */
};

/* The time by the portal's clock if the response has a credible one: this machine's may be wrong.
 */
int64_t portal_clock_now_s(const struct http_response *response)
{
    if (response->date_complaint != NULL) {
        char date[CLOCK_RFC3339_SIZE] = "after 9999";
        clock_format_rfc3339(response->date_s, date);
        log_warn("the time of the portal (%s) %s: the credentials expire by the clock of this "
                 "machine",
                 date, response->date_complaint);
    }
    if (response->date_s == 0 || response->date_complaint != NULL) {
        return response->sent_s;
    }
    int64_t ahead_s = response->sent_s - response->date_s;
    if (ahead_s > SKEW_TOLERATED_S || ahead_s < -SKEW_TOLERATED_S) {
        log_warn("the clock of this machine is %lld s %s the portal's clock; AWS rejects requests "
                 "if it is off by more than 5 minutes",
                 (long long)(ahead_s > 0 ? ahead_s : -ahead_s),
                 ahead_s > 0 ? "ahead of" : "behind");
    }
    return response->date_s;
}
