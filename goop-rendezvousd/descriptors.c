#include "goop-rendezvousd/descriptors.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "common/base/log.h"

/* The bus, the loop, the store, the log, and one at a time to be refused. */
enum { OTHERS = 128 };

int64_t
descriptors_raise(int64_t subscribers, int64_t connections)
{
	rlim_t wanted = (rlim_t)(subscribers + connections + OTHERS);
	struct rlimit limit;
	int64_t left;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return subscribers;
	if (limit.rlim_cur < wanted) {
		limit.rlim_cur =
		    limit.rlim_max < wanted ? limit.rlim_max : wanted;
		if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
			log_warn("limit of open files: %s", strerror(errno));
	}
	if (limit.rlim_cur >= wanted)
		return subscribers;
	left = (int64_t)limit.rlim_cur - connections - OTHERS;
	left = left > 1 ? left : 1;
	log_warn("at most %lld subscribers instead of %lld: this process may "
		 "open %lld files and would need %lld; raise the hard limit "
		 "(ulimit -Hn, LimitNOFILE=), or lower "
		 "presence.rendezvous_subscribers_max",
	    (long long)left, (long long)subscribers, (long long)limit.rlim_cur,
	    (long long)wanted);
	return left;
}
