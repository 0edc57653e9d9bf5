#include "goop-rendezvousd/clients/forwarded.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static struct bytes
trim(struct bytes text)
{
	while (text.len > 0 && is_blank(text.data[0])) {
		text.data++;
		text.len--;
	}
	while (text.len > 0 && is_blank(text.data[text.len - 1]))
		text.len--;
	return text;
}

/*
 * Split the part before the next separator off rest; a separator within quotes,
 * where those have a meaning, does not count. False at the end.
 */
static bool
take_part(
    struct bytes *rest, char separator, bool has_quotes, struct bytes *ret)
{
	bool is_quoted = false;
	size_t len;

	if (rest->data == NULL)
		return false;
	for (len = 0; len < rest->len; len++) {
		if (has_quotes && rest->data[len] == '"')
			is_quoted = !is_quoted;
		else if (is_quoted && rest->data[len] == '\\')
			len++;
		else if (!is_quoted && rest->data[len] == separator)
			break;
	}
	if (len > rest->len) /* a backslash was the last */
		len = rest->len;
	*ret = trim((struct bytes){ rest->data, len });
	if (len < rest->len)
		*rest =
		    (struct bytes){ rest->data + len + 1, rest->len - len - 1 };
	else
		*rest = (struct bytes){ NULL, 0 };
	return true;
}

/* ":" and digits, or nothing. */
static bool
is_port(struct bytes text)
{
	size_t i;

	if (text.len == 0)
		return true;
	if (text.data[0] != ':' || text.len < 2 || text.len > 6)
		return false;
	for (i = 1; i < text.len; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return true;
}

/* An address, with or without brackets and port (RFC 7239, section 6). */
static void
read_node(struct bytes node, struct forwarded_hop *ret)
{
	struct bytes address = node, port = { NULL, 0 };
	const uint8_t *end;

	if (node.len > 0 && node.data[0] == '[') {
		end = memchr(node.data, ']', node.len);
		if (end == NULL)
			return;
		address = (struct bytes){ node.data + 1,
			(size_t)(end - node.data) - 1 };
		port = (struct bytes){ end + 1, node.len - address.len - 2 };
	} else if (memchr(node.data, '.', node.len) != NULL) {
		end = memchr(node.data, ':', node.len);
		/* v4-mapped addresses have a dot and colons */
		if (end != NULL &&
		    memchr(end + 1, ':',
			node.len - (size_t)(end + 1 - node.data)) == NULL) {
			address.len = (size_t)(end - node.data);
			port = (struct bytes){ end, node.len - address.len };
		}
	}
	ret->is_known =
	    is_port(port) && client_address_parse(address, &ret->address) == 0;
}

/* An element of Forwarded: pairs, of which only for= matters. */
static int
read_element(struct bytes element, struct forwarded_hop *ret)
{
	struct bytes pair, value;
	bool has_for = false;

	while (take_part(&element, ';', true, &pair)) {
		if (pair.len < 4 ||
		    strncasecmp((const char *)pair.data, "for=", 4) != 0)
			continue;
		if (has_for)
			return -EBADMSG;
		has_for = true;
		value = (struct bytes){ pair.data + 4, pair.len - 4 };
		if (value.len >= 2 && value.data[0] == '"' &&
		    value.data[value.len - 1] == '"')
			value = (struct bytes){ value.data + 1, value.len - 2 };
		read_node(value, ret);
	}
	return 0;
}

static int
read_x_element(struct bytes element, struct forwarded_hop *ret)
{
	read_node(element, ret);
	return 0;
}

static int
read_list(const char *value,
    int (*read_one)(struct bytes, struct forwarded_hop *),
    struct forwarded_hops *ret)
{
	struct bytes rest = { (const uint8_t *)value,
		strnlen(value, FORWARDED_MAX + 1) };
	struct forwarded_hop *hop;
	struct bytes element;

	ret->count = 0;
	if (rest.len > FORWARDED_MAX)
		return -EBADMSG;
	while (take_part(&rest, ',', read_one == read_element, &element)) {
		if (element.len == 0) /* RFC 9110, section 5.6.1.2 */
			continue;
		if (ret->count == FORWARDED_HOPS_MAX)
			return -EBADMSG;
		hop = &ret->hops[ret->count++];
		hop->is_known = false;
		if (read_one(element, hop) < 0)
			return -EBADMSG;
	}
	return 0;
}

int
forwarded_read(const char *value, struct forwarded_hops *ret)
{
	return read_list(value, read_element, ret);
}

int
forwarded_read_x(const char *value, struct forwarded_hops *ret)
{
	return read_list(value, read_x_element, ret);
}
