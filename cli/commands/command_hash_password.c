/* goop2 hash-password: the value of presence.admin_password_hash. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands/command.h"
#include "cli/commands/password_prompt.h"
#include "common/base/password_hash.h"

/* From the terminal twice, from anything else once. */
static int
ask(char password[PASSWORD_PROMPT_SIZE])
{
	char again[PASSWORD_PROMPT_SIZE];
	int rc;

	rc = password_prompt("Password: ", password);
	if (rc != 0 || !isatty(STDIN_FILENO))
		return rc;
	rc = password_prompt("Repeat the password: ", again);
	if (rc == 0 && strcmp(password, again) != 0)
		rc = -EBADMSG;
	explicit_bzero(again, sizeof(again));
	return rc;
}

static enum exit_status
print_hash(const char *password)
{
	char text[PASSWORD_HASH_TEXT_SIZE];
	int rc = password_hash_make(bytes_of(password), text);

	if (rc < 0)
		return complain(
		    EXIT_FAILED, "cannot make a hash: %s", strerror(-rc));
	printf("%s\n", text);
	return EXIT_OK;
}

enum exit_status
command_hash_password(const struct arguments *arguments)
{
	char password[PASSWORD_PROMPT_SIZE];
	enum exit_status status;
	int rc;

	(void)arguments;
	rc = ask(password);
	if (rc == 0)
		status = print_hash(password);
	else if (rc == PASSWORD_PROMPT_TOO_LONG)
		status = complain(EXIT_USAGE,
		    "a password is one line of at most %d bytes, none of them "
		    "zero",
		    PASSWORD_PROMPT_SIZE - 1);
	else if (rc == PASSWORD_PROMPT_EMPTY)
		status = complain(EXIT_USAGE, "the password must not be empty");
	else if (rc == -EBADMSG)
		status = complain(EXIT_USAGE, "the passwords do not match");
	else
		status = complain(
		    EXIT_FAILED, "cannot read the password: %s", strerror(-rc));
	explicit_bzero(password, sizeof(password));
	return status;
}
