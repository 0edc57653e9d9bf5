#include "goopd/data/sql/sql_pattern.h"

/* One element of a pattern. */
enum kind {
	ELEMENT_ONE,
	ELEMENT_ANY,
	ELEMENT_MANY,
	ELEMENT_SET,
	ELEMENT_NEVER
};

struct element {
	enum kind kind;
	unsigned int character;   /* ELEMENT_ONE */
	const unsigned char *set; /* ELEMENT_SET: behind the "[" */
	size_t next;              /* where the next element begins */
};

/* A character of UTF-8, as leniently as SQLite reads it. */
static unsigned int
character_at(const unsigned char *text, size_t len, size_t *at)
{
	unsigned int character = text[(*at)++];

	if (character < 0xc0)
		return character;
	while (*at < len && (text[*at] & 0xc0) == 0x80)
		character = (character << 6) | (text[(*at)++] & 0x3f);
	return character;
}

static unsigned int
lower(unsigned int character)
{
	return character >= 'A' && character <= 'Z' ? character + 'a' - 'A'
						    : character;
}

/* Behind the "]" of a set whose "[" is before `at`; 0 if it has none. */
static size_t
set_end(const struct sql_pattern *pattern, size_t at)
{
	if (at < pattern->len && pattern->text[at] == '^')
		at++;
	if (at < pattern->len && pattern->text[at] == ']')
		at++;
	while (at < pattern->len && pattern->text[at] != ']')
		at++;
	return at < pattern->len ? at + 1 : 0;
}

static struct element
like_element(const struct sql_pattern *pattern, size_t at)
{
	struct element element = { .kind = ELEMENT_ONE };

	element.character = character_at(pattern->text, pattern->len, &at);
	if (pattern->escape != 0 && element.character == pattern->escape) {
		if (at == pattern->len)
			element.kind = ELEMENT_NEVER;
		else
			element.character =
			    character_at(pattern->text, pattern->len, &at);
	} else if (element.character == '%') {
		element.kind = ELEMENT_MANY;
	} else if (element.character == '_') {
		element.kind = ELEMENT_ANY;
	}
	element.character = lower(element.character);
	element.next = at;
	return element;
}

static struct element
glob_element(const struct sql_pattern *pattern, size_t at)
{
	struct element element = { .kind = ELEMENT_ONE };
	size_t end;

	element.character = character_at(pattern->text, pattern->len, &at);
	if (element.character == '*') {
		element.kind = ELEMENT_MANY;
	} else if (element.character == '?') {
		element.kind = ELEMENT_ANY;
	} else if (element.character == '[') {
		end = set_end(pattern, at);
		element.kind = end == 0 ? ELEMENT_NEVER : ELEMENT_SET;
		element.set = pattern->text + at;
		at = end == 0 ? pattern->len : end;
	}
	element.next = at;
	return element;
}

/* Is it in the set, which reaches to its "]" before end? */
static bool
is_in_set(const unsigned char *set, const unsigned char *end, unsigned int c)
{
	size_t len = (size_t)(end - 1 - set), at = 0;
	unsigned int from = 0, to;
	bool inverted = len > 0 && set[0] == '^', found = false;

	at += inverted;
	while (at < len) {
		to = character_at(set, len, &at);
		if (to == '-' && from != 0 && at < len) {
			to = character_at(set, len, &at);
			found |= c >= from && c <= to;
			from = 0;
		} else {
			found |= c == to;
			from = to;
		}
	}
	return found != inverted;
}

static bool
element_takes(const struct sql_pattern *pattern, const struct element *element,
    unsigned int character)
{
	switch (element->kind) {
	case ELEMENT_ONE:
		return element->character ==
		       (pattern->is_like ? lower(character) : character);
	case ELEMENT_SET:
		return is_in_set(
		    element->set, pattern->text + element->next, character);
	case ELEMENT_ANY:
		return true;
	default:
		return false;
	}
}

/*
 * From left to right. Only the last "many" ever takes more than it did: what
 * was before it matched as early as it could.
 */
int
sql_pattern_match(
    const struct sql_pattern *pattern, const unsigned char *text, size_t len)
{
	size_t at = 0, text_at = 0, retry_at = 0, retry_text = 0, steps = 0;
	bool can_retry = false;
	struct element element;
	size_t behind;

	while (text_at < len || at < pattern->len) {
		if (++steps % SQL_PATTERN_STEPS == 0 &&
		    pattern->is_over(pattern->arg))
			return SQL_PATTERN_ENDED;
		element.kind = ELEMENT_NEVER;
		if (at < pattern->len)
			element = pattern->is_like ? like_element(pattern, at)
						   : glob_element(pattern, at);
		if (element.kind == ELEMENT_MANY) {
			at = retry_at = element.next;
			retry_text = text_at;
			can_retry = true;
			continue;
		}
		behind = text_at;
		if (text_at < len && element_takes(pattern, &element,
					 character_at(text, len, &behind))) {
			at = element.next;
			text_at = behind;
		} else if (can_retry && retry_text < len) {
			character_at(text, len, &retry_text);
			at = retry_at;
			text_at = retry_text;
		} else {
			return SQL_PATTERN_DIFFERS;
		}
	}
	return SQL_PATTERN_MATCHES;
}
