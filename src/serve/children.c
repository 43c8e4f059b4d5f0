/* SPDX-License-Identifier: MIT */
#include "serve/children.h"

#include <stddef.h>

void children_start(const struct children *children, int64_t now_ms)
{
    renewal_pool_start(children->renewals, now_ms);
    if (children->reviews != NULL) {
        review_pool_start(children->reviews);
    }
}

bool children_step(const struct children *children)
{
    bool renewed = renewal_pool_step(children->renewals);
    bool reviewed = children->reviews != NULL && review_pool_step(children->reviews);
    return renewed || reviewed;
}

void children_poll(const struct children *children, struct pollfd fds[CHILDREN_FDS])
{
    for (int i = 0; i < CHILDREN_FDS; i++) {
        int fd = i < RENEWAL_POOL_SIZE ? renewal_pool_fd(children->renewals, i)
                 : children->reviews != NULL
                     ? review_pool_fd(children->reviews, i - RENEWAL_POOL_SIZE)
                     : -1;
        fds[i] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
}

int children_timeout_ms(const struct children *children, int64_t now_ms)
{
    int renewals_ms = renewal_pool_timeout_ms(children->renewals, now_ms);
    int reviews_ms =
        children->reviews != NULL ? review_pool_timeout_ms(children->reviews) : INT32_MAX;
    return reviews_ms < renewals_ms ? reviews_ms : renewals_ms;
}

bool children_reap(const struct children *children, pid_t pid)
{
    return renewal_pool_reap(children->renewals, pid) ||
           (children->reviews != NULL && review_pool_reap(children->reviews, pid));
}

void children_stop(const struct children *children, int number)
{
    renewal_pool_stop(children->renewals, number);
    if (children->reviews != NULL) {
        review_pool_stop(children->reviews, number);
    }
}

bool children_are_running(const struct children *children)
{
    return renewal_pool_is_running(children->renewals) ||
           (children->reviews != NULL && review_pool_is_running(children->reviews));
}
