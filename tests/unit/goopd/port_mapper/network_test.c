#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "goopd/port_mapper/network.h"

struct message {
	_Alignas(4) uint8_t data[256];
	size_t len;
};

static void
add(struct message *message, uint16_t type, const void *value, size_t len)
{
	struct rtattr head = { (uint16_t)(sizeof(head) + len), type };

	memcpy(message->data + message->len, &head, sizeof(head));
	memcpy(message->data + message->len + sizeof(head), value, len);
	message->len += RTA_ALIGN(sizeof(head) + len);
}

static void
take_route(struct network_search *search, uint8_t last, uint32_t interface,
    uint32_t metric, uint8_t table, uint8_t prefix)
{
	struct rtmsg head = { .rtm_family = AF_INET,
		.rtm_type = RTN_UNICAST,
		.rtm_table = table,
		.rtm_dst_len = prefix };
	struct message message = { .len = NLMSG_ALIGN(sizeof(head)) };
	uint8_t gateway[4] = { 192, 168, 1, last };

	memcpy(message.data, &head, sizeof(head));
	add(&message, RTA_GATEWAY, gateway, sizeof(gateway));
	add(&message, RTA_OIF, &interface, sizeof(interface));
	add(&message, RTA_PRIORITY, &metric, sizeof(metric));
	network_take_route(search, message.data, message.len);
}

static void
test_routes(void **state)
{
	struct network_search search = { 0 };
	char text[INET6_ADDRSTRLEN];

	(void)state;
	take_route(&search, 9, 7, 0, RT_TABLE_LOCAL, 0);
	take_route(&search, 9, 7, 0, RT_TABLE_MAIN, 24);
	assert_int_equal(search.found.interface, 0);
	take_route(&search, 2, 2, 600, RT_TABLE_MAIN, 0);
	take_route(&search, 1, 3, 100, RT_TABLE_MAIN, 0);
	take_route(&search, 9, 4, 200, RT_TABLE_MAIN, 0);
	assert_int_equal(search.found.interface, 3);
	mapping_address_print(&search.found.gateway, text);
	assert_string_equal(text, "192.168.1.1");
}

static void
take_address(struct network_search *search, const char *text, uint32_t index,
    uint32_t flags)
{
	struct ifaddrmsg head = { .ifa_family = AF_INET6,
		.ifa_index = index,
		.ifa_scope = RT_SCOPE_UNIVERSE };
	struct message message = { .len = NLMSG_ALIGN(sizeof(head)) };
	struct in6_addr address;

	memcpy(message.data, &head, sizeof(head));
	assert_int_equal(mapping_address_parse(text, &address), 0);
	add(&message, IFA_ADDRESS, &address, sizeof(address));
	add(&message, IFA_FLAGS, &flags, sizeof(flags));
	network_take_address(search, message.data, message.len);
}

static void
test_addresses(void **state)
{
	struct network_search search = { .is_ipv6 = true,
		.found.interface = 3 };
	char text[INET6_ADDRSTRLEN];

	(void)state;
	take_address(&search, "2a05:f480::1", 2, 0);
	take_address(&search, "fd00::1", 3, 0);
	take_address(&search, "2a05:f480::2", 3, IFA_F_TEMPORARY);
	take_address(&search, "2a05:f480::3", 3, IFA_F_DEPRECATED);
	assert_false(mapping_has(&search.found.own));
	take_address(&search, "2a05:f480::4", 3, IFA_F_PERMANENT);
	take_address(&search, "2a05:f480::5", 3, IFA_F_PERMANENT);
	mapping_address_print(&search.found.own, text);
	assert_string_equal(text, "2a05:f480::4");
}

static void
test_cut_off(void **state)
{
	struct network_search search = { 0 };
	struct rtmsg head = { .rtm_family = AF_INET,
		.rtm_type = RTN_UNICAST,
		.rtm_table = RT_TABLE_MAIN };
	struct message message = { .len = NLMSG_ALIGN(sizeof(head)) };
	uint32_t interface = 3;
	size_t len;

	(void)state;
	memcpy(message.data, &head, sizeof(head));
	add(&message, RTA_OIF, &interface, sizeof(interface));
	for (len = 0; len < message.len; len++)
		network_take_route(&search, message.data, len);
	assert_int_equal(search.found.interface, 0);
	network_take_route(&search, message.data, message.len);
	assert_int_equal(search.found.interface, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
