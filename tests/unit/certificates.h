/* SPDX-License-Identifier: MIT */
/*
 * Certificates for tests, valid from 2020 to 2099 unless the name says otherwise. Their keys were
 * thrown away.
 */
#ifndef UNIT_CERTIFICATES_H
#define UNIT_CERTIFICATES_H

/* A root, CN=test root. */
#define PEM_ROOT                                                                                   \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBXjCCAQSgAwIBAgIUW9L9ue1DLH2N4Apv4RCOpIodweUwCgYIKoZIzj0EAwIw\n"                           \
    "FDESMBAGA1UEAwwJdGVzdCByb290MCAXDTIwMDEwMTAwMDAwMFoYDzIwOTkxMjMx\n"                           \
    "MDAwMDAwWjAUMRIwEAYDVQQDDAl0ZXN0IHJvb3QwWTATBgcqhkjOPQIBBggqhkjO\n"                           \
    "PQMBBwNCAATYQyxXdzmff6NxZMs5ob8DbvliuTGgxKdFmxCagdgLea4JUxW1nLDz\n"                           \
    "wHD0JeGSM49u21Wo8p/AgstHD0Mqu1oFozIwMDAPBgNVHRMBAf8EBTADAQH/MB0G\n"                           \
    "A1UdDgQWBBTrUL4/o+XfU5tlixvdtQxQ7bTljjAKBggqhkjOPQQDAgNIADBFAiEA\n"                           \
    "rh/aQwng5cJ1z5iaHKR+hOyeLzY4BvqS5SrbcTJJOTECIAyVhvtugPX2k6Pj0i+W\n"                           \
    "jmwPKup2fauOO2mtKYm6PuNG\n"                                                                   \
    "-----END CERTIFICATE-----\n"

/* Another root with the same subject and another key. */
#define PEM_TWIN                                                                                   \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBXzCCAQSgAwIBAgIUXrTR+iNlZXJRNHFwSER2tBcipmIwCgYIKoZIzj0EAwIw\n"                           \
    "FDESMBAGA1UEAwwJdGVzdCByb290MCAXDTIwMDEwMTAwMDAwMFoYDzIwOTkxMjMx\n"                           \
    "MDAwMDAwWjAUMRIwEAYDVQQDDAl0ZXN0IHJvb3QwWTATBgcqhkjOPQIBBggqhkjO\n"                           \
    "PQMBBwNCAASaSWW6UfUwhIOZnK3A1pUOYXs7hZ8KMaGpZSsZywuWH7pc5YRqFddX\n"                           \
    "EUGWDLw6oqF+8/gEHUdeG13kxv4VhplkozIwMDAPBgNVHRMBAf8EBTADAQH/MB0G\n"                           \
    "A1UdDgQWBBTkYQkHnc9Qai7z429VTmcxzqR2fDAKBggqhkjOPQQDAgNJADBGAiEA\n"                           \
    "gbZdcnZVwxhMW1q9M4Uiab5x6eeCCFSFpE4iRjoblBwCIQClKXSEpto2mx6qffbF\n"                           \
    "wwKFaHX1KJsvCsW5b57OEmsZMg==\n"                                                               \
    "-----END CERTIFICATE-----\n"

/* Signed by the root, for DNS:server.test. */
#define PEM_SERVER                                                                                 \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBhDCCASmgAwIBAgIUce91cczZZyE0lmoBFuauOl9/pwYwCgYIKoZIzj0EAwIw\n"                           \
    "FDESMBAGA1UEAwwJdGVzdCByb290MCAXDTIwMDEwMTAwMDAwMFoYDzIwOTkxMjMx\n"                           \
    "MDAwMDAwWjARMQ8wDQYDVQQDDAZzZXJ2ZXIwWTATBgcqhkjOPQIBBggqhkjOPQMB\n"                           \
    "BwNCAAT11TTjBU4sTxI5hdEIW/RlQK0rWfpLqNmC78Xu7qrtk3cMeRvsbio/bq7y\n"                           \
    "JSSrc0HiiGaJx9rJ+tZoe3LofPFdo1owWDAWBgNVHREEDzANggtzZXJ2ZXIudGVz\n"                           \
    "dDAdBgNVHQ4EFgQUA9KKqUKTq55n5PjPioJZeODIGnwwHwYDVR0jBBgwFoAU61C+\n"                           \
    "P6Pl31ObZYsb3bUMUO205Y4wCgYIKoZIzj0EAwIDSQAwRgIhALqGHrAJ/fIfbO78\n"                           \
    "mFudNIkty1jui9qgZsWbGya6EXmdAiEA7Bb+2s2NUGucZ9QTn6wUZbJNBfpuB9is\n"                           \
    "UPL1v1+TIIE=\n"                                                                               \
    "-----END CERTIFICATE-----\n"

/* The same, but expired in 2020. */
#define PEM_EXPIRED                                                                                \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBgTCCASegAwIBAgIUS8sW3EHuwKTQNJk7dSdx1MQBWZ8wCgYIKoZIzj0EAwIw\n"                           \
    "FDESMBAGA1UEAwwJdGVzdCByb290MB4XDTIwMDEwMTAwMDAwMFoXDTIwMDIwMTAw\n"                           \
    "MDAwMFowETEPMA0GA1UEAwwGc2VydmVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD\n"                           \
    "QgAEhlSuGyTXzE2kf7MzyxWN1lcHEywCPA3xZfK6CyFjH3bwrr2LO9cBrUz2PX2B\n"                           \
    "EnlMZnl2V0ogs+ysCvLZFJCNGaNaMFgwFgYDVR0RBA8wDYILc2VydmVyLnRlc3Qw\n"                           \
    "HQYDVR0OBBYEFCyowa8dJGrLWKpTyxbRS0349F3/MB8GA1UdIwQYMBaAFOtQvj+j\n"                           \
    "5d9Tm2WLG921DFDttOWOMAoGCCqGSM49BAMCA0gAMEUCIQCpFqdU22Kz5WsExQvL\n"                           \
    "Uw9xr6s7EOYRH3X9DWLdPo3gLgIgS67ljBX4zPJ9kJz8n9DSohiTjbdnxIS6WS8S\n"                           \
    "bvp4qao=\n"                                                                                   \
    "-----END CERTIFICATE-----\n"

/* Signed by its own key, for DNS:server.test. */
#define PEM_SELF                                                                                   \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBaDCCAQ+gAwIBAgIUNy/Dp01HjryhMo8HVUGE+UofwMwwCgYIKoZIzj0EAwIw\n"                           \
    "FjEUMBIGA1UEAwwLc2VsZiBzaWduZWQwIBcNMjAwMTAxMDAwMDAwWhgPMjA5OTEy\n"                           \
    "MzEwMDAwMDBaMBYxFDASBgNVBAMMC3NlbGYgc2lnbmVkMFkwEwYHKoZIzj0CAQYI\n"                           \
    "KoZIzj0DAQcDQgAE0oQKt4GeKDZSeJR87eNB2ID3yo60PET7xQZkw9RIJOZdyo8l\n"                           \
    "KLXgLWGX2GUiV6MeEvAOEI4X2j8CsHeqjLCoAqM5MDcwFgYDVR0RBA8wDYILc2Vy\n"                           \
    "dmVyLnRlc3QwHQYDVR0OBBYEFCjeRZw7hwpXMAZY9JaW77v1EsW4MAoGCCqGSM49\n"                           \
    "BAMCA0cAMEQCICj//6vSsqhW3RLTe6+aWQh+3Mvpg8uf+afy70U5BPAHAiBngt5y\n"                           \
    "1RQT092QXgc0kcY1ZsEMxouAcAWpw61ROz9uaQ==\n"                                                   \
    "-----END CERTIFICATE-----\n"

#endif
