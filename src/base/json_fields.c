/* SPDX-License-Identifier: MIT */
#include "base/json_fields.h"

#include "base/json.h"
#include "base/json_write.h"

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

void json_put_fields(struct json_writer *writer, const struct json_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i].text != NULL) {
            json_put_string(writer, fields[i].name, fields[i].text);
        } else {
            json_put_int(writer, fields[i].name, *fields[i].number);
        }
    }
}
