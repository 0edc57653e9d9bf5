#include "goopd/goopd_state.h"

#include <stdio.h>

#include "goopd/data/store/store.h"
#include "proto/goopd_ops.h"

enum { ADDRESSES_MAX = GOOP_ADDRESSES_MAX };

void
goopd_addresses(const struct goopd *goopd, struct strings *ret)
{
	struct multiaddr addresses[ADDRESSES_MAX];
	char text[MULTIADDR_TEXT_SIZE];
	size_t count, i;

	count = host_addresses(goopd->host, false, addresses, ADDRESSES_MAX);
	for (i = 0; i < count; i++) {
		multiaddr_print(&addresses[i], text);
		strings_add(ret, text);
	}
}

void
goopd_show_status(struct goopd *goopd)
{
	const char *trouble = store_trouble(goopd->store);
	char reach[REACH_STATUS_SIZE] = "";

	if (goopd->host == NULL)
		return; /* it is still starting */
	if (goopd->reach != NULL)
		reach_print_status(goopd->reach, reach);
	daemon_set_status(goopd->context,
	    "listening on TCP %u, %u peer%s connected%s%s%s%s",
	    host_port(goopd->host), goopd->peers, goopd->peers == 1 ? "" : "s",
	    reach[0] != '\0' ? ", " : "", reach,
	    trouble != NULL ? "; the database cannot be used: " : "",
	    trouble != NULL ? trouble : "");
}

void
goopd_set_email(struct goopd *goopd, const char *email)
{
	snprintf(goopd->email, sizeof(goopd->email), "%s",
	    email != NULL ? email : "");
}
