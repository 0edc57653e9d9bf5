/* multiaddr: text, binary form, sockets */
#include "common/libp2p/multiformats/multiaddr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "tests/unit/support/vectors.h"

#define ALICE "12D3KooWPqT2nMDSiXUSx5D7fasaxhxKigVhcqfkKqrLghCq9jxz"

static void
check_valid(const json_t *entry, const char *canonical)
{
	struct bytes binary = vectors_hex(entry, "hex");
	char text[MULTIADDR_TEXT_SIZE];
	struct multiaddr parsed, decoded;

	print_message("%s\n", vectors_text(entry, "text"));
	assert_int_equal(
	    multiaddr_parse(vectors_text(entry, "text"), &parsed), 0);
	assert_true(bytes_equal(multiaddr_bytes(&parsed), binary));
	assert_int_equal(multiaddr_decode(binary, &decoded), 0);
	assert_true(multiaddr_equal(&parsed, &decoded));
	multiaddr_print(&decoded, text);
	assert_string_equal(text, vectors_text(entry, canonical));
}

static void
test_valid(void **state)
{
	json_t *root = vectors_load("multiaddr"), *entry;
	size_t i;

	(void)state;
	json_array_foreach(vectors_get(root, "valid"), i, entry)
	    check_valid(entry, "canonical_text");
	json_array_foreach(vectors_get(root, "valid_alternate_text"), i, entry)
	    check_valid(entry, "canonical");
}

static void
test_truncated(void **state)
{
	json_t *entry;
	size_t i, k;

	(void)state;
	json_array_foreach(
	    vectors_get(vectors_load("multiaddr"), "valid"), i, entry)
	{
		struct bytes whole = vectors_hex(entry, "hex");

		for (k = 0; k < whole.len; k++) {
			char text[MULTIADDR_TEXT_SIZE];
			struct multiaddr address, back;

			/* A shorter one may end between two components. */
			if (multiaddr_decode(
				(struct bytes){ whole.data, k }, &address) < 0)
				continue;
			multiaddr_print(&address, text);
			assert_int_equal(multiaddr_parse(text, &back), 0);
			assert_true(multiaddr_equal(&address, &back));
		}
	}
}

static void
test_invalid_vectors(void **state)
{
	json_t *root = vectors_load("multiaddr"), *entry;
	struct multiaddr address;
	size_t i;

	(void)state;
	json_array_foreach(vectors_get(root, "invalid_text"), i, entry)
	{
		print_message("%s\n", vectors_text(entry, "why"));
		assert_int_equal(
		    multiaddr_parse(vectors_text(entry, "text"), &address),
		    -EINVAL);
	}
	json_array_foreach(vectors_get(root, "invalid_binary"), i, entry)
	{
		print_message("%s\n", vectors_text(entry, "why"));
		assert_int_equal(
		    multiaddr_decode(vectors_hex(entry, "hex"), &address),
		    -EINVAL);
	}
}

/* clang-format off */
static const struct { const char *name, *text; } bad_texts[] = {
	{ "slash alone", "/" },
	{ "two slashes in front", "//ip4/1.2.3.4" },
	{ "two slashes behind", "/ip4/1.2.3.4//" },
	{ "empty value", "/ip4//tcp/1" },
	{ "short octets", "/ip4/1.2.3" },
	{ "zone in the address", "/ip6/fe80::1%eth0/tcp/1" },
	{ "port with a sign", "/ip4/1.2.3.4/tcp/+1" },
	{ "port with a space", "/ip4/1.2.3.4/tcp/ 1" },
	{ "huge port", "/ip4/1.2.3.4/tcp/18446744073709551617" },
	{ "name with a space", "/dns/a b/tcp/1" },
	{ "name with a newline", "/dns/a\nb/tcp/1" },
	{ "name that is not ASCII", "/dns/\xc3\xa9/tcp/1" },
	{ "prefix length", "/ip4/10.0.0.0/ipcidr/256" },
	{ "upper case protocol", "/IP4/1.2.3.4" },
	{ "certificate hash that is none", "/certhash/uAAAA" },
	{ "certificate hash without base", "/certhash/EiAHBw" },
	{ "unix socket", "/unix/tmp/x" },
	{ "17 components",
	  "/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws" },
};

static const struct { const char *name, *hex; } bad_binaries[] = {
	{ "memory: not an address for us", "8906020000000000" },
	{ "component cut after its code", "047f00000106" },
	{ "name with a slash", "3503612f62" },
	{ "name with a NUL", "3503610062" },
	{ "name with a newline", "3503610a62" },
	{ "length not in the shortest form", "35830061622e" },
	{ "certificate hash with a byte too much", "d203041202616262" },
	{ "peer id of no known hash", "a503041102ffff" },
	{ "17 components",
	  "dd03dd03dd03dd03dd03dd03dd03dd03dd03dd03dd03dd03dd03dd03dd03dd03dd03"
	},
	{ "huge length", "35ffffffffffffffff7f61" },
};
/* clang-format on */

static void
test_bad(void **state)
{
	struct multiaddr address;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad_texts); i++) {
		print_message("%s\n", bad_texts[i].name);
		assert_int_equal(
		    multiaddr_parse(bad_texts[i].text, &address), -EINVAL);
	}
	for (i = 0; i < ARRAY_SIZE(bad_binaries); i++) {
		json_t *hex = json_string(bad_binaries[i].hex);

		print_message("%s\n", bad_binaries[i].name);
		assert_int_equal(
		    multiaddr_decode(vectors_hex_of(hex), &address), -EINVAL);
		json_decref(hex);
	}
}

/* clang-format off */
static const struct { const char *text, *want; } ip6_texts[] = {
	{ "/ip6/::ffff:192.0.2.1", "/ip6/::ffff:192.0.2.1" },
	{ "/ip6/::1:2", "/ip6/::1:2" },
	{ "/ip6/::1.2.3.4", "/ip6/::102:304" },
	{ "/ip6/::2", "/ip6/::2" },
	{ "/ip6/1:0:0:2:0:0:0:3", "/ip6/1:0:0:2::3" },
	{ "/ip6/1:0:2:3:4:5:6:7", "/ip6/1:0:2:3:4:5:6:7" },
};
/* clang-format on */

static void
test_ip6_texts(void **state)
{
	char text[MULTIADDR_TEXT_SIZE];
	struct multiaddr address;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ip6_texts); i++) {
		assert_int_equal(
		    multiaddr_parse(ip6_texts[i].text, &address), 0);
		multiaddr_print(&address, text);
		assert_string_equal(text, ip6_texts[i].want);
	}
}

/* The longest texts that 256 bytes can have */
static void
test_longest_texts(void **state)
{
	static const char *const parts[] = {
		"/ip6/1111:2222:3333:4444:5555:6666:7777:8888",
		"/p2p-websocket-star",
		"/udp/65535",
	};
	char text[MULTIADDR_TEXT_SIZE], back[MULTIADDR_TEXT_SIZE];
	struct multiaddr address;
	size_t i, count, len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		text[0] = '\0';
		for (count = 0, len = 0; count < MULTIADDR_COMPONENTS_MAX;
		     count++) {
			snprintf(
			    text + len, sizeof(text) - len, "%s", parts[i]);
			if (multiaddr_parse(text, &address) < 0) {
				text[len] = '\0'; /* over 256 bytes */
				break;
			}
			len = strlen(text);
		}
		assert_int_equal(multiaddr_parse(text, &address), 0);
		multiaddr_print(&address, back);
		assert_string_equal(back, text);
	}
}

/* --- sockets ------------------------------------------------------------ */

/* clang-format off */
static const struct {
	const char *name, *text;
	int family; /* 0: not for sockets */
	const char *address;
	uint16_t port;
	uint32_t scope;
	bool has_peer;
} sockets[] = {
	{ "ip4", "/ip4/192.0.2.1/tcp/4001", AF_INET, "192.0.2.1", 4001, 0, 0 },
	{ "ip4 of a peer", "/ip4/192.0.2.1/tcp/4001/p2p/" ALICE, AF_INET,
	  "192.0.2.1", 4001, 0, true },
	{ "ip6", "/ip6/2001:db8::1/tcp/1", AF_INET6, "2001:db8::1", 1, 0, 0 },
	{ "ip6 of a peer", "/ip6/::1/tcp/65535/p2p/" ALICE, AF_INET6, "::1",
	  65535, 0, true },
	{ "zone by number", "/ip6zone/7/ip6/fe80::1/tcp/1", AF_INET6,
	  "fe80::1", 1, 7, 0 },
	{ "zone by name", "/ip6zone/lo/ip6/fe80::1/tcp/1", AF_INET6,
	  "fe80::1", 1, 1, 0 },
	{ "zone that is not here", "/ip6zone/nosuch0/ip6/fe80::1/tcp/1", 0,
	  NULL, 0, 0, 0 },
	{ "zone with a long name",
	  "/ip6zone/interface-of-somebody-else/ip6/fe80::1/tcp/1", 0, NULL, 0,
	  0, 0 },
	{ "zone before ip4", "/ip6zone/1/ip4/1.2.3.4/tcp/1", 0, NULL, 0, 0,
	  0 },
	{ "no port", "/ip4/1.2.3.4", 0, NULL, 0, 0, 0 },
	{ "no address", "/tcp/1", 0, NULL, 0, 0, 0 },
	{ "peer alone", "/p2p/" ALICE, 0, NULL, 0, 0, 0 },
	{ "udp", "/ip4/1.2.3.4/udp/1/quic-v1", 0, NULL, 0, 0, 0 },
	{ "websocket", "/ip4/1.2.3.4/tcp/1/ws", 0, NULL, 0, 0, 0 },
	{ "tls", "/ip4/1.2.3.4/tcp/1/tls/p2p/" ALICE, 0, NULL, 0, 0, 0 },
	{ "relay", "/ip4/1.2.3.4/tcp/1/p2p/" ALICE "/p2p-circuit", 0, NULL, 0,
	  0, 0 },
	{ "two peers", "/ip4/1.2.3.4/tcp/1/p2p/" ALICE "/p2p/" ALICE, 0, NULL,
	  0, 0, 0 },
	{ "name", "/dns4/example.com/tcp/1", 0, NULL, 0, 0, 0 },
	{ "both addresses", "/ip6/::1/ip4/1.2.3.4/tcp/1", 0, NULL, 0, 0, 0 },
};
/* clang-format on */

static void
check_sockaddr(size_t i, const struct sockaddr_storage *storage, socklen_t len)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)storage;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)storage;
	char text[INET6_ADDRSTRLEN];
	bool is_ip4 = sockets[i].family == AF_INET;

	assert_int_equal(storage->ss_family, sockets[i].family);
	assert_int_equal(len, is_ip4 ? sizeof(*in) : sizeof(*in6));
	inet_ntop(sockets[i].family,
	    is_ip4 ? (const void *)&in->sin_addr
		   : (const void *)&in6->sin6_addr,
	    text, sizeof(text));
	assert_string_equal(text, sockets[i].address);
	assert_int_equal(
	    ntohs(is_ip4 ? in->sin_port : in6->sin6_port), sockets[i].port);
	if (!is_ip4)
		assert_int_equal(in6->sin6_scope_id, sockets[i].scope);
}

static void
check_way_back(size_t i, const struct sockaddr_storage *storage,
    const struct peer_id *peer)
{
	struct multiaddr want, got;

	/* The zone of a scope is not put in: it means nothing elsewhere. */
	if (sockets[i].scope != 0)
		return;
	assert_int_equal(multiaddr_parse(sockets[i].text, &want), 0);
	assert_int_equal(
	    multiaddr_of_sockaddr((const struct sockaddr *)storage, &got), 0);
	if (sockets[i].has_peer)
		assert_int_equal(multiaddr_append_peer(&got, peer), 0);
	assert_true(multiaddr_equal(&want, &got));
}

static void
test_sockets(void **state)
{
	struct peer_id alice;
	size_t i;

	(void)state;
	assert_int_equal(peer_id_parse(ALICE, &alice), 0);
	for (i = 0; i < ARRAY_SIZE(sockets); i++) {
		struct sockaddr_storage storage;
		struct multiaddr address;
		struct peer_id peer;
		socklen_t len;
		int rc;

		print_message("%s\n", sockets[i].name);
		assert_int_equal(multiaddr_parse(sockets[i].text, &address), 0);
		rc = multiaddr_to_sockaddr(&address, &storage, &len, &peer);
		if (sockets[i].family == 0) {
			assert_int_equal(rc, -EPROTONOSUPPORT);
			continue;
		}
		assert_int_equal(rc, 0);
		check_sockaddr(i, &storage, len);
		assert_int_equal(
		    peer_id_equal(&peer, &alice), sockets[i].has_peer);
		assert_int_equal(peer.len != 0, sockets[i].has_peer);
		check_way_back(i, &storage, &peer);
	}
}

static void
test_mapped(void **state)
{
	struct sockaddr_in6 mapped = { .sin6_family = AF_INET6,
		.sin6_port = htons(80) };
	struct sockaddr other = { .sa_family = AF_UNIX };
	char text[MULTIADDR_TEXT_SIZE];
	struct multiaddr address;

	(void)state;
	inet_pton(AF_INET6, "::ffff:192.0.2.7", &mapped.sin6_addr);
	assert_int_equal(
	    multiaddr_of_sockaddr((struct sockaddr *)&mapped, &address), 0);
	multiaddr_print(&address, text);
	assert_string_equal(text, "/ip4/192.0.2.7/tcp/80");
	assert_int_equal(
	    multiaddr_of_sockaddr(&other, &address), -EAFNOSUPPORT);
}

/* --- the peer at the end ------------------------------------------------ */

/* clang-format off */
static const struct { const char *text; bool want; const char *rest; } ends[] = {
	{ "/ip4/1.2.3.4/tcp/1/p2p/" ALICE, true, "/ip4/1.2.3.4/tcp/1" },
	{ "/p2p/" ALICE, true, "" },
	{ "/ip4/1.2.3.4/tcp/1", false, "/ip4/1.2.3.4/tcp/1" },
	{ "/p2p/" ALICE "/p2p-circuit", false, "/p2p/" ALICE "/p2p-circuit" },
	{ "/p2p/" ALICE "/p2p-circuit/p2p/" ALICE, true,
	  "/p2p/" ALICE "/p2p-circuit" },
};
/* clang-format on */

static void
test_take_peer(void **state)
{
	struct peer_id alice, peer;
	size_t i;

	(void)state;
	assert_int_equal(peer_id_parse(ALICE, &alice), 0);
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		char text[MULTIADDR_TEXT_SIZE];
		struct multiaddr address;

		assert_int_equal(multiaddr_parse(ends[i].text, &address), 0);
		assert_int_equal(
		    multiaddr_take_peer(&address, &peer), ends[i].want);
		if (ends[i].want)
			assert_true(peer_id_equal(&peer, &alice));
		multiaddr_print(&address, text);
		assert_string_equal(text, ends[i].rest);
	}
}

static void
test_append_peer(void **state)
{
	struct multiaddr address = { 0 };
	struct peer_id alice;
	size_t count = 0, before = 0;

	(void)state;
	assert_int_equal(peer_id_parse(ALICE, &alice), 0);
	while (multiaddr_append_peer(&address, &alice) == 0) {
		count++;
		before = address.len;
	}
	assert_int_equal(count, MULTIADDR_MAX / 41);
	assert_int_equal(address.len, before); /* unchanged by the failure */
	assert_int_equal(
	    multiaddr_parse(
		"/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws", &address),
	    0);
	assert_int_equal(multiaddr_append_peer(&address, &alice), -ENOBUFS);
}

static void
test_circuits(void **state)
{
	static const char relay_text[] = "/ip4/45.77.1.10/tcp/4001",
			  id_text[] =
			      "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHW"
			      "mweQAJU5SA";
	struct multiaddr relay, circuit, back;
	char text[MULTIADDR_TEXT_SIZE], wanted[MULTIADDR_TEXT_SIZE];
	struct peer_id id, back_id;

	(void)state;
	assert_int_equal(multiaddr_parse(relay_text, &relay), 0);
	assert_int_equal(peer_id_parse(id_text, &id), 0);
	assert_int_equal(multiaddr_make_circuit(&relay, &id, &circuit), 0);
	multiaddr_print(&circuit, text);
	snprintf(wanted, sizeof(wanted), "%s/p2p/%s/p2p-circuit", relay_text,
	    id_text);
	assert_string_equal(text, wanted);
	assert_true(multiaddr_is_circuit(&circuit));
	assert_true(multiaddr_take_circuit(&circuit, &back, &back_id));
	assert_true(multiaddr_equal(&back, &relay));
	assert_true(peer_id_equal(&back_id, &id));
	assert_false(multiaddr_is_circuit(&relay));
	/* Not without the relay's id, and not with the target behind it. */
	assert_int_equal(
	    multiaddr_parse("/ip4/1.2.3.4/tcp/1/p2p-circuit", &back), 0);
	assert_false(multiaddr_is_circuit(&back));
	assert_int_equal(multiaddr_append_peer(&circuit, &id), 0);
	assert_false(multiaddr_is_circuit(&circuit));
	assert_true(multiaddr_take_peer(&circuit, &back_id));
	assert_true(multiaddr_is_circuit(&circuit));
}

static void
test_port(void **state)
{
	static const char *const cases[][2] = {
		{ "/ip4/45.77.1.10/tcp/4001", "/ip4/45.77.1.10/tcp/9" },
		{ "/ip6/2a05:f480::1/tcp/4001", "/ip6/2a05:f480::1/tcp/9" },
	};
	struct multiaddr address, moved;
	char text[MULTIADDR_TEXT_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_int_equal(multiaddr_parse(cases[i][0], &address), 0);
		assert_int_equal(multiaddr_port(&address), 4001);
		assert_int_equal(multiaddr_with_port(&address, 9, &moved), 0);
		multiaddr_print(&moved, text);
		assert_string_equal(text, cases[i][1]);
	}
	assert_int_equal(
	    multiaddr_parse("/ip4/45.77.1.10/udp/4001", &address), 0);
	assert_int_equal(multiaddr_port(&address), 0);
	assert_int_equal(
	    multiaddr_with_port(&address, 9, &moved), -EPROTONOSUPPORT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_circuits),
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_invalid_vectors),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_ip6_texts),
		cmocka_unit_test(test_longest_texts),
		cmocka_unit_test(test_sockets),
		cmocka_unit_test(test_mapped),
		cmocka_unit_test(test_take_peer),
		cmocka_unit_test(test_append_peer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
