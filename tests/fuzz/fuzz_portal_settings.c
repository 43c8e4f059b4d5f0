/* SPDX-License-Identifier: MIT */
/* The portal's lists of settings: each row has its three texts, and a row that is looked up by type
 * and key is the first of its kind. */
#include "fake_portal.h"

#include <string.h>

#include "portal/setting_rows.h"

static void check_rows(const struct portal_settings *settings)
{
    for (size_t i = 0; i < settings->count && i < 100; i++) {
        const char *end = settings->text.data + settings->text.len;
        const struct portal_setting *row = &settings->rows[i];
        const char *found = portal_settings_find(settings, row->type, row->key);
        FUZZ_CHECK(row->value >= settings->text.data && row->value + strlen(row->value) < end);
        FUZZ_CHECK(found != NULL && found <= row->value);
    }
}

static void check_system(struct fuzz_input input, const char *tenant)
{
    struct portal_settings settings = {0};
    struct err err = {0};
    if (portal_list_settings(fake_portal(input), tenant, &settings, &err) == 0) {
        check_rows(&settings);
    } else {
        fake_portal_check_err(&err);
    }
    portal_settings_done(&settings);
}

static void check_features(struct fuzz_input input)
{
    struct portal_settings settings = {0};
    struct err err = {0};
    bool found = false;
    if (portal_list_tenant_features(fake_portal(input), FAKE_PORTAL_TENANT, &settings, &found,
                                    &err) == 0) {
        check_rows(&settings);
    } else {
        fake_portal_check_err(&err);
    }
    portal_settings_done(&settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    check_system(fuzz_begin(data, len), NULL);
    check_system(fuzz_begin(data, len), FAKE_PORTAL_TENANT);
    check_features(fuzz_begin(data, len));
    return 0;
}
