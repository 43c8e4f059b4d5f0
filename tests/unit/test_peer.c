/* SPDX-License-Identifier: MIT */
/* The user at the other end of a connection from this machine. */
#include "rows.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "net/address.h"
#include "net/peer.h"

/* listening: where; connecting: with a socket of this family, to that address or to its form in
 * IPv6. */
static const struct {
    const char *name;
    const char *listening;
    const char *connecting;
} rows[] = {
    {"IPv4", "127.0.0.1:0", NULL},
    {"another loopback address", "127.9.8.7:0", NULL},
    {"IPv6", "[::1]:0", NULL},
    {"IPv4 through an IPv6 socket", "127.0.0.1:0", "[::ffff:127.0.0.1]:1"},
};

static int connect_to(const struct address *address)
{
    int fd = socket(address->at.any.sa_family, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, &address->at.any, address->len), 0);
    return fd;
}

static void finds_the_user(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct address address;
        struct address mapped;
        struct err err;
        uid_t user = 12345;
        assert_int_equal(address_parse(&address, rows[i].listening, &err), 0);
        int listener = socket(address.at.any.sa_family, SOCK_STREAM, 0);
        assert_int_equal(bind(listener, &address.at.any, address.len), 0);
        assert_int_equal(listen(listener, 8), 0);
        assert_int_equal(getsockname(listener, &address.at.any, &address.len), 0);
        mapped = address;
        if (rows[i].connecting != NULL) {
            assert_int_equal(address_parse(&mapped, rows[i].connecting, &err), 0);
            mapped.at.v6.sin6_port = address.at.v4.sin_port;
        }
        int client = connect_to(&mapped);
        int accepted = accept(listener, NULL, NULL);
        row_true(rows[i].name, peer_find_user(accepted, &user));
        row_int(rows[i].name, user, geteuid());
        /* Of an orphaned socket the kernel may report user 0. */
        close(client);
        row_true(rows[i].name, !peer_find_user(accepted, &user));
        close(accepted);
        close(listener);
    }
}

static void not_a_connection(void **state)
{
    uid_t user = 0;
    (void)state;
    assert_false(peer_find_user(STDIN_FILENO, &user));
    assert_false(peer_find_user(-1, &user));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_user),
        cmocka_unit_test(not_a_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
