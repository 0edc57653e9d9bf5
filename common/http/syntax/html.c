#include "common/http/syntax/html.h"

#include <string.h>

static const char *
entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return "";
	}
}

int
html_append_text(struct buffer *buffer, const char *text)
{
	size_t plain;
	int rc = 0;

	while (rc == 0 && *text != '\0') {
		plain = strcspn(text, "&<>\"'");
		rc = buffer_append(
		    buffer, (struct bytes){ (const uint8_t *)text, plain });
		text += plain;
		if (rc == 0 && *text != '\0')
			rc =
			    buffer_append(buffer, bytes_of(entity_of(*text++)));
	}
	return rc;
}
