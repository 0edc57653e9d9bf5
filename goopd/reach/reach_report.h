/* reach_report: the report of struct reachability_report, put together. */
#ifndef GOOPD_REACH_REACH_REPORT_H
#define GOOPD_REACH_REACH_REPORT_H

#include "common/libp2p/relay/relay_client.h"
#include "goopd/reach/outside_view.h"
#include "goopd/reach/verdicts.h"
#include "proto/reach_ops.h"

/* One more relay; server is the URL of its rendezvous server, or NULL. */
void report_relay(
    struct reachability_report *, const struct relay_row *, const char *server);

void report_address(struct reachability_report *, const struct verdict *);

void report_observed(struct reachability_report *, const struct outside_view *);

/* A mapping at a router that is not the outermost one, as the views show, is
 * said to be of no use. */
void report_mapping(struct reachability_report *, const struct reach_mapping *,
    const struct outside_view *views, size_t count);

/* state and nat, which follow from the rest: last. */
void report_state(struct reachability_report *, enum outside_nat);

#endif
