/* SPDX-License-Identifier: MIT */
#include "net/server_handler.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"

const char *server_header(const struct server_request *request, const char *name)
{
    return request->find(request->fields, false, name);
}

const char *server_query(const struct server_request *request, const char *name)
{
    return request->find(request->fields, true, name);
}

int server_add_header(struct server_response *response, const char *name, const char *value,
                      struct err *err)
{
    int at = response->header_count;
    if (at == SERVER_HEADERS_MAX || text_has_control(value, strlen(value)) ||
        !text_copy(response->headers[at].value, sizeof(response->headers[at].value), value)) {
        return err_set(err, ERR_INTERNAL, "cannot add the header %s to a response", name);
    }
    response->headers[at].name = name;
    response->header_count++;
    return 0;
}
