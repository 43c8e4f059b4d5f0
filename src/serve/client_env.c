/* SPDX-License-Identifier: MIT */
#include "serve/client_env.h"

#include "base/buf.h"
#include "base/percent.h"
#include "net/address.h"
#include "serve/endpoint.h"
#include "serve/profile_list.h"

/* The first address; if that is 0.0.0.0 or [::], loopback with its port. */
static void format_address(const struct address *listening, char out[ADDRESS_TEXT_SIZE])
{
    struct address address = *listening;
    if (address.at.any.sa_family == AF_INET && address.at.v4.sin_addr.s_addr == INADDR_ANY) {
        address.at.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    } else if (address.at.any.sa_family == AF_INET6 &&
               IN6_IS_ADDR_UNSPECIFIED(&address.at.v6.sin6_addr)) {
        address.at.v6.sin6_addr = in6addr_loopback;
    }
    address_format(&address, out);
}

void client_env_add(struct buf *out, const struct endpoint_config *config, const char *token_file)
{
    static const char path_characters[] = "!$&'()*+,;=:@/"; /* RFC 3986, section 3.3 */
    char address[ADDRESS_TEXT_SIZE];
    format_address(&config->addresses[0], address);
    if (token_file != NULL) {
        buf_add_fmt(out, "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://%s/", address);
        if (profile_list_default(config->profiles) < 0) {
            buf_add_str(out, "p/");
            percent_encode(out, config->profiles->entries[0].name, path_characters);
        }
        buf_add_fmt(out, "\nAWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=%s\n", token_file);
    }
    if (config->imds) {
        buf_add_fmt(out, "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://%s\n", address);
    }
}
