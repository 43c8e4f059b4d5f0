/* SPDX-License-Identifier: MIT */
#include "settings/settings_plan.h"

#include "base/err.h"

/* In this order. Switches and the administrators' duration depend on no other setting. The system's
 * maximum applies to tenants that have none, so it is the first to rise and the last to fall. */
enum phase {
    PHASE_INDEPENDENT,
    PHASE_RAISE_SYSTEM,
    PHASE_RAISE_TENANT,
    PHASE_VALIDITY,
    PHASE_LOWER_TENANT,
    PHASE_LOWER_SYSTEM,
    PHASE_COUNT
};

static const struct setting_value *pick(const struct settings_owner *owner, enum setting_id id,
                                        bool after)
{
    return after && owner->is_wanted[id] ? &owner->wanted[id] : &owner->current[id];
}

/* An invalid value counts as the portal's default, even if inherited applies to one that is not
 * set. */
static int64_t seconds(const struct setting_value *value, int64_t inherited)
{
    return value->invalid ? PORTAL_DEFAULT_VALIDITY_S : value->set ? value->value : inherited;
}

int64_t settings_validity_s(const struct settings_owner *owner, bool after)
{
    return seconds(pick(owner, SETTING_TOKEN_VALIDITY, after), PORTAL_DEFAULT_VALIDITY_S);
}

int64_t settings_role_max_s(const struct settings_owner *owners, size_t i, bool after)
{
    int64_t system = seconds(pick(&owners[0], SETTING_ROLE_MAX, after), PORTAL_DEFAULT_VALIDITY_S);
    return i == 0 ? system : seconds(pick(&owners[i], SETTING_TENANT_ROLE_MAX, after), system);
}

static bool differs(const struct settings_owner *owner, enum setting_id id)
{
    return owner->is_wanted[id] && !setting_value_equal(&owner->current[id], &owner->wanted[id]);
}

static int fail_exceeds_max(struct settings_owner *owners, size_t i, struct err *err)
{
    char validity[SETTING_TEXT_SIZE];
    char max[SETTING_TEXT_SIZE];
    const struct setting *setting = &settings_table[SETTING_TOKEN_VALIDITY];
    setting_value_describe(setting, settings_validity_s(&owners[i], true), validity);
    setting_value_describe(setting, settings_role_max_s(owners, i, true), max);
    owners[i].exceeds_max = true;
    return err_set(err, ERR_REJECTED,
                   "token-validity %s of tenant %s is above the role's maximum, %s, so AWS would "
                   "refuse every session: raise tenant-role-max-session-duration first",
                   validity, owners[i].tenant, max);
}

static int check_tenant(struct settings_owner *owners, size_t i, bool raise_role_max,
                        struct err *err)
{
    struct settings_owner *owner = &owners[i];
    int64_t validity_s = settings_validity_s(owner, true);
    int64_t max_s = settings_role_max_s(owners, i, true);
    owner->too_long = validity_s > max_s && max_s < settings_role_max_s(owners, i, false);
    if (validity_s <= max_s || !owner->is_wanted[SETTING_TOKEN_VALIDITY]) {
        return 0;
    }
    if (raise_role_max && !owner->is_wanted[SETTING_TENANT_ROLE_MAX]) {
        owner->is_wanted[SETTING_TENANT_ROLE_MAX] = true;
        owner->wanted[SETTING_TENANT_ROLE_MAX] =
            (struct setting_value){.set = true, .value = validity_s};
        owner->too_long = false;
        return 0;
    }
    return differs(owner, SETTING_TOKEN_VALIDITY) ? fail_exceeds_max(owners, i, err) : 0;
}

static enum phase phase_of(const struct settings_owner *owners, size_t i, enum setting_id id)
{
    if (id == SETTING_TOKEN_VALIDITY) {
        return PHASE_VALIDITY;
    }
    if (id != SETTING_ROLE_MAX && id != SETTING_TENANT_ROLE_MAX) {
        return PHASE_INDEPENDENT;
    }
    bool rises = settings_role_max_s(owners, i, true) >= settings_role_max_s(owners, i, false);
    if (i == 0) {
        return rises ? PHASE_RAISE_SYSTEM : PHASE_LOWER_SYSTEM;
    }
    return rises ? PHASE_RAISE_TENANT : PHASE_LOWER_TENANT;
}

int settings_plan(struct settings_owner *owners, size_t count, bool raise_role_max,
                  struct settings_step *steps, size_t *step_count, struct err *err)
{
    *step_count = 0;
    for (size_t i = 1; i < count; i++) {
        if (check_tenant(owners, i, raise_role_max, err) != 0) {
            return -1;
        }
    }
    for (int phase = 0; phase < PHASE_COUNT; phase++) {
        for (size_t i = 0; i < count; i++) {
            for (int id = 0; id < SETTING_COUNT; id++) {
                enum setting_id setting = (enum setting_id)id;
                if (differs(&owners[i], setting) && (int)phase_of(owners, i, setting) == phase) {
                    steps[(*step_count)++] = (struct settings_step){i, setting};
                }
            }
        }
    }
    return 0;
}
