/*
 * serve_pulse: POST /api/pulse?peer=ID: a visitor that does not reach a peer
 * through the relay has that peer look after its place there
 * (docs/rendezvous-1.1.md, "Relay").
 */
#ifndef GOOP_RENDEZVOUSD_ENDPOINTS_SERVE_PULSE_H
#define GOOP_RENDEZVOUSD_ENDPOINTS_SERVE_PULSE_H

#include "common/http/server/http_request.h"
#include "goop-rendezvousd/service/rendezvous_state.h"

/* Answers with what the peer says. Counts as a publish of its client. */
void serve_pulse(struct rendezvous *, struct http_request *);

#endif
