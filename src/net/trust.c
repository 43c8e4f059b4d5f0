/* SPDX-License-Identifier: MIT */
#include "net/trust.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mbedtls/asn1.h>
#include <mbedtls/base64.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"
#include "net/root_certificate.h"
#include "net/roots.h"

enum {
    BUNDLE_MAX = 8 << 20,
    CERTIFICATE_MAX = 8192, /* DER bytes of one root; the largest of Mozilla's has 2,000 */
};

static const char *const system_bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt", /* Debian, Ubuntu, Alpine, Arch */
    "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, RHEL */
    "/etc/ssl/ca-bundle.pem",             /* openSUSE */
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem", /* Alpine, BSD layouts */
};

struct trust {
    const char *source;
    struct buf bundle;      /* the system's, PEM; empty for the built-in roots */
    mbedtls_x509_crt named; /* what the user's file holds */
    bool is_named;
    uint32_t flags; /* MBEDTLS_X509_BADCERT_* of the last handshake */
    char root_name[128];
};

static bool same_name(const mbedtls_x509_buf *name, const unsigned char *der, size_t len)
{
    return name->len == len && memcmp(name->p, der, len) == 0;
}

/* Puts one more certificate at the end of the list that mbedTLS will free. */
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

static int compare_subject(const struct net_root *root, const mbedtls_x509_buf *name)
{
    size_t shorter = root->subject_len < name->len ? root->subject_len : name->len;
    int order = memcmp(net_roots_der + root->at + root->subject, name->p, shorter);
    if (order != 0) {
        return order;
    }
    return (root->subject_len > name->len) - (root->subject_len < name->len);
}

/* The first of the built-in roots whose subject is not less than name. */
static size_t lower_bound(const mbedtls_x509_buf *name)
{
    size_t low = 0;
    size_t high = net_roots_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_subject(&net_roots_index[middle], name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int find_built_in(const mbedtls_x509_buf *issuer, mbedtls_x509_crt **list)
{
    unsigned char der[NET_ROOT_CERTIFICATE_MAX];
    for (size_t i = lower_bound(issuer); i < net_roots_count; i++) {
        const struct net_root *root = &net_roots_index[i];
        if (compare_subject(root, issuer) != 0) {
            break;
        }
        size_t len = net_root_certificate(net_roots_der, root, der);
        int code = add_candidate(list, der, len);
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

/* Finds the subject in a certificate's DER (RFC 5280, 4.1): the sixth field of the tbsCertificate
 * where the optional version is there, the fifth otherwise. Parsing all of it costs ten times as
 * much, and a bundle has 140. */
static bool find_subject(unsigned char *der, size_t len, const unsigned char **subject,
                         size_t *subject_len)
{
    static const int before_subject[] = {
        MBEDTLS_ASN1_INTEGER,                             /* serialNumber */
        MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE, /* signature */
        MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE, /* issuer */
        MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE, /* validity */
    };
    static const int sequence = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE;
    static const int version = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | 0;
    unsigned char *at = der;
    const unsigned char *end = der + len;
    size_t inner = 0;
    if (mbedtls_asn1_get_tag(&at, end, &inner, sequence) != 0 ||
        mbedtls_asn1_get_tag(&at, end, &inner, sequence) != 0) {
        return false;
    }
    end = at + inner;
    if (mbedtls_asn1_get_tag(&at, end, &inner, version) == 0) {
        at += inner;
    }
    for (size_t i = 0; i < sizeof(before_subject) / sizeof(before_subject[0]); i++) {
        if (mbedtls_asn1_get_tag(&at, end, &inner, before_subject[i]) != 0) {
            return false;
        }
        at += inner;
    }
    *subject = at;
    if (mbedtls_asn1_get_tag(&at, end, &inner, sequence) != 0) {
        return false;
    }
    *subject_len = (size_t)(at - *subject) + inner;
    return true;
}

/* Decodes the next PEM certificate of a text and moves *text behind it. False at the end. One that
 * cannot be decoded comes back with *len 0. */
static bool next_pem(const char **text, unsigned char der[CERTIFICATE_MAX], size_t *len)
{
    static const char begin_mark[] = "-----BEGIN CERTIFICATE-----";
    static const char end_mark[] = "-----END CERTIFICATE-----";
    const char *begin = strstr(*text, begin_mark);
    if (begin == NULL) {
        return false;
    }
    begin += sizeof(begin_mark) - 1;
    const char *end = strstr(begin, end_mark);
    if (end == NULL) {
        return false;
    }
    *text = end + sizeof(end_mark) - 1;
    if (mbedtls_base64_decode(der, CERTIFICATE_MAX, len, (const unsigned char *)begin,
                              (size_t)(end - begin)) != 0) {
        *len = 0;
    }
    return true;
}

static int find_in_bundle(const char *bundle, const mbedtls_x509_buf *issuer,
                          mbedtls_x509_crt **list)
{
    unsigned char der[CERTIFICATE_MAX];
    size_t len = 0;
    while (next_pem(&bundle, der, &len)) {
        const unsigned char *subject = NULL;
        size_t subject_len = 0;
        if (!find_subject(der, len, &subject, &subject_len) ||
            !same_name(issuer, subject, subject_len)) {
            continue;
        }
        int code = add_candidate(list, der, len);
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

/* mbedTLS asks for every certificate of the chain; no candidates is a fine answer. */
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

/* Called from the root down to the server's certificate. */
static int watch(void *context, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
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
    /* curl's choice takes SHA-1 signatures and RSA keys of 1024 bits. */
    mbedtls_ssl_conf_cert_profile(config, &mbedtls_x509_crt_profile_next);
    mbedtls_ssl_conf_verify(config, watch, trust);
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
        /* mbedTLS tells PEM by the NUL at the end, which it wants counted. A positive code is the
         * number of certificates that it could not parse. */
        mbedtls_x509_crt_parse(&trust->named, (const unsigned char *)buf_str(&text), text.len + 1);
        if (trust->named.version == 0) {
            result = err_set(err, ERR_FILE, "%s holds no certificate in PEM form", path);
        }
    }
    buf_done(&text);
    trust->is_named = true;
    trust->source = path;
    return result;
}

/* A bundle that cannot be read, or is empty, counts as none. */
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

/* The first that applies is told: a certificate that is for another name and expired is first of
 * all not to be trusted. */
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
