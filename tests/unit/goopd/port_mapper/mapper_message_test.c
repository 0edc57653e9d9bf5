#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "goopd/port_mapper/mapper_message.h"

struct scene {
	int job, mapper;
};

static int
set_up(void **state)
{
	static struct scene scene;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair) == -1)
		return -1;
	scene = (struct scene){ pair[0], pair[1] };
	*state = &scene;
	return 0;
}

static int
tear_down(void **state)
{
	struct scene *scene = *state;

	close(scene->job);
	close(scene->mapper);
	return 0;
}

static void
test_answer(void **state)
{
	struct scene *scene = *state;
	struct mapping_answer said = {
		.verdict = MAPPING_GRANTED,
		.protocol = MAPPING_UPNP,
		.network.interface = 3,
		.external_port = 4002,
		.lifetime_s = 3600,
		.has_epoch = true,
		.epoch_s = UINT32_MAX,
		.location = "http://192.168.1.1:5000/root.xml",
		.pinhole = "17",
	};
	struct mapping_answer heard = { 0 };

	mapping_address_parse("45.77.5.10", &said.external);
	mapping_address_parse("192.168.1.1", &said.network.gateway);
	mapping_address_parse("2a05:f480::2", &said.network.own);
	assert_int_equal(mapper_answer_receive(scene->mapper, &heard), -EAGAIN);
	assert_int_equal(mapper_answer_send(scene->job, &said), 0);
	assert_int_equal(mapper_answer_receive(scene->mapper, &heard), 0);
	assert_int_equal(heard.verdict, said.verdict);
	assert_int_equal(heard.protocol, said.protocol);
	assert_true(mapping_network_equal(&heard.network, &said.network));
	assert_true(mapping_address_equal(&heard.external, &said.external));
	assert_int_equal(heard.external_port, 4002);
	assert_int_equal(heard.lifetime_s, 3600);
	assert_int_equal(heard.epoch_s, UINT32_MAX);
	assert_string_equal(heard.location, said.location);
	assert_string_equal(heard.pinhole, said.pinhole);
}

/* A job may have become anybody's. */
static void
test_answers_without_sense(void **state)
{
	static const struct mapper_result granted = {
		.verdict = MAPPING_GRANTED,
		.protocol = MAPPING_PCP,
		.external = "45.77.5.10",
		.external_port = 4002,
	};
	struct mapper_result cases[] = { granted, granted, granted, granted };
	struct scene *scene = *state;
	struct mapping_answer answer;
	size_t i;

	cases[0].external_port = 0;
	cases[1].external = NULL;
	cases[2].external = "router.example";
	cases[3].protocol = MAPPING_NO_PROTOCOL;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(mapper_message_send(scene->job,
				     &mapper_result_message, &cases[i]),
		    0);
		assert_int_equal(
		    mapper_answer_receive(scene->mapper, &answer), -EBADMSG);
	}
	assert_int_equal(write(scene->job, "\xc1", 1), 1);
	assert_int_equal(
	    mapper_answer_receive(scene->mapper, &answer), -EBADMSG);
	shutdown(scene->job, SHUT_RDWR);
	assert_int_equal(mapper_answer_receive(scene->mapper, &answer), -EPIPE);
}

static void
test_report(void **state)
{
	struct port_policy policies[MAPPER_FAMILIES] = {
		{ .state = PORT_MAPPED,
		    .last = { .protocol = MAPPING_PCP,
			.external_port = 4002 } },
		{ .is_ipv6 = true,
		    .state = PORT_FAILED,
		    .last = { .verdict = MAPPING_NOT_ANSWERED } },
	};
	struct mapper_report report;
	struct reach_mapping *rows;

	(void)state;
	mapping_address_parse("45.77.5.10", &policies[0].last.external);
	policies[0].lease_end = monotime_add_ms((struct monotime){ 0 }, 90000);
	mapper_report_make(policies, (struct monotime){ 0 }, &report);
	rows = report.rows.items;
	assert_string_equal(report.state, "mapped");
	assert_int_equal(report.rows.count, 1);
	assert_string_equal(rows[0].protocol, "pcp");
	assert_string_equal(rows[0].outside, "/ip4/45.77.5.10/tcp/4002");
	assert_int_equal(rows[0].left_ms, 90000);
	assert_null(rows[0].error);
	message_fini(&mapper_report_message, &report);
	/* and when it has failed */
	policies[0].state = PORT_FAILED;
	policies[0].last.verdict = MAPPING_NO_PUBLIC_ADDRESS;
	mapper_report_make(policies, (struct monotime){ 0 }, &report);
	rows = report.rows.items;
	assert_string_equal(report.state, "none");
	assert_non_null(strstr(rows[0].error, "double NAT"));
	message_fini(&mapper_report_message, &report);
	/* no router: nothing to say */
	policies[0].last.verdict = MAPPING_NO_ROUTER;
	mapper_report_make(policies, (struct monotime){ 0 }, &report);
	assert_int_equal(report.rows.count, 0);
	message_fini(&mapper_report_message, &report);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_answers_without_sense, set_up, tear_down),
		cmocka_unit_test(test_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
