#include "goopd/site/mime.h"

#include <string.h>
#include <strings.h>

#include "common/base/array.h"
#include "common/base/text.h"

#define TEXT_PLAIN "text/plain; charset=utf-8"
#define ANY_BYTES  "application/octet-stream"

/* clang-format off */
static const struct { const char *extension, *type; } types[] = {
	{ "html",  "text/html; charset=utf-8" },
	{ "htm",   "text/html; charset=utf-8" },
	{ "xhtml", "application/xhtml+xml" },
	{ "css",   "text/css; charset=utf-8" },
	{ "js",    "text/javascript; charset=utf-8" },
	{ "mjs",   "text/javascript; charset=utf-8" },
	{ "cjs",   "text/javascript; charset=utf-8" },
	{ "json",  "application/json" },
	{ "map",   "application/json" },
	{ "jsonld", "application/ld+json" },
	{ "webmanifest", "application/manifest+json" },
	{ "wasm",  "application/wasm" },
	{ "txt",   TEXT_PLAIN },
	{ "log",   TEXT_PLAIN },
	{ "text",  TEXT_PLAIN },
	{ "md",    "text/markdown; charset=utf-8" },
	{ "csv",   "text/csv; charset=utf-8" },
	{ "tsv",   "text/tab-separated-values; charset=utf-8" },
	{ "vtt",   "text/vtt; charset=utf-8" },
	{ "srt",   "application/x-subrip" },
	{ "ics",   "text/calendar; charset=utf-8" },
	{ "xml",   "text/xml; charset=utf-8" },
	{ "rss",   "application/rss+xml" },
	{ "atom",  "application/atom+xml" },
	{ "yaml",  "application/yaml" },
	{ "yml",   "application/yaml" },
	{ "pdf",   "application/pdf" },
	{ "epub",  "application/epub+zip" },
	{ "rtf",   "application/rtf" },
	{ "png",   "image/png" },
	{ "apng",  "image/apng" },
	{ "jpg",   "image/jpeg" },
	{ "jpeg",  "image/jpeg" },
	{ "gif",   "image/gif" },
	{ "webp",  "image/webp" },
	{ "avif",  "image/avif" },
	{ "svg",   "image/svg+xml" },
	{ "ico",   "image/vnd.microsoft.icon" },
	{ "bmp",   "image/bmp" },
	{ "tif",   "image/tiff" },
	{ "tiff",  "image/tiff" },
	{ "jxl",   "image/jxl" },
	{ "heic",  "image/heic" },
	{ "mp4",   "video/mp4" },
	{ "m4v",   "video/mp4" },
	{ "webm",  "video/webm" },
	{ "ogv",   "video/ogg" },
	{ "mov",   "video/quicktime" },
	{ "mkv",   "video/x-matroska" },
	{ "avi",   "video/x-msvideo" },
	{ "mpeg",  "video/mpeg" },
	{ "m3u8",  "application/vnd.apple.mpegurl" },
	{ "ts",    "video/mp2t" },
	{ "mpd",   "application/dash+xml" },
	{ "mp3",   "audio/mpeg" },
	{ "m4a",   "audio/mp4" },
	{ "aac",   "audio/aac" },
	{ "ogg",   "audio/ogg" },
	{ "oga",   "audio/ogg" },
	{ "opus",  "audio/ogg" },
	{ "flac",  "audio/flac" },
	{ "wav",   "audio/wav" },
	{ "weba",  "audio/webm" },
	{ "mid",   "audio/midi" },
	{ "midi",  "audio/midi" },
	{ "woff",  "font/woff" },
	{ "woff2", "font/woff2" },
	{ "ttf",   "font/ttf" },
	{ "otf",   "font/otf" },
	{ "eot",   "application/vnd.ms-fontobject" },
	{ "zip",   "application/zip" },
	{ "gz",    "application/gzip" },
	{ "tgz",   "application/gzip" },
	{ "bz2",   "application/x-bzip2" },
	{ "xz",    "application/x-xz" },
	{ "zst",   "application/zstd" },
	{ "7z",    "application/x-7z-compressed" },
	{ "rar",   "application/vnd.rar" },
	{ "tar",   "application/x-tar" },
	{ "deb",   "application/vnd.debian.binary-package" },
	{ "apk",   "application/vnd.android.package-archive" },
	{ "iso",   "application/x-iso9660-image" },
	{ "glb",   "model/gltf-binary" },
	{ "gltf",  "model/gltf+json" },
	{ "stl",   "model/stl" },
	{ "odt",   "application/vnd.oasis.opendocument.text" },
	{ "ods",   "application/vnd.oasis.opendocument.spreadsheet" },
	{ "odp",   "application/vnd.oasis.opendocument.presentation" },
	{ "docx",  "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
	{ "xlsx",  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
	{ "pptx",  "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
	{ "sqlite", "application/vnd.sqlite3" },
	{ "bin",   ANY_BYTES },
};

static const struct { size_t at, len; const char *bytes, *type; } magics[] = {
	{ 0, 8, "\x89PNG\r\n\x1a\n", "image/png" },
	{ 0, 3, "\xff\xd8\xff",      "image/jpeg" },
	{ 0, 6, "GIF87a",            "image/gif" },
	{ 0, 6, "GIF89a",            "image/gif" },
	{ 8, 4, "WEBP",              "image/webp" },
	{ 8, 4, "WAVE",              "audio/wav" },
	{ 4, 8, "ftypavif",          "image/avif" },
	{ 4, 4, "ftyp",              "video/mp4" },
	{ 0, 4, "\x1a\x45\xdf\xa3",  "video/webm" },
	{ 0, 4, "OggS",              "audio/ogg" },
	{ 0, 3, "ID3",               "audio/mpeg" },
	{ 0, 4, "fLaC",              "audio/flac" },
	{ 0, 5, "%PDF-",             "application/pdf" },
	{ 0, 4, "PK\x03\x04",        "application/zip" },
	{ 0, 2, "\x1f\x8b",          "application/gzip" },
	{ 0, 4, "\0asm",             "application/wasm" },
	{ 0, 4, "wOFF",              "font/woff" },
	{ 0, 4, "wOF2",              "font/woff2" },
};
static const char *const html_starts[] = {
	"<!doctype html", "<html", "<head", "<body", "<script", "<!--",
};
/* clang-format on */

const char *
mime_of_path(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	const char *dot = strrchr(name, '.');
	size_t i;

	if (dot == NULL || dot == name)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		if (strcasecmp(dot + 1, types[i].extension) == 0)
			return types[i].type;
	}
	return NULL;
}

static bool
is_html(struct bytes start)
{
	size_t i, len;

	while (start.len > 0 && strchr(" \t\r\n", start.data[0]) != NULL &&
	       start.data[0] != '\0') {
		start.data++;
		start.len--;
	}
	for (i = 0; i < ARRAY_SIZE(html_starts); i++) {
		len = strlen(html_starts[i]);
		if (start.len >= len && strncasecmp((const char *)start.data,
					    html_starts[i], len) == 0)
			return true;
	}
	return false;
}

/* Is it text, as far as the window shows? A character cut off at its end is no
 * objection. */
static bool
is_text(struct bytes start)
{
	size_t i;

	for (i = 0; i < start.len; i++) {
		if (start.data[i] < 0x20 && start.data[i] != '\n' &&
		    start.data[i] != '\r' && start.data[i] != '\t' &&
		    start.data[i] != '\f' && start.data[i] != 0x1b)
			return false;
	}
	for (i = 0; i < 4 && i <= start.len; i++) {
		if (text_is_utf8((struct bytes){ start.data, start.len - i }))
			return true;
		if (start.len < MIME_SNIFF_SIZE)
			break;
	}
	return false;
}

const char *
mime_sniff(struct bytes start)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(magics); i++) {
		if (start.len >= magics[i].at + magics[i].len &&
		    memcmp(start.data + magics[i].at, magics[i].bytes,
			magics[i].len) == 0)
			return magics[i].type;
	}
	if (is_html(start))
		return "text/html; charset=utf-8";
	return is_text(start) ? TEXT_PLAIN : ANY_BYTES;
}

static size_t
token_length(const char *text)
{
	return strspn(text,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "!#$%&'*+-.^_`|~");
}

/* "; name=value" or "; name=\"value\""; 0 if there is none. */
static size_t
parameter_length(const char *text)
{
	const char *at = text + strspn(text, " ");
	size_t len;

	if (*at++ != ';')
		return 0;
	at += strspn(at, " ");
	len = token_length(at);
	at += len;
	if (len == 0 || *at++ != '=')
		return 0;
	if (*at == '"') {
		len = strspn(at + 1,
		    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "0123456789 !#$%&'()*+,-./:;<=>?@[]^_`{|}~");
		return at[1 + len] == '"' ? (size_t)(at - text) + len + 2 : 0;
	}
	len = token_length(at);
	return len > 0 ? (size_t)(at - text) + len : 0;
}

bool
mime_is_valid(const char *type)
{
	size_t len = token_length(type), step;

	if (len == 0 || type[len] != '/' || strlen(type) > MIME_TYPE_MAX)
		return false;
	type += len + 1;
	len = token_length(type);
	if (len == 0)
		return false;
	type += len;
	while (*type != '\0') {
		step = parameter_length(type);
		if (step == 0)
			return false;
		type += step;
	}
	return true;
}

const char *
mime_believe(const char *type, const char *path)
{
	const char *by_path;

	if (type != NULL && mime_is_valid(type) &&
	    strncasecmp(type, "text/plain", 10) != 0 &&
	    strncasecmp(type, ANY_BYTES, strlen(ANY_BYTES)) != 0)
		return type;
	by_path = mime_of_path(path);
	if (by_path != NULL)
		return by_path;
	return type != NULL && mime_is_valid(type) ? type : ANY_BYTES;
}
