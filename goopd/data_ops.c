/* What siblings may ask of databases. */
#include "goopd/goopd.h"

void
goopd_data_ask(struct bus_call *call, const void *request, void *arg)
{
	(void)request;
	(void)arg;
	bus_fail(call, BUS_INTERNAL, "database not available");
}
