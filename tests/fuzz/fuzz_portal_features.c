/* SPDX-License-Identifier: MIT */
/* The portal's features: a list of flags and a default region. A flag is listed only if the
 * response has EnabledFlags; the copy for scripts is JSON; a tenant's region is one that AWS could
 * have. */
#include "fake_portal.h"

#include "aws/credentials.h"
#include "base/json.h"
#include "portal/documents.h"

static void check_flag(struct fuzz_input input)
{
    struct portal_features features = {0};
    struct err err = {0};
    bool listed = false;
    if (portal_get_flag(fake_portal(input), "a", &listed, &features, &err) == 0) {
        FUZZ_CHECK(features.has_flags || !listed);
        FUZZ_CHECK(features.has_admin_jit || !features.admin_jit_enabled);
    } else {
        fake_portal_check_err(&err);
    }
}

static void check_copy(struct fuzz_input input)
{
    struct err err = {0};
    struct buf out;
    size_t nodes = 0;
    buf_init(&out, 1 << 24);
    if (portal_add_features(fake_portal(input), &out, &err) == 0) {
        FUZZ_CHECK(json_check(buf_str(&out), out.len, &nodes, &err) == 0);
    } else {
        fake_portal_check_err(&err);
    }
    buf_done(&out);
}

static void check_region(struct fuzz_input input)
{
    char region[AWS_REGION_SIZE];
    struct err err = {0};
    if (portal_get_tenant_region(fake_portal(input), FAKE_PORTAL_TENANT, region, sizeof(region),
                                 &err) == 0) {
        FUZZ_CHECK(aws_region_check(region, &err) == 0);
    } else {
        fake_portal_check_err(&err);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    check_flag(fuzz_begin(data, len));
    check_copy(fuzz_begin(data, len));
    check_region(fuzz_begin(data, len));
    return 0;
}
