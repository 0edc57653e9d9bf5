#include "cli/data/sql_text.h"

#include <string.h>
#include <wchar.h>

#include "common/base/text.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* The code point of a well-formed sequence. */
static uint32_t
code_point(struct bytes sequence)
{
	static const uint8_t masks[] = { 0x7f, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t code = sequence.data[0] & masks[sequence.len];
	size_t i;

	for (i = 1; i < sequence.len; i++)
		code = code << 6 | (sequence.data[i] & 0x3f);
	return code;
}

/* The next character of text: its code point, and whether it must be escaped.
 * *ret is empty for bytes that are not UTF-8. */
static bool
next_character(struct bytes *text, struct bytes *ret, uint32_t *ret_code)
{
	bool is_nul = text->data[0] == '\0';
	size_t len = is_nul ? 1 : text_sequence(*text);

	*ret = (struct bytes){ text->data, len };
	*ret_code = len == 0 || is_nul ? 0 : code_point(*ret);
	text->data += len == 0 ? 1 : len;
	text->len -= len == 0 ? 1 : len;
	return is_nul || (len > 0 && text_is_control(*ret));
}

static void
write_plain(struct bytes character, FILE *to)
{
	if (character.len == 0)
		fputs(REPLACEMENT, to);
	else
		fwrite(character.data, 1, character.len, to);
}

static void
write_escaped(uint32_t code, FILE *to)
{
	static const char names[] = "\n\t\r", letters[] = "ntr";
	const char *name = code == 0 ? NULL : strchr(names, (int)code);

	if (name != NULL)
		fprintf(to, "\\%c", letters[name - names]);
	else
		fprintf(to, code < 0x100 ? "\\x%02x" : "\\u%04x", code);
}

void
sql_text_write(struct bytes text, FILE *to)
{
	struct bytes character;
	uint32_t code;

	while (text.len > 0)
		if (next_character(&text, &character, &code))
			write_escaped(code, to);
		else
			write_plain(character, to);
}

void
sql_text_write_json(struct bytes text, FILE *to)
{
	struct bytes character;
	uint32_t code;

	fputc('"', to);
	while (text.len > 0)
		if (next_character(&text, &character, &code))
			fprintf(to, "\\u%04x", code);
		else if (code == '"' || code == '\\')
			fprintf(to, "\\%c", (char)code);
		else
			write_plain(character, to);
	fputc('"', to);
}

size_t
sql_text_width(const char *text)
{
	struct bytes left = bytes_of(text), character;
	size_t width = 0;
	uint32_t code;
	int columns;

	while (left.len > 0) {
		next_character(&left, &character, &code);
		columns = wcwidth((wchar_t)code);
		width += columns < 0 ? 1 : (size_t)columns;
	}
	return width;
}
