#include "goop-rendezvousd/endpoints/small_endpoints.h"

#include "goop-rendezvousd/endpoints/answer.h"

void
serve_health(struct rendezvous *rendezvous, struct http_request *request)
{
	(void)rendezvous;
	(void)http_header(request, "Cache-Control", "no-store");
	http_reply_static(
	    request, 200, "text/plain; charset=utf-8", bytes_of("ok"));
}

void
serve_capabilities(struct rendezvous *rendezvous, struct http_request *request)
{
	(void)rendezvous;
	answer_json(
	    request, bytes_of("{\"bridge\":false,\"credits\":false,"
			      "\"encryption\":false,\"registration\":false,"
			      "\"relay\":false,\"templates\":false}\n"));
}

void
serve_spend(struct rendezvous *rendezvous, struct http_request *request)
{
	(void)rendezvous;
	answer_json(request, bytes_of("{\"balance\":0,\"owned\":true}\n"));
}

/* The original's words when it has none; clients take it for "no relay". */
void
serve_relay(struct rendezvous *rendezvous, struct http_request *request)
{
	(void)rendezvous;
	answer_text(request, 404, "relay not enabled");
}
