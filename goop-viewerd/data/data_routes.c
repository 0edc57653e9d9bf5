#include "goop-viewerd/data/data_routes.h"

#include "common/base/array.h"
#include "goop-viewerd/answers/error_page.h"

static const struct {
	const char *suffix;
	enum data_call_kind kind;
	enum data_reach reach;
} others[] = {
	{ "events", DATA_CALL_EVENTS, DATA_PEERS },
	{ "export", DATA_CALL_EXPORT, DATA_OWN },
};

static bool
find(struct bytes suffix, struct data_route *ret, enum data_reach *reach)
{
	size_t i;

	if (data_op_route(suffix, &ret->op)) {
		ret->kind = DATA_CALL_OP;
		ret->methods = data_ops[ret->op].methods;
		*reach = data_ops[ret->op].reach;
		return true;
	}
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		if (bytes_equal(suffix, bytes_of(others[i].suffix))) {
			ret->kind = others[i].kind;
			ret->methods = DATA_GET;
			*reach = others[i].reach;
			return true;
		}
	}
	return false;
}

bool
data_routes_find(const struct data_path *path, struct data_route *ret)
{
	enum data_reach reach;

	return find(path->suffix, ret, &reach) &&
	       (!path->names_peer || reach == DATA_PEERS);
}

const char *
data_routes_methods(const struct data_route *route)
{
	static const char *const methods[] = {
		[DATA_NONE] = "",
		[DATA_GET] = "GET",
		[DATA_POST] = "POST",
		[DATA_ANY] = "GET, POST",
	};

	return methods[route->methods];
}

int
data_routes_status(enum bus_code code)
{
	return code == BUS_TOO_LARGE ? 413 : error_page_status(code);
}

void
data_routes_refuse(
    struct http_request *request, enum bus_code code, const char *sentence)
{
	int status = data_routes_status(code);

	if (status == 503 || status == 429)
		(void)http_header(request, "Retry-After", "2");
	error_page_reply_text(request, status, "%s",
	    sentence[0] != '\0' ? sentence : bus_code_name(code));
}
