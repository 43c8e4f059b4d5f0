/* SPDX-License-Identifier: MIT */
#include "net/name_constraints.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <mbedtls/asn1.h>
#include <mbedtls/x509_crt.h>

enum {
    SEQUENCE = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE,
    SET = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SET,
    SUBTREES = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED,
    PERMITTED = SUBTREES | 0,
    EXCLUDED = SUBTREES | 1,
    NO_NAME = -1,
};

/* A DER value, or a name of type MBEDTLS_X509_SAN_*. */
struct value {
    int type;
    unsigned char *p;
    size_t len;
};

/* Cuts the first field off *from, which must be another variable. False if that is malformed. */
static bool take(struct value *from, struct value *field)
{
    unsigned char *at = from->p + 1;
    if (from->len < 2) {
        return false;
    }
    field->type = from->p[0];
    if (mbedtls_asn1_get_len(&at, from->p + from->len, &field->len) != 0) {
        return false;
    }
    field->p = at;
    from->len -= (size_t)(at - from->p) + field->len;
    from->p = at + field->len;
    return true;
}

static bool take_type(struct value *from, int type, struct value *field)
{
    return take(from, field) && field->type == type;
}

/* Compares all bytes, a NUL too; ASCII letters in either case. */
static bool is_same_text(const unsigned char *a, const unsigned char *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (tolower(a[i]) != tolower(b[i])) {
            return false;
        }
    }
    return true;
}

/* Whether the name is the base or below it. A base with a leading dot permits only names below. */
static bool ends_with(const struct value *name, const struct value *base)
{
    if (base->len > name->len ||
        !is_same_text(name->p + name->len - base->len, base->p, base->len)) {
        return false;
    }
    return base->len == 0 || base->len == name->len || base->p[0] == '.' ||
           name->p[name->len - base->len - 1] == '.';
}

static bool matches_dns(const struct value *name, const struct value *base, bool excluded)
{
    const unsigned char *dot = memchr(base->p, '.', base->len);
    struct value above = *base;
    if (ends_with(name, base)) {
        return true;
    }
    /* "*.a.test" may stand for "b.a.test". */
    if (!excluded || name->len < 2 || name->p[0] != '*' || dot == NULL || dot == base->p) {
        return false;
    }
    above.p += dot - base->p;
    above.len -= (size_t)(dot - base->p);
    return above.len == name->len - 1 && ends_with(name, &above);
}

/* The base is an address and a mask. */
static bool matches_ip(const struct value *name, const struct value *base)
{
    if (base->len != 2 * name->len) {
        return false;
    }
    for (size_t i = 0; i < name->len; i++) {
        if (((name->p[i] ^ base->p[i]) & base->p[name->len + i]) != 0) {
            return false;
        }
    }
    return true;
}

/* Compares an AttributeTypeAndValue; the values may be of different string types. */
static bool is_same_attribute(struct value *a, struct value *b)
{
    struct value ours;
    struct value theirs;
    for (int i = 0; i < 2; i++) {
        if (!take(a, &ours) || !take(b, &theirs) || ours.len != theirs.len ||
            !(i == 0 ? memcmp(ours.p, theirs.p, ours.len) == 0
                     : is_same_text(ours.p, theirs.p, ours.len))) {
            return false;
        }
    }
    return true;
}

/* Whether the Name starts with the relative distinguished names of the base. */
static bool matches_directory(struct value name, struct value base)
{
    struct value ours;
    struct value theirs;
    if (!take_type(&name, SEQUENCE, &ours) || !take_type(&base, SEQUENCE, &theirs)) {
        return false;
    }
    while (theirs.len > 0) {
        struct value our_set;
        struct value their_set;
        if (!take_type(&ours, SET, &our_set) || !take_type(&theirs, SET, &their_set)) {
            return false;
        }
        while (their_set.len > 0) {
            struct value a;
            struct value b;
            if (!take_type(&our_set, SEQUENCE, &a) || !take_type(&their_set, SEQUENCE, &b) ||
                !is_same_attribute(&a, &b)) {
                return false;
            }
        }
        if (our_set.len > 0) {
            return false;
        }
    }
    return true;
}

static bool matches(const struct value *name, const struct value *base, bool excluded)
{
    switch (name->type) {
    case MBEDTLS_X509_SAN_DNS_NAME:
        return matches_dns(name, base, excluded);
    case MBEDTLS_X509_SAN_IP_ADDRESS:
        return matches_ip(name, base);
    case MBEDTLS_X509_SAN_DIRECTORY_NAME:
        return matches_directory(*name, *base);
    default:
        return excluded;
    }
}

/* A minimum of 0 is the default, other limits are not allowed (RFC 5280). */
static bool is_valid(const struct value *base, const struct value *limits)
{
    enum { V4_AND_MASK = 8, V6_AND_MASK = 32 };
    static const unsigned char minimum_0[] = {0x80, 0x01, 0x00};
    return (limits->len == 0 || (limits->len == sizeof(minimum_0) &&
                                 memcmp(limits->p, minimum_0, sizeof(minimum_0)) == 0)) &&
           (base->type != MBEDTLS_X509_SAN_IP_ADDRESS || base->len == V4_AND_MASK ||
            base->len == V6_AND_MASK);
}

static enum name_verdict check_subtrees(struct value trees, const struct value *name, bool excluded)
{
    bool matched = false;
    bool constrained = false;
    while (trees.len > 0) {
        struct value tree;
        struct value base;
        if (!take_type(&trees, SEQUENCE, &tree) || !take(&tree, &base)) {
            return NAME_UNKNOWN_CONSTRAINT;
        }
        base.type &= MBEDTLS_ASN1_TAG_VALUE_MASK;
        if (!is_valid(&base, &tree)) {
            return NAME_UNKNOWN_CONSTRAINT;
        }
        if (base.type == name->type) {
            constrained = true;
            matched = matched || matches(name, &base, excluded);
        }
    }
    return constrained && matched == excluded ? NAME_EXCLUDED : NAME_PERMITTED;
}

static enum name_verdict check_name(struct value der, const struct value *name)
{
    struct value parts;
    struct value trees;
    if (!take_type(&der, SEQUENCE, &parts) || der.len > 0) {
        return NAME_UNKNOWN_CONSTRAINT;
    }
    while (parts.len > 0) {
        if (!take(&parts, &trees) || (trees.type != PERMITTED && trees.type != EXCLUDED)) {
            return NAME_UNKNOWN_CONSTRAINT;
        }
        enum name_verdict verdict = check_subtrees(trees, name, trees.type == EXCLUDED);
        if (verdict != NAME_PERMITTED) {
            return verdict;
        }
    }
    return NAME_PERMITTED;
}

static void describe(const struct value *name, char *out, size_t size)
{
    int family = name->len == sizeof(struct in_addr) ? AF_INET : AF_INET6;
    bool address = name->type == MBEDTLS_X509_SAN_IP_ADDRESS;
    bool text = name->type == MBEDTLS_X509_SAN_DNS_NAME ||
                name->type == MBEDTLS_X509_SAN_UNIFORM_RESOURCE_IDENTIFIER ||
                name->type == MBEDTLS_X509_SAN_RFC822_NAME;
    if (text) {
        snprintf(out, size, "\"%.*s\"", (int)name->len, (const char *)name->p);
    } else if (!address || inet_ntop(family, name->p, out, (socklen_t)size) == NULL) {
        snprintf(out, size, "%s",
                 name->type == MBEDTLS_X509_SAN_DIRECTORY_NAME ? "its subject" : "another name");
    }
}

enum name_verdict name_constraints_check(const unsigned char *der, size_t len,
                                         const struct mbedtls_x509_crt *certificate, char *name,
                                         size_t size)
{
    const struct value constraints = {.p = (unsigned char *)der, .len = len};
    const mbedtls_x509_buf *subject = &certificate->subject_raw;
    /* An empty subject has two bytes and is not a name. It is checked to find malformed constraints
     * in any case. */
    struct value each = {.type = subject->len > 2 ? MBEDTLS_X509_SAN_DIRECTORY_NAME : NO_NAME,
                         .p = subject->p,
                         .len = subject->len};
    enum name_verdict verdict = check_name(constraints, &each);
    for (const mbedtls_x509_sequence *next = &certificate->subject_alt_names;
         verdict == NAME_PERMITTED && next != NULL && next->buf.p != NULL; next = next->next) {
        each = (struct value){.type = next->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK,
                              .p = next->buf.p,
                              .len = next->buf.len};
        verdict = check_name(constraints, &each);
    }
    if (verdict == NAME_EXCLUDED) {
        describe(&each, name, size);
    }
    return verdict;
}
