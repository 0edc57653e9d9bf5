#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "goopd/port_mapper/upnp_message.h"

#define BASE "http://192.168.1.1:5000/desc/root.xml"

/* Whatever a router names, we go to the router. */
static void
test_urls(void **state)
{
	static const struct {
		const char *url, *wanted; /* NULL: refused */
	} cases[] = {
		{ "http://192.168.1.1:5000/ctl",
		    "http://192.168.1.1:5000/ctl" },
		{ "http://127.0.0.1:631/admin",
		    "http://192.168.1.1:631/admin" },
		{ "http://[::1]:80/", "http://192.168.1.1:80/" },
		{ "http://evil.example/x", "http://192.168.1.1/x" },
		{ "HTTP://8.8.8.8", "http://192.168.1.1" },
		{ "/ctl/IPConn", "http://192.168.1.1:5000/ctl/IPConn" },
		{ "ctl/IPConn", "http://192.168.1.1:5000/ctl/IPConn" },
		{ "https://192.168.1.1/", NULL },
		{ "file:///etc/passwd", NULL },
		{ "http://user@evil.example/", "http://192.168.1.1/" },
		{ "http://[::1", NULL },
		{ "http://[::1].evil.example:80/", NULL },
		{ "http://192.168.1.1:80.evil.example/", NULL },
		{ "http://192.168.1.1:80@evil.example/", NULL },
		{ "", NULL },
		{ "http://192.168.1.1/a b", NULL },
		{ "http://192.168.1.1/\r\nX: y", NULL },
		{ "http://192.168.1.1/"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		    NULL },
	};
	char got[MAPPING_LOCATION_SIZE];
	struct in6_addr router;
	size_t i;

	(void)state;
	assert_int_equal(mapping_address_parse("192.168.1.1", &router), 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int rc = upnp_url_at(&router, BASE, cases[i].url, got);

		if ((rc == 0) != (cases[i].wanted != NULL) ||
		    (rc == 0 && strcmp(got, cases[i].wanted) != 0))
			fail_msg("%s: %d %s", cases[i].url, rc, got);
	}
	assert_int_equal(upnp_url_at(&router, NULL, "/relative", got), -EINVAL);
	assert_int_equal(mapping_address_parse("2a05:f480:1::1", &router), 0);
	assert_int_equal(
	    upnp_url_at(&router, NULL, "http://[fe80::1%eth0]:5000/a", got), 0);
	assert_string_equal(got, "http://[2a05:f480:1::1]:5000/a");
}

static void
test_hosts(void **state)
{
	static const struct {
		const char *url, *wanted; /* NULL: none */
	} cases[] = {
		{ "http://192.168.1.1:5000/", "192.168.1.1" },
		{ "http://192.168.1.1", "192.168.1.1" },
		{ "http://[2a05:f480::1]:80/", "2a05:f480::1" },
		{ "http://[fe80::1%3]/", "fe80::1" },
		{ "http://router.example/", NULL },
		{ "http://[]/", NULL },
		{ "http://", NULL },
		{ "ftp://192.168.1.1/", NULL },
	};
	char got[INET6_ADDRSTRLEN];
	struct in6_addr address;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool has_host = upnp_url_host(cases[i].url, &address);

		assert_int_equal(has_host, cases[i].wanted != NULL);
		if (!has_host)
			continue;
		mapping_address_print(&address, got);
		assert_string_equal(got, cases[i].wanted);
	}
}

static struct bytes
repeat(const char *head, const char *piece, int count, const char *tail)
{
	static char text[2 * UPNP_DESCRIPTION_MAX];
	size_t len = (size_t)snprintf(text, sizeof(text), "%s", head);

	while (count-- > 0)
		len += (size_t)snprintf(
		    text + len, sizeof(text) - len, "%s", piece);
	len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", tail);
	return (struct bytes){ (const uint8_t *)text, len };
}

static void
test_descriptions(void **state)
{
	static const struct {
		const char *xml;
		int wanted;
	} cases[] = {
		{ "<?xml version=\"1.0\"?><root a='>'><b/><!-- < --></root>",
		    0 },
		{ "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", -EBADMSG },
		{ "<a><![CDATA[x]]></a>", -EBADMSG },
		{ "<a></a></a>", -EBADMSG },
		{ "<a><b></a>", -EBADMSG },
		{ "<a href=\"", -EBADMSG },
		{ "no xml", -EBADMSG },
		{ "", -EBADMSG },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (upnp_description_check(bytes_of(cases[i].xml)) !=
		    cases[i].wanted)
			fail_msg("%s", cases[i].xml);
	assert_int_equal(
	    upnp_description_check(repeat("", "<a>", 17, "")), -EMSGSIZE);
	assert_int_equal(
	    upnp_description_check(repeat("<a>", "<b/>", 256, "</a>")),
	    -EMSGSIZE);
	assert_int_equal(
	    upnp_description_check(repeat("<a>", "long text ", 6600, "</a>")),
	    -EMSGSIZE);
	assert_int_equal(
	    upnp_description_check(repeat("<a>", "<b/>", 255, "</a>")), 0);
}

static void
test_tries(void **state)
{
	struct upnp_try try = { .external_port = 4001, .lifetime_s = 3600 };
	uint16_t first;

	(void)state;
	/* only for good: the port stays */
	assert_true(upnp_try_next(&try, 725, 4001));
	assert_int_equal(try.lifetime_s, 0);
	assert_int_equal(try.external_port, 4001);
	assert_false(upnp_try_next(&try, 725, 4001));
	/* taken: others, the same ones each time */
	assert_true(upnp_try_next(&try, 718, 4001));
	first = try.external_port;
	assert_true(first >= UPNP_PORT_MIN);
	assert_true(upnp_try_next(&try, 718, 4001));
	assert_true(upnp_try_next(&try, 718, 4001));
	assert_int_not_equal(try.external_port, first);
	assert_false(upnp_try_next(&try, 718, 4001));
	try = (struct upnp_try){ .external_port = 4001 };
	assert_true(upnp_try_next(&try, 718, 4001));
	assert_int_equal(try.external_port, first);
	/* both ports must be equal: once */
	assert_true(upnp_try_next(&try, 724, 4001));
	assert_int_equal(try.external_port, 4001);
	assert_false(upnp_try_next(&try, 724, 4001));
	assert_false(upnp_try_next(&try, 718, 4001));
	/* what is refused is refused */
	try = (struct upnp_try){ .external_port = 4001 };
	assert_false(upnp_try_next(&try, 606, 4001));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_descriptions),
		cmocka_unit_test(test_tries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
