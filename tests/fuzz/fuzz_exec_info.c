/* SPDX-License-Identifier: MIT */
/* KUBERNETES_EXEC_INFO: what is accepted has a version that is known, which can be set again. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "kube/exec_credential.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char prefix[] = "client.authentication.k8s.io/v1";
    struct fuzz_input input = fuzz_begin(data, len);
    struct exec_info info;
    struct exec_info again;
    struct err err = {0};
    char *text = fuzz_part(&input, NULL);
    if (exec_info_read(text, &info, &err) == 0) {
        FUZZ_CHECK(strncmp(info.api_version, prefix, strlen(prefix)) == 0);
        FUZZ_CHECK(exec_info_set_version(&again, info.api_version, &err) == 0);
        FUZZ_CHECK(strcmp(again.api_version, info.api_version) == 0);
    } else {
        fuzz_check_err(&err);
    }
    free(text);
    return 0;
}
