#include "cli/commands/password_prompt.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { PROMPT_SIGNALS = 5 };

static const int prompt_signals[PROMPT_SIGNALS] = { SIGINT, SIGTERM, SIGHUP,
	SIGQUIT, SIGTSTP };
static volatile sig_atomic_t prompt_caught;

static void
prompt_on_signal(int number)
{
	prompt_caught = number;
}

/* Byte by byte: what follows the line belongs to the next reader. */
static int
prompt_read_line(char password[PASSWORD_PROMPT_SIZE])
{
	size_t len = 0;
	ssize_t got;
	char byte;

	while ((got = read(STDIN_FILENO, &byte, 1)) == 1 && byte != '\n') {
		if (len == PASSWORD_PROMPT_SIZE - 1 || byte == '\0')
			return PASSWORD_PROMPT_TOO_LONG;
		password[len++] = byte;
	}
	if (got == -1)
		return -errno;
	password[len] = '\0';
	return len == 0 ? PASSWORD_PROMPT_EMPTY : 0;
}

static void
prompt_catch(struct sigaction old[PROMPT_SIGNALS])
{
	/* No SA_RESTART: the read ends. */
	struct sigaction action = { .sa_handler = prompt_on_signal };
	size_t i;

	prompt_caught = 0;
	for (i = 0; i < PROMPT_SIGNALS; i++)
		sigaction(prompt_signals[i], &action, &old[i]);
}

static void
prompt_release(const struct sigaction old[PROMPT_SIGNALS])
{
	size_t i;

	for (i = 0; i < PROMPT_SIGNALS; i++)
		sigaction(prompt_signals[i], &old[i], NULL);
	if (prompt_caught != 0)
		raise(prompt_caught);
}

static int
prompt_terminal(const char *question, char password[PASSWORD_PROMPT_SIZE],
    const struct termios *visible)
{
	struct termios hidden = *visible;
	int rc;

	hidden.c_lflag &= ~(tcflag_t)ECHO;
	fputs(question, stderr);
	fflush(stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	rc = prompt_read_line(password);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, visible);
	fputc('\n', stderr);
	return rc;
}

int
password_prompt(const char *question, char password[PASSWORD_PROMPT_SIZE])
{
	struct sigaction old[PROMPT_SIGNALS];
	struct termios visible;
	int rc;

	if (tcgetattr(STDIN_FILENO, &visible) == -1)
		return prompt_read_line(password);
	do {
		prompt_catch(old);
		rc = prompt_terminal(question, password, &visible);
		prompt_release(old); /* Ctrl-C ends here, Ctrl-Z waits */
	} while (rc == -EINTR);
	return rc;
}
