#include "common/daemon/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"

/* --- files: Landlock (landlock(7)), by bare system calls: the C library has
 * none */

/* Younger than the headers of Debian 12. */
#define ACCESS_TRUNCATE  (1ULL << 14) /* ABI 3 */
#define ACCESS_IOCTL_DEV (1ULL << 15) /* ABI 5 */

#define ACCESS_OF_ABI_1 (LANDLOCK_ACCESS_FS_REFER - 1)
#define ACCESS_READ     (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_WRITE \
	(ACCESS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | \
	    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REFER | \
	    ACCESS_TRUNCATE)
/* What makes sense for something that is no directory. */
#define ACCESS_FILE \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	    ACCESS_TRUNCATE)

static uint64_t
known_access(long abi)
{
	uint64_t access = ACCESS_OF_ABI_1;

	if (abi >= 2)
		access |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		access |= ACCESS_TRUNCATE;
	if (abi >= 5)
		access |= ACCESS_IOCTL_DEV;
	return access;
}

static int
allow_path(
    int ruleset, uint64_t known, const struct sandbox_path *path, int dirfd)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access =
		    path->access == SANDBOX_WRITE ? ACCESS_WRITE : ACCESS_READ,
	};
	struct stat st;
	int rc = 0;

	rule.parent_fd = openat(dirfd, path->path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd == -1)
		return errno == ENOENT ? 0 : -errno; /* nothing to allow */
	if (fstat(rule.parent_fd, &st) == -1)
		rc = -errno;
	else if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= ACCESS_FILE;
	rule.allowed_access &= known;
	if (rc == 0 && syscall(SYS_landlock_add_rule, ruleset,
			   LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == -1)
		rc = -errno;
	close(rule.parent_fd);
	return rc;
}

int
sandbox_restrict_files(const struct sandbox_path *paths, int dirfd)
{
	struct landlock_ruleset_attr attributes;
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	int ruleset, rc = 0;

	if (abi < 1)
		return SANDBOX_NO_LANDLOCK;
	attributes = (struct landlock_ruleset_attr){ known_access(abi) };
	ruleset = (int)syscall(
	    SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
	if (ruleset == -1)
		return -errno;
	for (; rc == 0 && paths != NULL && paths->path != NULL; paths++)
		rc = allow_path(
		    ruleset, attributes.handled_access_fs, paths, dirfd);
	if (rc == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) == -1)
		rc = -errno;
	close(ruleset);
	return rc;
}

/*
 * --- system calls by group. What is on no list fails with EPERM, so that a
 * library that merely tries something goes on; what no daemon of ours would
 * ever try, and an intruder would first, ends the process.
 */

/* clang-format off */
static const int base_calls[] = {
	/* open descriptors */
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(preadv),
	SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pwrite64), SCMP_SYS(pwritev),
	SCMP_SYS(close), SCMP_SYS(close_range), SCMP_SYS(lseek), SCMP_SYS(fstat),
	SCMP_SYS(newfstatat), SCMP_SYS(fcntl), SCMP_SYS(dup), SCMP_SYS(dup2),
	SCMP_SYS(dup3), SCMP_SYS(pipe2), SCMP_SYS(sendfile),
	/* sockets that are open, or that a group lets be opened */
	SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(recvmmsg),
	SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg),
	SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(bind), SCMP_SYS(connect),
	SCMP_SYS(listen), SCMP_SYS(shutdown), SCMP_SYS(getsockname),
	SCMP_SYS(getpeername), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
	/* the event loop */
	SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2), SCMP_SYS(poll),
	SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(eventfd2),
	SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime),
	/* memory */
	SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap),
	SCMP_SYS(mprotect), SCMP_SYS(madvise), SCMP_SYS(membarrier),
	/* time, signals, threads, who we are */
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday),
	SCMP_SYS(time), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall),
	SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
	SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler),
	SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid), SCMP_SYS(tgkill),
	SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
	SCMP_SYS(getrandom), SCMP_SYS(getrusage), SCMP_SYS(sysinfo),
	SCMP_SYS(uname), SCMP_SYS(wait4), SCMP_SYS(waitid), SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};
static const int unix_calls[] = { /* Landlock says where */
	SCMP_SYS(unlink), SCMP_SYS(unlinkat),
};
static const int file_calls[] = {
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(stat),
	SCMP_SYS(lstat), SCMP_SYS(statx), SCMP_SYS(statfs), SCMP_SYS(fstatfs),
	SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents64),
	SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
	SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
	SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(rmdir),
	SCMP_SYS(ftruncate), SCMP_SYS(fallocate), SCMP_SYS(fsync),
	SCMP_SYS(fdatasync), SCMP_SYS(fchmod), SCMP_SYS(fchmodat),
	SCMP_SYS(flock), SCMP_SYS(utimensat), SCMP_SYS(fadvise64),
	SCMP_SYS(umask), SCMP_SYS(getcwd), SCMP_SYS(memfd_create),
};
static const int hostile_calls[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
	SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup), SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load), SCMP_SYS(init_module),
	SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(mount),
	SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
	SCMP_SYS(setns), SCMP_SYS(unshare), SCMP_SYS(add_key),
	SCMP_SYS(keyctl), SCMP_SYS(request_key), SCMP_SYS(open_by_handle_at),
	SCMP_SYS(reboot), SCMP_SYS(swapon), SCMP_SYS(swapoff),
};

/* Which sockets a group may open. type 0: of any type */
static const struct {
	enum sandbox_calls group;
	unsigned int family, type;
} socket_rules[] = {
	{ SANDBOX_UNIX,    AF_UNIX,    0 },
	{ SANDBOX_TCP,     AF_INET,    SOCK_STREAM },
	{ SANDBOX_TCP,     AF_INET6,   SOCK_STREAM },
	{ SANDBOX_UDP,     AF_INET,    SOCK_DGRAM },
	{ SANDBOX_UDP,     AF_INET6,   SOCK_DGRAM },
	{ SANDBOX_NETLINK, AF_NETLINK, 0 },
};

/* Calls that do many things, of which some are needed: all bits of mask in
 * this argument must be as in value. */
struct partial_rule {
	int call;
	unsigned int argument;
	scmp_datum_t mask, value;
};
static const struct partial_rule partial_rules[] = {
	/* new threads, not new processes */
	{ SCMP_SYS(clone),     0, CLONE_THREAD, CLONE_THREAD },
	{ SCMP_SYS(prctl),     0, 0xffffffff,   PR_SET_NAME },
	{ SCMP_SYS(ioctl),     1, 0xffffffff,   FIONREAD },
	{ SCMP_SYS(ioctl),     1, 0xffffffff,   FIONBIO },
	{ SCMP_SYS(ioctl),     1, 0xffffffff,   TCGETS },
	/* libzmq's threads confirm what they are */
	{ SCMP_SYS(sched_setscheduler), 1, 0xffffffff, SCHED_OTHER },
	/* to read limits, not to set them */
	{ SCMP_SYS(prlimit64), 2, UINT64_MAX,   0 },
	{ SCMP_SYS(socketpair), 0, 0xffffffff,  AF_UNIX },
};

/* No new namespaces, nothing shared but what fork(2) shares. */
#define CLONE_UNLIKE_FORK \
	(CLONE_THREAD | CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_SIGHAND | \
	    CLONE_PTRACE | CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | \
	    CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)
/* The same for SANDBOX_CHILDREN. There is no call that makes a pidfd of
 * another process. */
static const struct partial_rule children_rules[] = {
	{ SCMP_SYS(clone),      0, CLONE_UNLIKE_FORK, 0 },
	{ SCMP_SYS(prctl),      0, 0xffffffff,        PR_SET_NO_NEW_PRIVS },
	{ SCMP_SYS(prlimit64),  0, 0xffffffff,        0 }, /* one's own */
	{ SCMP_SYS(seccomp),    0, 0,                 0 }, /* only takes away */
	{ SCMP_SYS(pidfd_send_signal), 3, 0xffffffff, 0 },
};
/* clang-format on */

enum { TYPE_BITS = 0xf }; /* the rest are SOCK_CLOEXEC and SOCK_NONBLOCK */

static int
add_list(
    scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
	size_t i;
	int rc = 0;

	/* One that this architecture does not have is -EDOM: no loss. */
	for (i = 0; i < count && (rc == 0 || rc == -EDOM); i++)
		rc = seccomp_rule_add(filter, action, calls[i], 0);
	return rc == -EDOM ? 0 : rc;
}

static int
add_sockets(scmp_filter_ctx filter, unsigned int groups)
{
	struct scmp_arg_cmp wanted[2];
	size_t i;
	int rc = 0;

	for (i = 0; i < ARRAY_SIZE(socket_rules) && rc == 0; i++) {
		if ((groups & socket_rules[i].group) == 0)
			continue;
		wanted[0] = SCMP_A0_32(SCMP_CMP_EQ, socket_rules[i].family);
		wanted[1] = SCMP_A1_32(
		    SCMP_CMP_MASKED_EQ, TYPE_BITS, socket_rules[i].type);
		rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(socket), socket_rules[i].type != 0 ? 2 : 1,
		    wanted);
	}
	return rc;
}

static int
add_partial(
    scmp_filter_ctx filter, const struct partial_rule *rules, size_t count)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < count && rc == 0; i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, rules[i].call, 1,
		    SCMP_CMP64(rules[i].argument, SCMP_CMP_MASKED_EQ,
			rules[i].mask, rules[i].value));
	return rc;
}

static int
add_partials(scmp_filter_ctx filter, unsigned int groups)
{
	int rc;

	rc = add_partial(filter, partial_rules, ARRAY_SIZE(partial_rules));
	if (rc == 0 && (groups & SANDBOX_CHILDREN))
		rc = add_partial(
		    filter, children_rules, ARRAY_SIZE(children_rules));
	if (rc == 0) /* its flags lie in memory; make the C library use clone */
		rc = seccomp_rule_add(
		    filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return rc;
}

static int
add_all(scmp_filter_ctx filter, unsigned int groups)
{
	int rc;

	rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (rc == 0)
		rc = add_list(filter, SCMP_ACT_KILL_PROCESS, hostile_calls,
		    ARRAY_SIZE(hostile_calls));
	if (rc == 0)
		rc = add_list(
		    filter, SCMP_ACT_ALLOW, base_calls, ARRAY_SIZE(base_calls));
	if (rc == 0 && (groups & SANDBOX_UNIX))
		rc = add_list(
		    filter, SCMP_ACT_ALLOW, unix_calls, ARRAY_SIZE(unix_calls));
	if (rc == 0 && (groups & SANDBOX_FILES))
		rc = add_list(
		    filter, SCMP_ACT_ALLOW, file_calls, ARRAY_SIZE(file_calls));
	if (rc == 0)
		rc = add_sockets(filter, groups);
	return rc == 0 ? add_partials(filter, groups) : rc;
}

int
sandbox_restrict_calls(unsigned int groups)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc;

	if (filter == NULL)
		return -ENOMEM;
	rc = add_all(filter, groups);
	if (rc == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	return rc;
}

/* --- both */

/* Sanitizers trace, clone and look into /proc as no daemon does. */
#ifdef GOOP_SANITIZED
static const bool is_sanitized = true;
#else
static const bool is_sanitized = false;
#endif

static int
restrict_files(const struct sandbox_path *paths, int dirfd)
{
	static const struct sandbox_path proc = { "/proc", SANDBOX_READ };
	CLEANUP_FREE struct sandbox_path *all = NULL;
	size_t count = 0;

	while (paths != NULL && paths[count].path != NULL)
		count++;
	all = xzalloc((count + 2) * sizeof(*all));
	if (count > 0)
		memcpy(all, paths, count * sizeof(*all));
	if (is_sanitized)
		all[count] = proc;
	return sandbox_restrict_files(all, dirfd);
}

static bool
is_off(void)
{
	const char *wish = getenv("GOOP_SANDBOX");

	return wish != NULL && strcmp(wish, "off") == 0;
}

int
sandbox_tighten(unsigned int groups)
{
	return is_off() || is_sanitized ? 0 : sandbox_restrict_calls(groups);
}

int
sandbox_enter(const struct sandbox *sandbox, int dirfd)
{
	int rc;

	if (is_off()) {
		log_warn("sandbox is off because GOOP_SANDBOX=off");
		return 0;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -errno;
	rc = restrict_files(sandbox->paths, dirfd);
	if (rc < 0)
		return rc;
	if (rc == SANDBOX_NO_LANDLOCK)
		log_warn("sandbox has no rules for files: no Landlock in "
			 "this kernel");
	return is_sanitized ? 0 : sandbox_restrict_calls(sandbox->calls);
}
