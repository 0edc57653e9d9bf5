#include "tests/unit/support/own_network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sched.h>
#include <string.h>

bool
own_network_enter(void)
{
	/* root needs no user namespace, and in a chroot gets none */
	if (unshare(CLONE_NEWNET) == 0 ||
	    unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)
		return true;
	print_message(
	    "# SKIP no network namespace here: %s\n", strerror(errno));
	return false;
}
