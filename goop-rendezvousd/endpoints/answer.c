#include "goop-rendezvousd/endpoints/answer.h"

#include <stdio.h>

/* Scripts may not turn text into HTML either. */
static const char page_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

void
answer_begin(struct http_request *request)
{
	(void)http_header(request, "Goop-Rendezvous", ANSWER_VERSION);
	(void)http_header(request, "X-Content-Type-Options", "nosniff");
}

void
answer_text(struct http_request *request, int status, const char *text)
{
	char line[256];
	int len = snprintf(line, sizeof(line), "%s\n", text);

	(void)http_header(request, "Cache-Control", "no-store");
	http_reply(request, status, "text/plain; charset=utf-8",
	    (struct bytes){ (uint8_t *)line,
		(size_t)len < sizeof(line) ? (size_t)len : sizeof(line) - 1 });
}

void
answer_later(
    struct http_request *request, int status, int64_t seconds, const char *text)
{
	char value[24];

	snprintf(value, sizeof(value), "%lld", (long long)seconds);
	(void)http_header(request, "Retry-After", value);
	answer_text(request, status, text);
}

void
answer_method(struct http_request *request, const char *allow)
{
	(void)http_header(request, "Allow", allow);
	answer_text(request, 405, "method not allowed");
}

void
answer_json(struct http_request *request, struct bytes json)
{
	(void)http_header(request, "Cache-Control", "no-store");
	http_reply(request, 200, "application/json", json);
}

void
answer_page_headers(struct http_request *request)
{
	(void)http_header(request, "Content-Security-Policy", page_policy);
	(void)http_header(request, "Referrer-Policy", "no-referrer");
	(void)http_header(request, "X-Frame-Options", "DENY");
	(void)http_header(
	    request, "Cross-Origin-Resource-Policy", "same-origin");
}
