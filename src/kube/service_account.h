/* SPDX-License-Identifier: MIT */
/* Which service account of a cluster a program runs as. */
#ifndef KUBE_SERVICE_ACCOUNT_H
#define KUBE_SERVICE_ACCOUNT_H

/* A label and a subdomain of RFC 1123, each with its NUL. */
enum { KUBE_LABEL_SIZE = 64, KUBE_SUBDOMAIN_SIZE = 254 };

struct service_account {
    char namespace[KUBE_LABEL_SIZE];
    char name[KUBE_SUBDOMAIN_SIZE];
    char pod[KUBE_SUBDOMAIN_SIZE]; /* "" if the API server did not name it */
};

#endif
