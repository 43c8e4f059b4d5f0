/* SPDX-License-Identifier: MIT */
#include "settings/settings_plan.h"

#include "base/err.h"

/* In this order. Flags and the administrators' duration depend on nothing. Where a tenant has no
 * maximum of its own the system's counts, so it is first to rise and last to fall. */
enum phase {
    PHASE_INDEPENDENT,
    PHASE_RAISE_SYSTEM,
    PHASE_RAISE_TENANT,
    PHASE_VALIDITY,
    PHASE_LOWER_TENANT,
    PHASE_LOWER_SYSTEM,
    PHASE_COUNT
};

static const struct setting_value *pick(const struct settings_owner *place, enum setting_id id,
                                        bool then)
{
    return then && place->wanted[id] ? &place->want[id] : &place->now[id];
}

/* What cannot be read counts as the portal's default, whatever would hold without it. */
static int64_t number(const struct setting_value *value, int64_t otherwise)
{
    return value->invalid ? PORTAL_DEFAULT_VALIDITY_S : value->set ? value->value : otherwise;
}

int64_t settings_validity_s(const struct settings_owner *place, bool then)
{
    return number(pick(place, SETTING_TOKEN_VALIDITY, then), PORTAL_DEFAULT_VALIDITY_S);
}

int64_t settings_role_max_s(const struct settings_owner *places, size_t i, bool then)
{
    int64_t system = number(pick(&places[0], SETTING_ROLE_MAX, then), PORTAL_DEFAULT_VALIDITY_S);
    return i == 0 ? system : number(pick(&places[i], SETTING_TENANT_ROLE_MAX, then), system);
}

static bool differs(const struct settings_owner *place, enum setting_id id)
{
    return place->wanted[id] && !setting_value_equal(&place->now[id], &place->want[id]);
}

static int refuse(const struct settings_owner *places, size_t i, struct err *err)
{
    char validity[SETTING_TEXT_SIZE];
    char max[SETTING_TEXT_SIZE];
    const struct setting *setting = &settings_table[SETTING_TOKEN_VALIDITY];
    int64_t wanted_s = settings_validity_s(&places[i], true);
    setting_value_format(setting, wanted_s, validity);
    setting_value_format(setting, settings_role_max_s(places, i, true), max);
    return err_set(err, ERR_REJECTED,
                   "token-validity %s of tenant %s is above its role's maximum, %s: AWS would "
                   "refuse every session. First `settings set tenant-role-max-session-duration "
                   "%lld --tenant %s` (or role-max-session-duration, for all tenants), then this; "
                   "--raise-role-max does both in that order",
                   validity, places[i].tenant, max, (long long)wanted_s, places[i].tenant);
}

static int check_tenant(struct settings_owner *places, size_t i, bool raise_role_max,
                        struct err *err)
{
    struct settings_owner *place = &places[i];
    int64_t validity_s = settings_validity_s(place, true);
    int64_t max_s = settings_role_max_s(places, i, true);
    place->too_long = validity_s > max_s && max_s < settings_role_max_s(places, i, false);
    if (validity_s <= max_s || !place->wanted[SETTING_TOKEN_VALIDITY]) {
        return 0;
    }
    if (raise_role_max && !place->wanted[SETTING_TENANT_ROLE_MAX]) {
        place->wanted[SETTING_TENANT_ROLE_MAX] = true;
        place->want[SETTING_TENANT_ROLE_MAX] =
            (struct setting_value){.set = true, .value = validity_s};
        place->too_long = false;
        return 0;
    }
    return differs(place, SETTING_TOKEN_VALIDITY) ? refuse(places, i, err) : 0;
}

static enum phase phase_of(const struct settings_owner *places, size_t i, enum setting_id id)
{
    if (id == SETTING_TOKEN_VALIDITY) {
        return PHASE_VALIDITY;
    }
    if (id != SETTING_ROLE_MAX && id != SETTING_TENANT_ROLE_MAX) {
        return PHASE_INDEPENDENT;
    }
    bool rises = settings_role_max_s(places, i, true) >= settings_role_max_s(places, i, false);
    if (i == 0) {
        return rises ? PHASE_RAISE_SYSTEM : PHASE_LOWER_SYSTEM;
    }
    return rises ? PHASE_RAISE_TENANT : PHASE_LOWER_TENANT;
}

int settings_plan(struct settings_owner *places, size_t count, bool raise_role_max,
                  struct settings_step *steps, size_t *step_count, struct err *err)
{
    *step_count = 0;
    for (size_t i = 1; i < count; i++) {
        if (check_tenant(places, i, raise_role_max, err) != 0) {
            return -1;
        }
    }
    for (int phase = 0; phase < PHASE_COUNT; phase++) {
        for (size_t i = 0; i < count; i++) {
            for (int id = 0; id < SETTING_COUNT; id++) {
                enum setting_id setting = (enum setting_id)id;
                if (differs(&places[i], setting) && (int)phase_of(places, i, setting) == phase) {
                    steps[(*step_count)++] = (struct settings_step){i, setting};
                }
            }
        }
    }
    return 0;
}
