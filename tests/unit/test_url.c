/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <string.h>

#include "base/err.h"
#include "net/url.h"

static void test_good(void **state)
{
    static const struct {
        const char *text;
        const char *origin;
        const char *host;
        const char *port;
        bool loopback;
    } rows[] = {
        {"portal.example.com", "https://portal.example.com", "portal.example.com", "443", false},
        {"https://portal.example.com", "https://portal.example.com", "portal.example.com", "443",
         false},
        {"https://portal.example.com/", "https://portal.example.com", "portal.example.com", "443",
         false},
        {"https://portal.example.com///", "https://portal.example.com", "portal.example.com", "443",
         false},
        {"portal.example.com/", "https://portal.example.com", "portal.example.com", "443", false},
        {"HTTPS://Portal.EXAMPLE.com", "https://portal.example.com", "portal.example.com", "443",
         false},
        {"https://portal.example.com:443", "https://portal.example.com", "portal.example.com",
         "443", false},
        {"https://portal.example.com:0443", "https://portal.example.com", "portal.example.com",
         "443", false},
        {"https://portal.example.com:8443/", "https://portal.example.com:8443",
         "portal.example.com", "8443", false},
        {"portal.example.com:8443", "https://portal.example.com:8443", "portal.example.com", "8443",
         false},
        {"https://portal.example.com:80", "https://portal.example.com:80", "portal.example.com",
         "80", false},
        {"portal.example.com:65535", "https://portal.example.com:65535", "portal.example.com",
         "65535", false},
        {"192.0.2.7", "https://192.0.2.7", "192.0.2.7", "443", false},
        {"https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443", "2001:db8::1", "8443", false},
        {"[2001:db8::1]", "https://[2001:db8::1]", "2001:db8::1", "443", false},
        {"localhost", "https://localhost", "localhost", "443", true},
        {"https://127.0.0.1:8443", "https://127.0.0.1:8443", "127.0.0.1", "8443", true},
        {"https://[::1]", "https://[::1]", "::1", "443", true},
        {"http://localhost", "http://localhost", "localhost", "80", true},
        {"http://localhost:8080/", "http://localhost:8080", "localhost", "8080", true},
        {"http://LOCALHOST:80", "http://localhost", "localhost", "80", true},
        {"http://127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1", "8080", true},
        {"http://127.9.8.7", "http://127.9.8.7", "127.9.8.7", "80", true},
        {"http://[::1]:8080", "http://[::1]:8080", "::1", "8080", true},
        {"http://localhost:443", "http://localhost:443", "localhost", "443", true},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct url_origin out;
        struct err err = {0};
        row_int(rows[i].text, url_parse_origin(rows[i].text, &out, &err), 0);
        row_text(rows[i].text, out.origin, rows[i].origin);
        row_text(rows[i].text, out.host, rows[i].host);
        row_text(rows[i].text, out.port, rows[i].port);
        row_int(rows[i].text, out.loopback, rows[i].loopback);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *text;
        const char *reason;
    } rows[] = {
        {"", "not the URL"},
        {" ", "not the URL"},
        {"https://", "not the URL"},
        {"https:///", "not the URL"},
        {"%35", "not the URL"},
        {"http://portal.example.com", "not https"},
        {"HTTP://portal.example.com", "not https"},
        {"http://localhost.evil.example", "not https"},
        {"http://localhost.", "not https"},
        {"http://evil.localhost", "not https"},
        {"http://xlocalhost", "not https"},
        {"http://127.0.0.1.evil", "not https"},
        {"http://127.0.0.1.evil.example:8080", "not https"},
        {"http://127.evil.example", "not https"},
        {"http://128.0.0.1", "not https"},
        {"http://0.0.0.0", "not https"},
        {"http://10.0.0.1", "not https"},
        {"http://169.254.170.2", "not https"},
        {"http://[::2]", "not https"},
        {"http://[::]", "not https"},
        {"http://[2001:db8::1]", "not https"},
        {"http://127.0.0.1@evil.example", "user name"},
        {"http://localhost:80@evil.example", "user name"},
        {"http://evil.example#@localhost", "more than a host name"},
        {"http://evil.example?@localhost", "more than a host name"},
        {"http://evil.example/@localhost", "more than a host name"},
        {"http://evil.example\\@localhost", ""},
        {"https://me@portal.example.com", "user name"},
        {"https://me:SECRET@portal.example.com", "user name"},
        {"me:SECRET@portal.example.com", "user name"},
        {"https://:SECRET@portal.example.com", "user name"},
        {"https://me:SECRET@", "user name"},
        {"ftp://me:SECRET@portal.example.com", "user name"},
        {"https://me:SECRET@portal example.com", "user name"},
        {"https://portal.example.com/app", "more than a host name"},
        {"https://portal.example.com/app/", "more than a host name"},
        {"https://portal.example.com/a/b/c/d/e/f/g/h/i/j", "more than a host name"},
        {"https://portal.example.com?x=1", "more than a host name"},
        {"https://portal.example.com/?x=1", "more than a host name"},
        {"https://portal.example.com#x", "more than a host name"},
        {"ftp://portal.example.com", "not https"},
        {"ftp://localhost", "not https"},
        {"file:///etc/passwd", ""},
        {"file://localhost/", ""},
        {"javascript://localhost", "not https"},
        {"httpss://portal.example.com", "not https"},
        {"https://portal.example.com:65536", "not the URL"},
        {"https://portal.example.com:99999999999", "not the URL"},
        {"https://portal.example.com:8a", "not the URL"},
        {"https://portal.example.com:0", "port 0"},
        {"portal.example.com:000", "port 0"},
        {"http://127.0.0.1:0", "port 0"},
        {"https://portal.example.com:-1", "not the URL"},
        {"https://portal example.com", "not the URL"},
        {"https://portal.example.com\n", "not the URL"},
        {"https://portal.example.com\r\nX: y", "not the URL"},
        {"https://[2001:db8::1", "not the URL"},
        {"https://[portal.example.com]", "not the URL"},
        {"https://[::1]x", "not the URL"},
        {"https:/portal.example.com", ""},
        {"://portal.example.com", "not the URL"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct url_origin out;
        struct err err = {0};
        row_int(rows[i].text, url_parse_origin(rows[i].text, &out, &err), -1);
        row_int(rows[i].text, err.kind, ERR_USAGE);
        row_has(rows[i].text, err.text, rows[i].reason);
        row_lacks(rows[i].text, err.text, "SECRET");
    }
}

/* The host that is checked is the one that libcurl connects to: it reads these as 127.0.0.1. */
static void test_short_addresses(void **state)
{
    static const char *const loopback[] = {"http://127.1", "http://2130706433", "http://0x7f.1",
                                           "http://0177.0.0.1"};
    static const char *const others[] = {"http://128.1", "http://0x80.1", "http://2147483649"};
    (void)state;
    for (size_t i = 0; i < ROWS(loopback); i++) {
        struct url_origin out;
        struct err err;
        row_int(loopback[i], url_parse_origin(loopback[i], &out, &err), 0);
        row_text(loopback[i], out.origin, "http://127.0.0.1");
    }
    for (size_t i = 0; i < ROWS(others); i++) {
        struct url_origin out;
        struct err err;
        row_int(others[i], url_parse_origin(others[i], &out, &err), -1);
        row_has(others[i], err.text, "not https");
    }
}

static void test_long(void **state)
{
    static const size_t lengths[] = {254, 255, 256, 257, 291, 292, 293, 300, 5000};
    (void)state;
    for (size_t i = 0; i < ROWS(lengths); i++) {
        char text[6000] = "";
        struct url_origin out;
        struct err err = {0};
        memset(text, 'a', lengths[i]);
        int result = url_parse_origin(text, &out, &err);
        row_int("length", result, lengths[i] < URL_HOST_SIZE ? 0 : -1);
        row_int("length", err.kind, result == 0 ? ERR_NONE : ERR_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_short_addresses),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
