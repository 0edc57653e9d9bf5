#include "goop-rendezvousd/service/descriptors.h"

#include <sys/resource.h>

#include "common/base/log.h"

enum {
	OTHERS = 128,         /* the bus, the loop, the store, the log */
	CONNECTIONS_PART = 4, /* at most a fourth of the files that remain */
};

/* Raise the limit towards wanted; the limit that was reached. */
static int64_t
raise_to(rlim_t wanted)
{
	struct rlimit limit, higher = { wanted, wanted };

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur >= wanted)
		return (int64_t)wanted;
	/* Only a privileged process can raise the hard limit. */
	if (limit.rlim_max < wanted && setrlimit(RLIMIT_NOFILE, &higher) == 0)
		return (int64_t)wanted;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	return (int64_t)limit.rlim_cur;
}

void
descriptors_raise(int64_t *subscribers, int64_t *connections)
{
	int64_t wanted = *subscribers + *connections + OTHERS;
	int64_t limit = raise_to((rlim_t)wanted), asked = *subscribers, room;

	if (limit >= wanted)
		return;
	room = limit > 2 * OTHERS ? limit - OTHERS : OTHERS;
	if (*connections > room / CONNECTIONS_PART)
		*connections = room / CONNECTIONS_PART;
	if (*subscribers > room - *connections)
		*subscribers = room - *connections;
	if (*subscribers < asked)
		log_warn("at most %lld subscribers instead of %lld: this "
			 "process may open %lld files and would need %lld; "
			 "raise the hard limit (ulimit -Hn, LimitNOFILE=), or "
			 "lower presence.rendezvous_subscribers_max",
		    (long long)*subscribers, (long long)asked, (long long)limit,
		    (long long)wanted);
}
