/* SPDX-License-Identifier: MIT */
/*
 * A small portal on loopback, for tests of settings: it keeps rows, lists tenants and reports
 * features. It runs in a thread of its own; a test changes it only between two calls.
 */
#ifndef UNIT_SETTINGS_PORTAL_H
#define UNIT_SETTINGS_PORTAL_H

#include <stdbool.h>
#include <stddef.h>

#include "portal/portal.h"

/* The tenants of the user. */
#define DEV01_ID "11111111-1111-4111-8111-111111111111"
#define DEV02_ID "22222222-2222-4222-8222-222222222222"

struct settings_portal;

/* For cmocka_unit_test_setup_teardown: *state is a struct settings_portal. */
int settings_portal_setup(void **state);
int settings_portal_teardown(void **state);

/* A client of the portal. */
const struct portal *settings_portal_client(struct settings_portal *fake);

/* Sets a row of a tenant by its ID, or of the system (""). value NULL: removes it. */
void settings_portal_put(struct settings_portal *fake, const char *owner, const char *type,
                         const char *key, const char *value);

/* The value of a row, or NULL. */
const char *settings_portal_get(struct settings_portal *fake, const char *owner, const char *type,
                                const char *key);

/* The features, as JSON; "{}" at the start. */
void settings_portal_set_features(struct settings_portal *fake, const char *json);

/* What happens to the next calls: the portal skips some, and answers the one after with a status.
 * effect: it changes the row all the same; without effect, a status of 200 is a lie. */
struct settings_fault {
    const char *method;
    int skip;
    int status;
    bool effect;
};
void settings_portal_fail(struct settings_portal *fake, struct settings_fault fault);

/* The calls that wrote something, "POST PATH" in a line each. */
const char *settings_portal_writes(struct settings_portal *fake);

#endif
