/* SPDX-License-Identifier: MIT */
/* The portal's list of tenants: it is sorted, each ID is a UUID, and each tenant is found by its
 * name and by its ID; the list that is copied for scripts is JSON. */
#include "fake_portal.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "portal/documents.h"

static void check_list(struct fuzz_input input)
{
    struct portal_tenant *tenants = NULL;
    struct err err = {0};
    size_t count = 0;
    if (portal_list_tenants(fake_portal(input), &tenants, &count, &err) != 0) {
        fake_portal_check_err(&err);
        FUZZ_CHECK(tenants == NULL);
        return;
    }
    for (size_t i = 0; i < count && i < 100; i++) {
        const struct portal_tenant *tenant = &tenants[i];
        const struct portal_tenant *found = portal_find_tenant(tenants, count, tenant->name, &err);
        FUZZ_CHECK(text_is_uuid(tenant->id));
        FUZZ_CHECK(i == 0 || strcmp(tenants[i - 1].name, tenant->name) <= 0);
        FUZZ_CHECK(found != NULL && strcmp(found->name, tenant->name) == 0);
        FUZZ_CHECK(portal_find_tenant(tenants, count, tenant->id, &err) != NULL);
    }
    if (portal_find_tenant(tenants, count, "not there", &err) == NULL) {
        FUZZ_CHECK(err.kind == ERR_REJECTED);
        fuzz_check_err(&err);
    }
    free(tenants);
}

static void check_copy(struct fuzz_input input, const char *name)
{
    struct err err = {0};
    struct buf out;
    size_t nodes = 0;
    buf_init(&out, 1 << 24);
    if (portal_add_tenants(fake_portal(input), name, &out, &err) == 0) {
        FUZZ_CHECK(json_check(buf_str(&out), out.len, &nodes, &err) == 0);
    } else {
        fake_portal_check_err(&err);
    }
    buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    check_list(fuzz_begin(data, len));
    check_copy(fuzz_begin(data, len), NULL);
    check_copy(fuzz_begin(data, len), "dev01");
    return 0;
}
