/* client_address: reading and printing addresses */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "goop-rendezvousd/clients/client_address.h"

/* clang-format off */
static const struct { const char *name, *in, *want, *network; } texts[] = {
	{ "IPv4", "192.0.2.1", "192.0.2.1", "192.0.2.1" },
	{ "mapped", "::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1" },
	{ "mapped, in hex", "::ffff:c000:201", "192.0.2.1", "192.0.2.1" },
	{ "IPv6", "2001:DB8::1:0:0:1", "2001:db8::1:0:0:1", "2001:db8::" },
	{ "of one /64", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::" },
	{ "with a zone", "fe80::1%eth0", NULL, NULL },
	{ "with a port", "192.0.2.1:80", NULL, NULL },
	{ "short", "192.0.2", NULL, NULL },
	{ "octal", "192.0.2.01", NULL, NULL },
	{ "a name", "localhost", NULL, NULL },
	{ "nothing", "", NULL, NULL },
	{ "long", "1111111111111111111111111111111111111111111111111111", NULL, NULL },
};
/* clang-format on */

static void
reads_and_prints(void **state)
{
	char text[CLIENT_ADDRESS_TEXT_SIZE];
	struct client_address address, network;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		print_message("case: %s\n", texts[i].name);
		if (texts[i].want == NULL) {
			assert_int_equal(client_address_parse(
					     bytes_of(texts[i].in), &address),
			    -EINVAL);
			continue;
		}
		assert_int_equal(
		    client_address_parse(bytes_of(texts[i].in), &address), 0);
		client_address_print(&address, text);
		assert_string_equal(text, texts[i].want);
		network = client_address_network(&address);
		client_address_print(&network, text);
		assert_string_equal(text, texts[i].network);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_prints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
