#include "goop-rendezvousd/endpoints/page.h"

#include <string.h>

#include "common/base/fault.h"
#include "common/http/syntax/html.h"
#include "goop-rendezvousd/endpoints/answer.h"

static const struct page_value *
value_of(struct bytes name, const struct page_value *values)
{
	for (; values->name != NULL; values++) {
		if (bytes_equal(bytes_of(values->name), name))
			return values;
	}
	bug("page: no value for %.*s", (int)name.len, (const char *)name.data);
}

/* Split off the placeholder that rest begins with. */
static struct bytes
take_name(struct bytes *rest)
{
	const uint8_t *end = memmem(rest->data, rest->len, "}}", 2);
	struct bytes name = { rest->data + 2, 0 };

	if (end == NULL)
		bug("page: a placeholder without an end");
	name.len = (size_t)(end - name.data);
	rest->len -= (size_t)(end + 2 - rest->data);
	rest->data = end + 2;
	return name;
}

int
page_fill(
    struct bytes template, const struct page_value *values, struct buffer *page)
{
	const struct page_value *value;
	const uint8_t *place;
	struct bytes plain;
	int rc = 0;

	while (rc == 0 && template.len > 0) {
		plain = template;
		place = memmem(template.data, template.len, "{{", 2);
		if (place != NULL)
			plain.len = (size_t)(place - template.data);
		rc = buffer_append(page, plain);
		template.data += plain.len;
		template.len -= plain.len;
		if (rc < 0 || place == NULL)
			continue;
		value = value_of(take_name(&template), values);
		rc = value->is_markup
			 ? buffer_append(page, bytes_of(value->text))
			 : html_append_text(page, value->text);
	}
	return rc;
}

void
page_serve(struct http_request *request, const char *name,
    const struct page_value *values)
{
	const struct http_asset *asset =
	    http_asset_find(rendezvous_assets, bytes_of(name));
	struct buffer page;

	if (asset == NULL)
		bug("page: there is no %s", name);
	buffer_init(&page, PAGE_MAX);
	if (page_fill(http_asset_bytes(asset), values, &page) < 0)
		bug("page: %s is too long", name);
	answer_page_headers(request);
	(void)http_header(request, "Cache-Control", "no-store");
	http_reply(
	    request, 200, "text/html; charset=utf-8", buffer_bytes(&page));
	buffer_fini(&page);
}
