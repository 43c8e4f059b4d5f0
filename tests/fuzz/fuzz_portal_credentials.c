/* SPDX-License-Identifier: MIT */
/* The portal's responses with AWS credentials, for a tenant and for administrators: what is
 * accepted has values that every output format can express and a lifetime that has not ended. */
#include "fake_portal.h"

#include <string.h>

#include "aws/credentials.h"
#include "base/clock.h"
#include "portal/issued.h"

static void check(struct fuzz_input input, enum scope_kind kind)
{
    static struct aws_credentials creds;
    static struct console_link link;
    const struct issued issued = {.aws = &creds, .link = &link};
    struct err err = {0};
    memset(&creds, 0, sizeof(creds));
    if (portal_get_credentials(fake_portal(input), kind, FAKE_PORTAL_TENANT, &issued, &err) != 0) {
        fake_portal_check_err(&err);
        return;
    }
    FUZZ_CHECK(aws_credentials_check(&creds, &err) == 0);
    FUZZ_CHECK(creds.lifetime_s > 0 && creds.lifetime_s <= AWS_LIFETIME_MAX_S);
    FUZZ_CHECK(creds.expiration_s > creds.lifetime_s);
}

static void check_link(struct fuzz_input input)
{
    char region[AWS_REGION_SIZE];
    struct err err = {0};
    struct buf link;
    buf_init(&link, CONSOLE_LINK_SIZE);
    if (portal_get_console_link(fake_portal(input), SCOPE_TENANT_ID, FAKE_PORTAL_TENANT, &link,
                                region, &err) == 0) {
        FUZZ_CHECK(link.len > 0 && strlen(link.data) == link.len);
        FUZZ_CHECK(region[0] == '\0' || aws_region_check(region, &err) == 0);
    } else {
        fake_portal_check_err(&err);
    }
    buf_done(&link);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    check(fuzz_begin(data, len), SCOPE_TENANT_ID);
    check(fuzz_begin(data, len), SCOPE_ADMIN);
    check(fuzz_begin(data, len), SCOPE_DUPLO_OPS);
    check_link(fuzz_begin(data, len));
    return 0;
}
