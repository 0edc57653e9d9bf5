#include "goop-rendezvousd/endpoints/serve_publish.h"

#include <string.h>
#include <strings.h>

#include "goop-rendezvousd/endpoints/answer.h"
#include "goop-rendezvousd/service/publish.h"

/* A page of elsewhere could send text without asking us, as the visitor of
 * that page; JSON it could not (reference 8.1, 14). */
static bool
is_of_a_page(const struct http_request *request)
{
	static const char json[] = "application/json";
	const char *type = http_request_header(request, "Content-Type");

	return http_request_header(request, "Origin") != NULL &&
	       (type == NULL || strncasecmp(type, json, strlen(json)) != 0);
}

void
serve_publish(struct rendezvous *rendezvous, struct http_request *request)
{
	struct client_address from = rendezvous_client(rendezvous, request);
	struct exchange_answer answer;

	if (is_of_a_page(request)) {
		answer_text(request, 403, "not for pages of another site");
		return;
	}
	answer =
	    exchange_hear(rendezvous, http_request_body(request), &from, NULL);
	if (answer.status == 204)
		http_reply(request, 204, NULL, (struct bytes){ NULL, 0 });
	else if (answer.retry_s > 0)
		answer_later(
		    request, answer.status, answer.retry_s, answer.why);
	else
		answer_text(request, answer.status, answer.why);
}
