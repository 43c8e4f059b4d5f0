/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <string.h>

#include "aws/console_link.h"
#include "base/buf.h"
#include "base/err.h"

static void accepts_only_aws_hosts(void **state)
{
    static const struct {
        const char *name;
        const char *link;
        bool valid;
    } rows[] = {
        {"sign-in", "https://signin.aws.amazon.com/federation?Action=login&SigninToken=x", true},
        {"sign-in, regional", "https://us-east-1.signin.aws.amazon.com/federation?x=1", true},
        {"console", "https://console.aws.amazon.com/", true},
        {"console, regional", "https://eu-west-1.console.aws.amazon.com/s3/home", true},
        {"GovCloud", "https://signin.amazonaws-us-gov.com/federation", true},
        {"GovCloud, regional", "https://us-gov-east-1.signin.amazonaws-us-gov.com/x", true},
        {"GovCloud console", "https://console.amazonaws-us-gov.com/", true},
        {"China", "https://signin.amazonaws.cn/federation", true},
        {"China console", "https://cn-north-1.console.amazonaws.cn/", true},
        {"the European partition", "https://eusc-de-east-1.signin.amazonaws-eusc.eu/x", true},
        {"nothing after the host", "https://signin.aws.amazon.com", true},
        {"the European partition, no region", "https://signin.amazonaws-eusc.eu/x", false},
        {"http", "http://signin.aws.amazon.com/federation", false},
        {"scheme in capitals", "HTTPS://signin.aws.amazon.com/federation", false},
        {"a script", "javascript:alert(1)", false},
        {"a file", "file:///etc/passwd", false},
        {"an option", "--profile=x", false},
        {"nothing", "", false},
        {"another host", "https://evil.example/signin.aws.amazon.com", false},
        {"a suffix without its dot", "https://evilsignin.aws.amazon.com/", false},
        {"a prefix", "https://signin.aws.amazon.com.evil.example/", false},
        {"a user name", "https://signin.aws.amazon.com@evil.example/", false},
        {"a user name with a password", "https://signin.aws.amazon.com:x@evil.example/", false},
        {"a port", "https://signin.aws.amazon.com:8443/", false},
        {"a backslash", "https://evil.example\\.signin.aws.amazon.com/", false},
        {"a backslash in the path", "https://signin.aws.amazon.com/\\evil", false},
        {"a dot after the host", "https://signin.aws.amazon.com./", false},
        {"a dot before the host", "https://.signin.aws.amazon.com/", false},
        {"capitals", "https://SIGNIN.aws.amazon.com/", false},
        {"another host of AWS", "https://aws.amazon.com/", false},
        {"a bucket", "https://x.s3.amazonaws.com/", false},
        {"a blank", "https://signin.aws.amazon.com/a b", false},
        {"a newline", "https://signin.aws.amazon.com/\nx", false},
        {"a quote", "https://signin.aws.amazon.com/\"onload=", false},
        {"three slashes", "https:///signin.aws.amazon.com/", false},
        {"not ASCII", "https://signin.aws.amazon.com/\xc3\xa9", false},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct err err = {0};
        row_int(rows[i].name, console_link_check(rows[i].link, &err), rows[i].valid ? 0 : -1);
        row_int(rows[i].name, err.kind, rows[i].valid ? ERR_NONE : ERR_UNAVAILABLE);
    }
}

#define LINK                                                                                       \
    "https://signin.aws.amazon.com/"                                                               \
    "federation?Action=login&Destination=https%3A%2F%2Fx&SigninToken=T"
#define HEAD "https://signin.aws.amazon.com/federation?Action=login&Destination="
#define TAIL "&SigninToken=T"
#define WEST "https%3A%2F%2Fus-west-2.console.aws.amazon.com"

static void builds_links(void **state)
{
    static const struct {
        const char *name;
        const char *link;
        struct console_request request;
        const char *want; /* NULL: ERR_USAGE */
    } rows[] = {
        {"no change", LINK, {NULL, "us-west-2", false}, LINK},
        {"a service",
         LINK,
         {"s3", "us-west-2", false},
         HEAD WEST "%2Fs3%2Fhome%3Fregion%3Dus-west-2" TAIL},
        {"a service, no region",
         LINK,
         {"s3", "", false},
         HEAD "https%3A%2F%2Fconsole.aws.amazon.com%2Fs3%2Fhome" TAIL},
        {"a path", LINK, {"/dynamodbv2", "us-west-2", false}, HEAD WEST "%2Fdynamodbv2" TAIL},
        {"a path with a query and a fragment",
         LINK,
         {"/ecs/v2?a=b&c#d", "us-west-2", false},
         HEAD WEST "%2Fecs%2Fv2%3Fa%3Db%26c%23d" TAIL},
        {"a console URL",
         LINK,
         {"https://eu-west-1.console.aws.amazon.com/ec2/home", "us-west-2", false},
         HEAD "https%3A%2F%2Feu-west-1.console.aws.amazon.com%2Fec2%2Fhome" TAIL},
        {"a link without a destination",
         "https://signin.amazonaws.cn/federation?Action=login",
         {"ec2", NULL, false},
         "https://signin.amazonaws.cn/federation?Action=login&Destination="
         "https%3A%2F%2Fconsole.amazonaws.cn%2Fec2%2Fhome"},
        {"sign out first",
         "https://us-east-1.signin.aws.amazon.com/federation?a=b&c=d",
         {NULL, NULL, true},
         "https://us-east-1.signin.aws.amazon.com/oauth?Action=logout&redirect_uri="
         "https%3A%2F%2Fus-east-1.signin.aws.amazon.com%2Ffederation%3Fa%3Db%26c%3Dd"},
        {"another host", LINK, {"https://evil.example/", "us-west-2", false}, NULL},
        {"another partition", LINK, {"https://console.amazonaws.cn/", NULL, false}, NULL},
        {"a sign-in host", LINK, {"https://signin.aws.amazon.com/", NULL, false}, NULL},
        {"no scheme", LINK, {"//evil.example/", NULL, false}, NULL},
        {"a backslash", LINK, {"/\\evil.example/", NULL, false}, NULL},
        {"words", LINK, {"the bucket", NULL, false}, NULL},
        {"a link to a console", "https://console.aws.amazon.com/?a=b", {"s3", NULL, false}, NULL},
        {"a link without a query",
         "https://signin.aws.amazon.com/federation",
         {"s3", NULL, false},
         NULL},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct err err = {0};
        struct buf out;
        buf_init(&out, 4 * CONSOLE_LINK_MAX);
        row_int(rows[i].name, console_link_build(rows[i].link, &rows[i].request, &out, &err),
                rows[i].want != NULL ? 0 : -1);
        row_int(rows[i].name, err.kind, rows[i].want != NULL ? ERR_NONE : ERR_USAGE);
        if (rows[i].want != NULL) {
            row_text(rows[i].name, buf_str(&out), rows[i].want);
        }
        buf_done(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_only_aws_hosts),
        cmocka_unit_test(builds_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
