/* SPDX-License-Identifier: MIT */
#include "net/failure.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>
#include <mbedtls/ssl.h>

#include "base/clock.h"
#include "base/text.h"
#include "net/http_message.h"
#include "net/trust.h"
#include "net/url.h"

/* How each of curl's codes is told. Those that are not here are told in curl's own words. */
static const struct {
    CURLcode code;
    bool transient;
    bool unsent;
    bool lookup;
    const char *words; /* behind the host's name */
} meanings[] = {
    {CURLE_COULDNT_RESOLVE_HOST, true, true, true,
     "the name cannot be resolved; check --host and the name server, or use --resolve"},
    {CURLE_COULDNT_RESOLVE_PROXY, true, true, true,
     "the name of the proxy cannot be resolved; check HTTPS_PROXY"},
    {CURLE_GOT_NOTHING, true, false, false, "closed the connection without an answer"},
    {CURLE_PARTIAL_FILE, true, false, false, "closed the connection in the middle of the answer"},
    {CURLE_SEND_ERROR, true, false, false, "the connection broke while sending"},
    {CURLE_RECV_ERROR, true, false, false, "the connection broke while receiving"},
    {CURLE_WRITE_ERROR, false, false, false, "the answer is larger than 1 MiB"},
    {CURLE_WEIRD_SERVER_REPLY, false, false, false, "the answer is not HTTP; is this the portal?"},
    {CURLE_UNSUPPORTED_PROTOCOL, false, false, false,
     "the answer is not HTTP; is this the portal?"},
};
_Static_assert(HTTP_RESPONSE_MAX == 1 << 20, "the table above names the limit");

/* The mbedTLS code in curl's "ssl_handshake returned: (-0x7280) ..."; 0 where there is none. */
static int handshake_code(const char *curl_text)
{
    enum { CODE_DIGITS = 4 };
    static const char mark[] = "(-0x";
    const char *found = strstr(curl_text, mark);
    int code = 0;
    if (found == NULL) {
        return 0;
    }
    found += sizeof(mark) - 1;
    for (int i = 0; i < CODE_DIGITS && text_hex_value(*found) >= 0; i++, found++) {
        code = code * 16 + text_hex_value(*found);
    }
    return -code;
}

/* A handshake that was cut short may succeed the next time; one that was refused will not. */
static void describe_handshake(struct failure *failure, const char *curl_text,
                               const struct trust *trust, const char *host)
{
    const char *complaint = trust_complaint(trust);
    int code = handshake_code(curl_text);
    bool refused = code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE ||
                   code == MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION ||
                   code == MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE;
    if (complaint != NULL) {
        snprintf(failure->text, sizeof(failure->text), "%s: %s (trusted: %s)", host, complaint,
                 trust_source(trust));
    } else if (refused) {
        snprintf(failure->text, sizeof(failure->text),
                 "%s: no common TLS version or cipher (TLS 1.2 and 1.3 are supported)", host);
    } else {
        failure->transient = true;
        snprintf(failure->text, sizeof(failure->text), "%s: the TLS handshake failed: %s", host,
                 curl_text);
    }
    failure->unsent = true;
}

static bool goes_by_proxy(CURL *curl)
{
    long used = 0;
    curl_easy_getinfo(curl, CURLINFO_USED_PROXY, &used);
    return used != 0;
}

/* Says whether it is the proxy that does not answer: curl has one code for both. */
static void describe_connect(struct failure *failure, CURL *curl, const struct url_origin *origin)
{
    long reason = 0;
    bool proxy = goes_by_proxy(curl);
    curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &reason);
    failure->transient = true;
    failure->unsent = true;
    if (reason == 0) { /* a proxy of a kind that does not exist, for one */
        snprintf(failure->text, sizeof(failure->text),
                 "%s: cannot connect; check --host and HTTPS_PROXY", origin->host);
        return;
    }
    snprintf(failure->text, sizeof(failure->text), "%s: cannot connect to %s%s: %s; check %s",
             origin->host, proxy ? "the proxy" : "port ", proxy ? "" : origin->port,
             strerror((int)reason), proxy ? "HTTPS_PROXY" : "--host");
}

static void describe_timeout(struct failure *failure, CURL *curl, const char *host)
{
    curl_off_t lookup_us = 0;
    curl_off_t sent = 0;
    curl_easy_getinfo(curl, CURLINFO_NAMELOOKUP_TIME_T, &lookup_us);
    curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &sent);
    failure->transient = true;
    failure->unsent = sent == 0;
    failure->lookup = failure->unsent && lookup_us == 0; /* a reused connection needs none */
    const char *stage = failure->lookup        ? "looking up its name"
                        : !failure->unsent     ? "waiting for the answer"
                        : !goes_by_proxy(curl) ? "connecting"
                                               : "connecting through the proxy";
    snprintf(failure->text, sizeof(failure->text), "%s: no success within %.1f s, while %s", host,
             (double)(clock_mono_ms() - failure->started_ms) / 1e3, stage);
}

/* curl reports a proxy's refusal as a failed CONNECT. */
static bool describe_proxy(struct failure *failure, CURL *curl, const char *host)
{
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_HTTP_CONNECTCODE, &status);
    if (status == 0 || (status >= 200 && status < 300)) {
        return false;
    }
    failure->transient = status >= 500;
    failure->unsent = true;
    snprintf(failure->text, sizeof(failure->text), "%s: the proxy refuses the connection (%ld%s)",
             host, status,
             status == 407 || status == 401 ? "; check the user name and password in HTTPS_PROXY"
                                            : "");
    return true;
}

static void describe_code(struct failure *failure, CURLcode code, const char *curl_text,
                          const char *host)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (meanings[i].code == code) {
            failure->transient = meanings[i].transient;
            failure->unsent = meanings[i].unsent;
            failure->lookup = meanings[i].lookup;
            snprintf(failure->text, sizeof(failure->text), "%s: %s", host, meanings[i].words);
            return;
        }
    }
    snprintf(failure->text, sizeof(failure->text), "%s: %s", host,
             curl_text[0] != '\0' ? curl_text : curl_easy_strerror(code));
}

void failure_describe(struct failure *failure, void *curl, int code, const char *curl_text,
                      const struct trust *trust, const struct url_origin *origin, int status)
{
    *failure = (struct failure){.started_ms = failure->started_ms, .retry_after_s = -1};
    const char *host = origin->host;
    if (code == CURLE_OK) {
        curl_off_t after = 0;
        curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &after);
        failure->retry_after_s = after > 0 ? (int64_t)after : -1;
        failure->transient = true;
        snprintf(failure->text, sizeof(failure->text), "%s answers with status %d", host, status);
    } else if (describe_proxy(failure, curl, host)) {
        return;
    } else if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR) {
        describe_handshake(failure, curl_text, trust, host);
    } else if (code == CURLE_COULDNT_CONNECT) {
        describe_connect(failure, curl, origin);
    } else if (code == CURLE_OPERATION_TIMEDOUT) {
        describe_timeout(failure, curl, host);
    } else {
        describe_code(failure, (CURLcode)code, curl_text, host);
    }
}
