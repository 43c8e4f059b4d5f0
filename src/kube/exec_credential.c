/* SPDX-License-Identifier: MIT */
#include "kube/exec_credential.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/text.h"
#include "kube/kube_access.h"

static const char group[] = "client.authentication.k8s.io/";

int exec_info_set_version(struct exec_info *info, const char *version, struct err *err)
{
    static const char *const versions[] = {"v1beta1", "v1"};
    size_t group_len = strlen(group);
    const char *name = strncmp(version, group, group_len) == 0 ? version + group_len : version;
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        if (strcmp(name, versions[i]) == 0) {
            const char *const parts[] = {group, name};
            text_join(info->api_version, sizeof(info->api_version), parts, 2);
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, "\"%.60s\" is not a supported version: use v1 or v1beta1",
                   version);
}

/* {"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
 *  "spec": {"interactive": true, ...}} */
static int read_info(const struct json_doc *doc, struct exec_info *info, struct err *err)
{
    char version[EXEC_API_VERSION_SIZE];
    int spec = JSON_NONE;
    bool found = false;
    if (json_get_string(doc, JSON_ROOT, "apiVersion", version, sizeof(version), &found, err) != 0 ||
        json_member(doc, JSON_ROOT, "spec", &spec, err) != 0) {
        return -1;
    }
    if (spec != JSON_NONE && json_type(doc, spec) != JSON_OBJECT) {
        return err_set(err, ERR_USAGE, "\"spec\" is not an object");
    }
    if (spec != JSON_NONE && json_get_bool(doc, spec, "interactive", &info->may_ask, err) != 0) {
        return -1;
    }
    return exec_info_set_version(info, version, err);
}

int exec_info_read(const char *text, struct exec_info *info, struct err *err)
{
    struct json_doc doc = {0};
    *info = (struct exec_info){.may_ask = true};
    if (text == NULL) {
        return exec_info_set_version(info, "v1beta1", err);
    }
    int result = json_parse(&doc, text, strlen(text), err);
    if (result == 0) {
        result = read_info(&doc, info, err);
    }
    json_done(&doc);
    if (result != 0 && err->kind != ERR_INTERNAL) {
        err->kind = ERR_USAGE;
    }
    return result;
}

static void write_cluster(struct json_writer *writer, const struct kube_access *access)
{
    json_write_key(writer, "cluster");
    json_begin_object(writer);
    json_put_string(writer, "server", access->server);
    if (access->ca[0] != '\0') {
        json_put_string(writer, "certificate-authority-data", access->ca);
    } else {
        json_put_bool(writer, "insecure-skip-tls-verify", true);
    }
    json_end_object(writer);
}

void exec_credential_write(struct buf *out, const struct exec_info *info,
                           const struct kube_access *access)
{
    struct json_writer writer;
    char expiration[CLOCK_RFC3339_SIZE];
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_put_string(&writer, "kind", "ExecCredential");
    json_put_string(&writer, "apiVersion", info->api_version);
    json_write_key(&writer, "spec");
    json_begin_object(&writer);
    write_cluster(&writer, access);
    json_put_bool(&writer, "interactive", false);
    json_end_object(&writer);
    json_write_key(&writer, "status");
    json_begin_object(&writer);
    json_put_string(&writer, "token", access->token);
    if (clock_format_rfc3339(access->expiration_s, expiration)) {
        json_put_string(&writer, "expirationTimestamp", expiration);
    }
    json_end_object(&writer);
    json_end_object(&writer);
    buf_add_char(out, '\n');
}
