/* SPDX-License-Identifier: MIT */
/* URLs and addresses: the origin of a URL is a URL with the same parts; plain http is for loopback
 * only; an address that is accepted is accepted as it is written, with the same result. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "net/address.h"
#include "net/http.h"
#include "net/url.h"

static void check_url(const char *text)
{
    struct url_origin first;
    struct url_origin second;
    struct err err = {0};
    if (url_parse_origin(text, &first, &err) != 0) {
        fuzz_check_err(&err);
        return;
    }
    FUZZ_CHECK(url_parse_origin(first.origin, &second, &err) == 0);
    FUZZ_CHECK(strcmp(first.origin, second.origin) == 0 && strcmp(first.host, second.host) == 0);
    FUZZ_CHECK(strcmp(first.port, second.port) == 0 && first.loopback == second.loopback);
    FUZZ_CHECK(first.loopback || strncmp(first.origin, "https://", 8) == 0);
    FUZZ_CHECK(first.host[0] != '\0' && strpbrk(first.host, "/?#@ \\") == NULL);
    for (const char *at = first.host; *at != '\0'; at++) {
        FUZZ_CHECK((unsigned char)*at > ' ' && *at != 0x7f && !(*at >= 'A' && *at <= 'Z'));
    }
}

static void check_address(const char *text)
{
    struct address first;
    struct address second;
    char written[ADDRESS_TEXT_SIZE];
    char again[ADDRESS_TEXT_SIZE];
    struct err err = {0};
    if (address_parse(&first, text, &err) != 0) {
        fuzz_check_err(&err);
        return;
    }
    address_format(&first, written);
    FUZZ_CHECK(address_parse(&second, written, &err) == 0);
    address_format(&second, again);
    FUZZ_CHECK(strcmp(written, again) == 0 && address_port(&first) == address_port(&second));
    FUZZ_CHECK(address_is_loopback(&first) == address_is_loopback(&second));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_input input = fuzz_begin(data, len);
    struct err err = {0};
    char *text = fuzz_part(&input, NULL);
    check_url(text);
    check_address(text);
    if (http_check_resolve(text, &err) != 0) {
        fuzz_check_err(&err);
    }
    free(text);
    return 0;
}
