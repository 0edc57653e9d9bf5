#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/array.h"
#include "goop-discoveryd/discovery_handlers.h"
#include "goop-relayd/relay_handlers.h"
#include "goop-rendezvousd/rendezvous_handlers.h"
#include "goopd/handlers.h"
#include "tests/unit/support/all_ops.h"

/* clang-format off */
#define OP_ROW(number_, name_, request_, reply_, callers_) &op_##name_,
#define EVENT_ROW(number_, name_, message_) &event_##name_,
static const struct op *const all_ops[] = { ALL_OPS(OP_ROW) };
static const struct op *const all_events[] = { ALL_EVENTS(EVENT_ROW) };

/* What a daemon must answer, and its table. goop2's is private to it, and made
 * by the same macro. */
static const struct bus_handler frame_handlers[] = BUS_HANDLERS(NO_OPS);
static const struct {
	const char *name;
	const struct bus_handler *handlers;
	const struct op *ops[ARRAY_SIZE(all_ops) + 1];
} daemons[] = {
	{ "each daemon", frame_handlers, { DAEMON_OPS(OP_ROW) } },
	{ "goopd", goopd_handlers, { GOOPD_OPS(OP_ROW) DAEMON_OPS(OP_ROW) } },
	{ "goop-discoveryd", discovery_handlers,
	    { DISCOVERY_OPS(OP_ROW) DAEMON_OPS(OP_ROW) } },
	{ "goop-rendezvousd", rendezvous_handlers,
	    { RENDEZVOUSD_OPS(OP_ROW) DAEMON_OPS(OP_ROW) } },
	{ "goop-relayd", relay_handlers,
	    { RELAYD_OPS(OP_ROW) DAEMON_OPS(OP_ROW) } },
};
/* clang-format on */

static void
check_numbers(const struct op *const *ops, size_t count)
{
	size_t i, k;

	for (i = 0; i < count; i++)
		for (k = 0; k < i; k++)
			if (ops[i]->number == ops[k]->number ||
			    strcmp(ops[i]->name, ops[k]->name) == 0)
				fail_msg("%s and %s have one number or name",
				    ops[i]->name, ops[k]->name);
}

static void
test_numbers_are_unique(void **state)
{
	(void)state;
	check_numbers(all_ops, ARRAY_SIZE(all_ops));
	check_numbers(all_events, ARRAY_SIZE(all_events));
}

static void
test_every_operation_has_callers(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(all_ops); i++) {
		assert_non_null(all_ops[i]->reply);
		if (all_ops[i]->callers == 0 ||
		    all_ops[i]->callers >> OP_CALLERS != 0)
			fail_msg("%s: no program may ask it, or one that does "
				 "not exist",
			    all_ops[i]->name);
	}
	for (i = 0; i < ARRAY_SIZE(all_events); i++)
		assert_null(all_events[i]->reply);
}

static size_t
handlers_of(const struct bus_handler *handler, const struct op *op)
{
	size_t count = 0;

	for (; handler->op != NULL; handler++)
		count += handler->op == op && handler->handle != NULL;
	return count;
}

static void
test_every_operation_has_one_handler(void **state)
{
	size_t i, k, count;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(daemons); i++) {
		for (k = 0; daemons[i].ops[k] != NULL; k++)
			if (handlers_of(
				daemons[i].handlers, daemons[i].ops[k]) != 1)
				fail_msg("%s: %s has not one handler",
				    daemons[i].name, daemons[i].ops[k]->name);
		for (count = 0; daemons[i].handlers[count].op != NULL; count++)
			;
		assert_int_equal(count, k);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_are_unique),
		cmocka_unit_test(test_every_operation_has_callers),
		cmocka_unit_test(test_every_operation_has_one_handler),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
