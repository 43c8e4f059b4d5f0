/* SPDX-License-Identifier: MIT */
/* Cache entries of AWS and of Kubernetes: an entry that is accepted is written and read again
 * without a difference; one that is rejected leaves no credentials. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "aws/credentials.h"
#include "base/clock.h"
#include "broker/cache_entry.h"
#include "kube/kube_access.h"
#include "portal/issued.h"

struct all {
    struct aws_credentials aws;
    struct console_link link;
    struct kube_access kube;
};

static int parse(const char *text, size_t len, bool kubernetes, struct cache_entry *entry,
                 struct all *all)
{
    struct err err = {0};
    struct issued issued = {.aws = &all->aws, .link = &all->link};
    if (kubernetes) {
        issued = (struct issued){.kube = &all->kube};
    }
    memset(all, 0, sizeof(*all));
    return cache_entry_parse(text, len, entry, &issued, &err);
}

static void check(const char *text, size_t len, bool kubernetes)
{
    static struct all first;
    static struct all second;
    static const struct all none;
    struct cache_entry entry;
    struct cache_entry again;
    struct buf out;
    if (parse(text, len, kubernetes, &entry, &first) != 0) {
        FUZZ_CHECK(memcmp(&first, &none, sizeof(none)) == 0);
        return;
    }
    struct issued issued = {.aws = kubernetes ? NULL : &first.aws,
                            .link = kubernetes ? NULL : &first.link,
                            .kube = kubernetes ? &first.kube : NULL};
    FUZZ_CHECK(entry.lifetime_s > 0 && entry.expiration_s <= CLOCK_LAST_S);
    FUZZ_CHECK(cache_entry_left_s(&entry, entry.obtained_s) == entry.lifetime_s);
    buf_init(&out, 1 << 20);
    cache_entry_format(&out, &entry, &issued);
    FUZZ_CHECK(parse(buf_str(&out), out.len, kubernetes, &again, &second) == 0);
    FUZZ_CHECK(memcmp(&first, &second, sizeof(first)) == 0);
    FUZZ_CHECK(strcmp(entry.portal, again.portal) == 0 && strcmp(entry.scope, again.scope) == 0);
    FUZZ_CHECK(entry.obtained_s == again.obtained_s && entry.expiration_s == again.expiration_s);
    buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *text = fuzz_copy((const char *)data, len);
    check(text, len, false);
    check(text, len, true);
    free(text);
    return 0;
}
