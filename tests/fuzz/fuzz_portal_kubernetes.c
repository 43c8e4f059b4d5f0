/* SPDX-License-Identifier: MIT */
/* The portal's responses with access to a cluster, of a tenant and of a plan: what is accepted has
 * not expired, and the ExecCredential for kubectl is JSON. */
#include "fake_portal.h"

#include "aws/credentials.h"
#include "base/json.h"
#include "kube/exec_credential.h"
#include "kube/kube_access.h"

static void check(struct fuzz_input input, enum scope_kind kind)
{
    static struct kube_access access;
    const struct scope scope = {.kind = kind, .tenant = "plan-1", .kubernetes = true};
    struct exec_info info;
    struct err err = {0};
    struct buf out;
    size_t nodes = 0;
    if (portal_get_kube_access(fake_portal(input), &scope, FAKE_PORTAL_TENANT, &access, &err) !=
        0) {
        fake_portal_check_err(&err);
        return;
    }
    FUZZ_CHECK(kube_access_check(&access, &err) == 0);
    FUZZ_CHECK(access.lifetime_s > 0 && access.lifetime_s <= AWS_LIFETIME_MAX_S);
    FUZZ_CHECK(exec_info_read(NULL, &info, &err) == 0);
    buf_init(&out, 1 << 20);
    exec_credential_write(&out, &info, &access);
    FUZZ_CHECK(json_check(buf_str(&out), out.len, &nodes, &err) == 0);
    buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    check(fuzz_begin(data, len), SCOPE_TENANT_ID);
    check(fuzz_begin(data, len), SCOPE_PLAN);
    return 0;
}
