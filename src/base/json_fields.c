/* SPDX-License-Identifier: MIT */
#include "base/json_fields.h"

#include "base/buf.h"
#include "base/json.h"

int json_read_fields(const struct json_doc *doc, const struct json_field *fields, size_t count,
                     struct err *err)
{
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        const struct json_field *field = &fields[i];
        int result = field->text != NULL
                         ? json_get_string(doc, JSON_ROOT, field->name, field->text, field->size,
                                           &found, err)
                         : json_get_int(doc, JSON_ROOT, field->name, field->number, &found, err);
        if (result != 0) {
            return -1;
        }
    }
    return 0;
}

void json_add_fields(struct buf *out, const struct json_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct json_field *field = &fields[i];
        buf_add_fmt(out, "%s\"%s\":", i == 0 ? "{" : ",", field->name);
        if (field->text != NULL) {
            json_add_string(out, field->text);
        } else {
            buf_add_fmt(out, "%lld", (long long)*field->number);
        }
    }
}
