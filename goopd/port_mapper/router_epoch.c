#include "goopd/port_mapper/router_epoch.h"

/* Both clocks may run a sixteenth apart, and answers may be late. */
static bool
pcp_restarted(int64_t before, int64_t epoch, int64_t elapsed)
{
	int64_t grown = epoch - before;

	if (epoch + 1 < before)
		return true;
	return elapsed + 2 < grown - grown / 16 ||
	       grown + 2 < elapsed - elapsed / 16;
}

static bool
nat_pmp_restarted(int64_t before, int64_t epoch, int64_t elapsed)
{
	return epoch < before + elapsed * 7 / 8 - 2;
}

bool
router_epoch_restarted(struct router_epoch *clock,
    enum mapping_protocol protocol, uint32_t epoch_s, struct monotime now)
{
	int64_t elapsed = monotime_since_ms(now, clock->heard) / 1000;
	bool restarted = false;

	if (clock->is_known)
		restarted =
		    protocol == MAPPING_PCP
			? pcp_restarted(clock->epoch_s, epoch_s, elapsed)
			: nat_pmp_restarted(clock->epoch_s, epoch_s, elapsed);
	*clock = (struct router_epoch){ true, epoch_s, now };
	return restarted;
}
