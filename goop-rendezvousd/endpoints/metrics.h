/* metrics: counters and gauges in the text format of Prometheus. */
#ifndef GOOP_RENDEZVOUSD_ENDPOINTS_METRICS_H
#define GOOP_RENDEZVOUSD_ENDPOINTS_METRICS_H

#include "common/base/buffer.h"
#include "goop-rendezvousd/service/rendezvous_state.h"

enum { METRICS_MAX = 128 * 1024 };

/* 0 or -ENOBUFS. */
int metrics_print(const struct rendezvous *, struct buffer *);

#endif
