#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/libp2p/mdns/mdns_interface.h"

static struct mdns_address
ip(const char *text)
{
	struct mdns_address ret = { .family = AF_INET };

	if (strchr(text, ':') != NULL)
		ret.family = AF_INET6;
	assert_int_equal(inet_pton(ret.family, text, ret.ip), 1);
	return ret;
}

static void
add(struct mdns_interface *interface, const char *text, unsigned int bits)
{
	struct mdns_address address = ip(text);

	mdns_interface_add(interface, &address, bits);
}

static bool
announces(const struct mdns_interface *interface, size_t max, const char *text)
{
	struct mdns_interface told = { .count = 0 };
	struct mdns_address address = ip(text);

	told.count = mdns_interface_announced(interface, told.addresses, max);
	assert_true(told.count <= max);
	return mdns_interface_has(&told, &address);
}

/* Aliases of one subnet before the address that others can use. */
static void
test_one_of_each_subnet_first(void **state)
{
	struct mdns_interface interface = { .index = 1 };
	char text[32];
	int i;

	(void)state;
	for (i = 1; i <= 20; i++) {
		snprintf(text, sizeof(text), "10.77.0.%d", i);
		add(&interface, text, 24);
	}
	add(&interface, "10.91.0.4", 24);
	add(&interface, "10.77.1.1", 23); /* its subnet holds 10.77.0 */
	assert_int_equal(interface.count, MDNS_INTERFACE_ADDRESSES_MAX);
	assert_int_equal(interface.subnets, 2);
	assert_true(announces(&interface, 2, "10.77.0.1"));
	assert_true(announces(&interface, 2, "10.91.0.4"));
}

static void
test_both_families_have_a_place(void **state)
{
	struct mdns_interface interface = { .index = 1 };
	char text[32];
	int i;

	(void)state;
	for (i = 1; i <= 12; i++) {
		snprintf(text, sizeof(text), "10.77.%d.1", i);
		add(&interface, text, 24);
	}
	add(&interface, "fe80::1", 64);
	add(&interface, "fd01::1", 64);
	assert_true(announces(&interface, 8, "fd01::1"));
	assert_true(announces(&interface, 8, "10.77.7.1"));
	assert_false(announces(&interface, 8, "10.77.8.1"));
	assert_false(announces(&interface, 16, "fe80::1"));
}

static void
test_link_local_alone(void **state)
{
	struct mdns_interface interface = { .index = 1 };

	(void)state;
	add(&interface, "fe80::1", 64);
	assert_true(announces(&interface, 8, "fe80::1"));
	add(&interface, "192.168.1.2", 24);
	assert_false(announces(&interface, 8, "fe80::1"));
}

/* What is full of subnets takes no more. */
static void
test_full(void **state)
{
	struct mdns_interface interface = { .index = 1 };
	char text[32];
	int i;

	(void)state;
	for (i = 1; i <= 40; i++) {
		snprintf(text, sizeof(text), "10.%d.0.1", i);
		add(&interface, text, 24);
	}
	assert_int_equal(interface.count, MDNS_INTERFACE_ADDRESSES_MAX);
	assert_int_equal(interface.subnets, MDNS_INTERFACE_ADDRESSES_MAX);
	assert_false(announces(&interface, 16, "10.17.0.1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_of_each_subnet_first),
		cmocka_unit_test(test_both_families_have_a_place),
		cmocka_unit_test(test_link_local_alone),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
