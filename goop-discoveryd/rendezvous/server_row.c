#include "goop-discoveryd/rendezvous/server_row.h"

#include "common/base/xalloc.h"

static const char *
state_sentence(const struct rendezvous_server_state *state)
{
	bool is_refused = state->last_error[0] != '\0';

	switch (state->transport) {
	case SERVER_TRANSPORT_WEBSOCKET:
		return is_refused ? "connected, but refuses us"
				  : "connected by WebSocket";
	case SERVER_TRANSPORT_EVENTS:
		return is_refused ? "connected, but refuses us"
				  : "connected by an event stream";
	case SERVER_TRANSPORT_NONE:
		break;
	}
	return is_refused ? "not connected" : "connecting";
}

void
server_row_make(const char *url, const struct rendezvous_server_state *state,
    struct monotime now, struct server_row *ret)
{
	*ret = (struct server_row){ 0 };
	if (state == NULL) {
		ret->url = xstrdup(url);
		ret->state = xstrdup("waiting for goopd");
		return;
	}
	ret->url = xstrdup(state->url);
	ret->state = xstrdup(state_sentence(state));
	ret->is_connected = state->transport != SERVER_TRANSPORT_NONE;
	if (ret->is_connected) {
		ret->transport =
		    xstrdup(server_transport_name(state->transport));
		ret->is_ours = state->is_ours;
		ret->mode = xstrdup(state->is_delta ? "delta" : "classic");
	}
	if (state->last_error[0] != '\0')
		ret->last_error = xstrdup(state->last_error);
	if (state->next_try.us != MONOTIME_NEVER.us &&
	    !monotime_reached(now, state->next_try))
		ret->next_try_ms = -monotime_since_ms(now, state->next_try);
}
