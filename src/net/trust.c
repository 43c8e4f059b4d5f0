/* SPDX-License-Identifier: MIT */
#include "net/trust.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"
#include "net/pem_bundle.h"
#include "net/root_certificate.h"
#include "net/roots.h"

enum { BUNDLE_MAX = 8 << 20 };

static const char *const system_bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt", /* Debian, Ubuntu, Alpine, Arch */
    "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, RHEL */
    "/etc/ssl/ca-bundle.pem",             /* openSUSE */
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem", /* Alpine, BSD layouts */
};

struct trust {
    const char *source;     /* see trust_source */
    struct buf bundle;      /* the system's, in PEM; empty for the built-in roots */
    mbedtls_x509_crt named; /* the certificates of the file that the user named */
    bool is_named;
    uint32_t flags; /* MBEDTLS_X509_BADCERT_* of the last handshake */
    char root_name[128];
};

/* Appends a certificate to the list, which mbedTLS frees. */
static int add_candidate(mbedtls_x509_crt **list, const unsigned char *der, size_t len)
{
    if (*list == NULL) {
        *list = calloc(1, sizeof(**list));
        if (*list == NULL) {
            return MBEDTLS_ERR_X509_ALLOC_FAILED;
        }
        mbedtls_x509_crt_init(*list);
    }
    return mbedtls_x509_crt_parse_der(*list, der, len);
}

static int find_built_in(const mbedtls_x509_buf *issuer, mbedtls_x509_crt **list)
{
    unsigned char der[ROOT_CERTIFICATE_MAX];
    size_t count = 0;
    int code = 0;
    const struct net_root *roots = root_certificate_find(issuer->p, issuer->len, &count);
    for (size_t i = 0; code == 0 && i < count; i++) {
        size_t len = root_certificate_make(net_roots_der, &roots[i], der);
        code = add_candidate(list, der, len);
    }
    return code;
}

static int find_in_bundle(const char *bundle, const mbedtls_x509_buf *issuer,
                          mbedtls_x509_crt **list)
{
    unsigned char der[PEM_CERTIFICATE_MAX];
    size_t len = 0;
    int code = 0;
    while (code == 0 && (len = pem_bundle_next(&bundle, issuer->p, issuer->len, der)) > 0) {
        code = add_candidate(list, der, len);
    }
    return code;
}

/* mbedtls_x509_crt_ca_cb_t. mbedTLS calls it for every certificate of the chain, and accepts an
 * empty list. */
static int find_issuer(void *context, const mbedtls_x509_crt *child, mbedtls_x509_crt **candidates)
{
    struct trust *trust = context;
    *candidates = NULL;
    int code = trust->bundle.len > 0
                   ? find_in_bundle(buf_str(&trust->bundle), &child->issuer_raw, candidates)
                   : find_built_in(&child->issuer_raw, candidates);
    if (code != 0 && *candidates != NULL) {
        mbedtls_x509_crt_free(*candidates);
        free(*candidates);
        *candidates = NULL;
    }
    return code;
}

/* mbedTLS calls it for each certificate of the chain, from the root to the server's. */
static int note_verification(void *context, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
    struct trust *trust = context;
    (void)depth;
    trust->flags |= *flags;
    if (trust->root_name[0] == '\0' &&
        mbedtls_x509_dn_gets(trust->root_name, sizeof(trust->root_name), &crt->subject) < 0) {
        trust->root_name[0] = '\0';
    }
    return 0;
}

int trust_configure(struct trust *trust, void *ssl_config)
{
    mbedtls_ssl_config *config = ssl_config;
    trust->flags = 0;
    trust->root_name[0] = '\0';
    mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_REQUIRED);
    /* libcurl's profile accepts SHA-1 signatures and RSA keys of 1024 bits. */
    mbedtls_ssl_conf_cert_profile(config, &mbedtls_x509_crt_profile_next);
    mbedtls_ssl_conf_verify(config, note_verification, trust);
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
    buf_init(&text, BUNDLE_MAX);
    int result = fs_read(path, &text, NULL, err);
    if (result == 0) {
        /* The length includes the NUL: that is how mbedTLS recognizes PEM. The result does not
         * matter: it counts the certificates that cannot be parsed, and one that can is enough. */
        mbedtls_x509_crt_parse(&trust->named, (const unsigned char *)buf_str(&text), text.len + 1);
        if (trust->named.version == 0) {
            result = err_set(err, ERR_FILE, "%s has no certificate in PEM format", path);
        }
    }
    buf_done(&text);
    trust->is_named = true;
    trust->source = path;
    return result;
}

/* Skips bundles that cannot be read or are empty. */
static void load_system(struct trust *trust)
{
    struct err ignored;
    trust->source = "built-in roots";
    for (size_t i = 0; i < sizeof(system_bundles) / sizeof(system_bundles[0]); i++) {
        bool found = false;
        if (fs_read(system_bundles[i], &trust->bundle, &found, &ignored) == 0 && found &&
            trust->bundle.len > 0) {
            trust->source = system_bundles[i];
            return;
        }
        buf_clear(&trust->bundle);
    }
}

struct trust *trust_new(const char *ca_file, struct err *err)
{
    struct trust *trust = calloc(1, sizeof(*trust));
    if (trust == NULL) {
        err_set(err, ERR_INTERNAL, "out of memory");
        return NULL;
    }
    buf_init(&trust->bundle, BUNDLE_MAX);
    mbedtls_x509_crt_init(&trust->named);
    if (ca_file == NULL) {
        load_system(trust);
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
    buf_done(&trust->bundle);
    free(trust);
}

const char *trust_source(const struct trust *trust)
{
    return trust->source;
}

const char *trust_root_name(const struct trust *trust)
{
    return trust->root_name;
}

/* Of several problems, the first in this table: for a certificate of an unknown authority, the
 * others do not matter. */
const char *trust_complaint(const struct trust *trust, bool *unknown)
{
    static const struct {
        uint32_t flag;
        const char *words;
    } complaints[] = {
        {MBEDTLS_X509_BADCERT_NOT_TRUSTED,
         "its certificate is signed by an authority that is not trusted"},
        {MBEDTLS_X509_BADCERT_EXPIRED,
         "its certificate has expired (or the clock of this machine is wrong)"},
        {MBEDTLS_X509_BADCERT_FUTURE,
         "its certificate is not valid yet (or the clock of this machine is wrong)"},
        {MBEDTLS_X509_BADCERT_CN_MISMATCH, "its certificate is for another name"},
        {MBEDTLS_X509_BADCERT_BAD_MD, "its certificate is signed with a hash that is too weak"},
        {MBEDTLS_X509_BADCERT_BAD_KEY, "its certificate has a key that is too weak"},
        {UINT32_MAX, "its certificate cannot be verified"},
    };
    if (unknown != NULL) {
        *unknown = (trust->flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0;
    }
    for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++) {
        if ((trust->flags & complaints[i].flag) != 0) {
            return complaints[i].words;
        }
    }
    return NULL;
}
