/* SPDX-License-Identifier: MIT */
#include "pod_token.h"

#include "rows.h"

#include <stdio.h>
#include <string.h>

#include <mbedtls/base64.h>

void pod_token_encode(const char *payload, char token[POD_TOKEN_SIZE])
{
    static const char header[] = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.";
    size_t used = strlen(header);
    size_t written = 0;
    memcpy(token, header, used);
    assert_int_equal(mbedtls_base64_encode((unsigned char *)token + used, POD_TOKEN_SIZE - used - 8,
                                           &written, (const unsigned char *)payload,
                                           strlen(payload)),
                     0);
    for (char *c = token + used; *c != '\0'; c++) {
        *c = (char)(*c == '+' ? '-' : *c == '/' ? '_' : *c);
    }
    snprintf(token + used + strcspn(token + used, "="), 8, ".c2ln");
}

void pod_token_make(int n, int64_t exp_s, char token[POD_TOKEN_SIZE])
{
    char payload[512];
    snprintf(
        payload, sizeof(payload),
        "{\"aud\":[\"duplojit\"],\"exp\":%lld,\"iat\":1,\"iss\":\"https://k8s\",\"kubernetes.io\":"
        "{\"namespace\":\"team\",\"pod\":{\"name\":\"p%d\",\"uid\":\"u\"},\"serviceaccount\":"
        "{\"name\":\"app\",\"uid\":\"u\"}},\"sub\":\"system:serviceaccount:team:app\"}",
        (long long)exp_s, n);
    pod_token_encode(payload, token);
}
