/* SPDX-License-Identifier: MIT */
#include "net/trust.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/process.h"
#include "net/chain.h"
#include "net/pem_file.h"
#include "net/root_certificate.h"
#include "net/roots.h"

enum { BUNDLE_MAX = 8 << 20 };

const char *const trust_system_bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt", /* Debian, Ubuntu, Alpine, Arch */
    "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, RHEL */
    "/etc/ssl/ca-bundle.pem",             /* openSUSE */
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem", /* Alpine, BSD layouts */
    NULL,
};

struct trust {
    const char *source;     /* see trust_source */
    int bundle;             /* descriptor of the system's, in PEM; -1: the built-in roots */
    mbedtls_x509_crt named; /* the certificates of the file that the user named */
    bool is_named;
    struct chain chain; /* of the last handshake */
};

/* Appends a certificate to the list, which mbedTLS frees; not one that cannot be parsed, because
 * another one with the same subject may be the issuer. */
static int add_candidate(mbedtls_x509_crt **list, const unsigned char *der, size_t len)
{
    if (*list == NULL) {
        *list = calloc(1, sizeof(**list));
        if (*list == NULL) {
            return MBEDTLS_ERR_X509_ALLOC_FAILED;
        }
        mbedtls_x509_crt_init(*list);
    }
    int code = mbedtls_x509_crt_parse_der(*list, der, len);
    return code == MBEDTLS_ERR_X509_ALLOC_FAILED ? code : 0;
}

static int find_built_in(const mbedtls_x509_buf *issuer, mbedtls_x509_crt **list)
{
    unsigned char der[ROOT_CERTIFICATE_MAX];
    size_t count = 0;
    int code = 0;
    uint32_t hash = root_certificate_hash(issuer->p, issuer->len);
    const struct net_root *roots = root_certificate_find(hash, &count);
    for (size_t i = 0; code == 0 && i < count; i++) {
        size_t len = root_certificate_make(net_roots_keys, &roots[i], issuer->p, issuer->len, der);
        code = len > 0 ? add_candidate(list, der, len) : 0;
    }
    return code;
}

static int find_in_bundle(int bundle, const mbedtls_x509_buf *issuer, mbedtls_x509_crt **list)
{
    unsigned char der[PEM_CERTIFICATE_MAX];
    struct pem_file file;
    ssize_t len = 0;
    int code = 0;
    pem_file_start(&file, bundle);
    while (code == 0 && (len = pem_file_next(&file, issuer->p, issuer->len, der)) > 0) {
        code = add_candidate(list, der, (size_t)len);
    }
    return len < 0 ? MBEDTLS_ERR_X509_FILE_IO_ERROR : code;
}

/* mbedtls_x509_crt_ca_cb_t. mbedTLS calls it for every certificate of the chain, and accepts an
 * empty list. */
static int find_issuer(void *context, const mbedtls_x509_crt *child, mbedtls_x509_crt **candidates)
{
    struct trust *trust = context;
    *candidates = NULL;
    int code = trust->bundle >= 0 ? find_in_bundle(trust->bundle, &child->issuer_raw, candidates)
                                  : find_built_in(&child->issuer_raw, candidates);
    if (code != 0 && *candidates != NULL) {
        mbedtls_x509_crt_free(*candidates);
        free(*candidates);
        *candidates = NULL;
    }
    return code;
}

int trust_configure(struct trust *trust, void *ssl_config, const char *host)
{
    mbedtls_ssl_config *config = ssl_config;
    chain_start(&trust->chain, host);
    mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_REQUIRED);
    /* libcurl's profile accepts SHA-1 signatures and RSA keys of 1024 bits. */
    mbedtls_ssl_conf_cert_profile(config, &mbedtls_x509_crt_profile_next);
    mbedtls_ssl_conf_verify(config, chain_verify, &trust->chain);
    if (trust->is_named) {
        mbedtls_ssl_conf_ca_chain(config, &trust->named, NULL);
    } else {
        mbedtls_ssl_conf_ca_cb(config, find_issuer, trust);
    }
    return 0;
}

static int load_named(struct trust *trust, const char *path, struct err *err)
{
    struct buf text;
    process_watch_memory();
    buf_init(&text, BUNDLE_MAX);
    int result = fs_read(path, &text, NULL, err);
    if (result == 0) {
        /* The length includes the NUL: that is how mbedTLS recognizes PEM. The result does not
         * matter: it counts the certificates that cannot be parsed, and one that can is enough. */
        mbedtls_x509_crt_parse(&trust->named, (const unsigned char *)buf_str(&text), text.len + 1);
        if (trust->named.version == 0) {
            result = process_memory_was_refused()
                         ? err_set(err, ERR_INTERNAL, "out of memory to read %s", path)
                         : err_set(err, ERR_FILE, "%s has no certificate in PEM format", path);
        }
    }
    buf_done(&text);
    trust->is_named = true;
    trust->source = path;
    return result;
}

/* Skips bundles that cannot be read or are empty. */
static void open_system(struct trust *trust)
{
    trust->source = "built-in roots";
    for (size_t i = 0; trust->bundle < 0 && trust_system_bundles[i] != NULL; i++) {
        trust->bundle = pem_file_open(trust_system_bundles[i]);
        if (trust->bundle >= 0) {
            trust->source = trust_system_bundles[i];
        }
    }
}

struct trust *trust_new(const char *ca_file, struct err *err)
{
    struct trust *trust = calloc(1, sizeof(*trust));
    if (trust == NULL) {
        err_set(err, ERR_INTERNAL, "out of memory");
        return NULL;
    }
    chain_start(&trust->chain, "");
    trust->bundle = -1;
    mbedtls_x509_crt_init(&trust->named);
    if (ca_file == NULL) {
        open_system(trust);
    } else if (load_named(trust, ca_file, err) != 0) {
        trust_free(trust);
        return NULL;
    }
    log_debug("trust anchors: %s", trust->source);
    return trust;
}

void trust_free(struct trust *trust)
{
    if (trust == NULL) {
        return;
    }
    mbedtls_x509_crt_free(&trust->named);
    if (trust->bundle >= 0) {
        close(trust->bundle);
    }
    free(trust);
}

const char *trust_source(const struct trust *trust)
{
    return trust->source;
}

const char *trust_root_name(const struct trust *trust)
{
    return trust->chain.root_name;
}

bool trust_is_valid_at(const struct trust *trust, int64_t time_s)
{
    return time_s >= trust->chain.valid_from_s && time_s <= trust->chain.valid_until_s;
}

const char *trust_complaint(const struct trust *trust, bool *unknown)
{
    return chain_complaint(&trust->chain, unknown);
}
