/* SPDX-License-Identifier: MIT */
#include "serve/audit.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json_write.h"
#include "base/log.h"
#include "kube/service_account.h"
#include "net/address.h"
#include "serve/agent_counters.h"

enum { LINE_MAX = 2048 };

static void add_fields(struct buf *out, const struct audit_line *line)
{
    char client[ADDRESS_TEXT_SIZE];
    char time[CLOCK_RFC3339_SIZE];
    struct json_writer json;
    json_writer_init(&json, out);
    json_begin_object(&json);
    json_put_string(&json, "time", clock_format_rfc3339(line->time_s, time) ? time : "");
    if (line->account != NULL) {
        json_put_string(&json, "namespace", line->account->namespace);
        json_put_string(&json, "serviceAccount", line->account->name);
        json_put_string(&json, "pod", line->account->pod);
    }
    if (line->client != NULL) {
        address_format(line->client, client);
        json_put_string(&json, "client", client);
    }
    if (line->scope[0] != '\0') {
        json_put_string(&json, "scope", line->scope);
    }
    json_put_string(&json, "verdict", line->refusal < 0 ? "granted" : "refused");
    if (line->refusal >= 0) {
        json_put_string(&json, "reason", agent_refusal_text(line->refusal));
    }
    if (line->rule != NULL) {
        json_put_string(&json, "rule", line->rule);
    }
    json_end_object(&json);
    buf_add_char(out, '\n');
}

bool audit_write(struct audit *audit, const struct audit_line *line, int64_t now_ms)
{
    struct buf out;
    if (line->account == NULL) {
        audit->lines = audit->second == now_ms / 1000 ? audit->lines + 1 : 1;
        audit->second = now_ms / 1000;
        if (audit->lines > AUDIT_UNKNOWN_PER_S) {
            return false;
        }
    }
    buf_init(&out, LINE_MAX);
    add_fields(&out, line);
    bool written = !buf_failed(&out) && log_record(buf_str(&out));
    buf_done(&out);
    return written;
}
