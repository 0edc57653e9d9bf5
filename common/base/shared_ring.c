#include "common/base/shared_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };

/* One process's side: what it has done, and whether it waits for the other,
 * which takes that back with the bell. */
struct side {
	alignas(64) uint64_t position;
	uint32_t waits;
};

struct shared_ring_memory {
	struct side writer, reader;
	alignas(4096) uint8_t data[SHARED_RING_SIZE];
};

static int
map(int fd, struct shared_ring *ret)
{
	void *memory = mmap(NULL, sizeof(struct shared_ring_memory),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);

	if (memory == MAP_FAILED)
		return -errno;
	*ret = (struct shared_ring){ .memory = memory };
	return 0;
}

int
shared_ring_make(struct shared_ring *ret, int *ret_fd)
{
	int fd, rc;

	fd = memfd_create("goop-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return -errno;
	if (ftruncate(fd, sizeof(struct shared_ring_memory)) == -1 ||
	    fcntl(fd, F_ADD_SEALS, SEALS) == -1)
		rc = -errno;
	else
		rc = map(fd, ret);
	if (rc < 0)
		close(fd);
	else
		*ret_fd = fd;
	return rc;
}

void
shared_ring_close(struct shared_ring *ring)
{
	if (ring->memory != NULL)
		munmap(ring->memory, sizeof(*ring->memory));
	*ring = (struct shared_ring){ 0 };
}

/* --- over the socket */

union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int))];
};

int
shared_ring_answer(int socket, int fd)
{
	char mark = SHARED_RING_WISH;
	struct iovec iov = { &mark, 1 };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control = { 0 };
	struct cmsghdr *header;

	if (fd != -1) {
		message.msg_control = control.space;
		message.msg_controllen = sizeof(control.space);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	if (sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) != 1)
		return -errno;
	return 0;
}

/* The descriptor that came with a message, or -1. There was room for one. */
static int
descriptor_of(struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int fd = -1;

	if (header != NULL && header->cmsg_level == SOL_SOCKET &&
	    header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

/* What could shrink under us would kill us by SIGBUS. */
static bool
is_ring(int fd)
{
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);

	return seals != -1 && (seals & SEALS) == SEALS && fstat(fd, &st) == 0 &&
	       st.st_size == (off_t)sizeof(struct shared_ring_memory);
}

int
shared_ring_take(int socket, struct shared_ring *ret)
{
	char mark;
	struct iovec iov = { &mark, 1 };
	union control control;
	struct msghdr message = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space) };
	ssize_t n;
	int fd, rc;

	do
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n <= 0)
		return n == 0 ? -ENODATA : -errno;
	fd = descriptor_of(&message);
	if (fd == -1)
		return SHARED_RING_NONE;
	rc = is_ring(fd) ? map(fd, ret) : -EPROTO;
	close(fd);
	return rc;
}

/* --- bytes */

/* From position on, at most len bytes and none beyond the end of the ring. */
static size_t
piece(uint64_t position, uint64_t len)
{
	size_t to_end =
	    SHARED_RING_SIZE - (size_t)(position % SHARED_RING_SIZE);

	return len < to_end ? (size_t)len : to_end;
}

/* Does the other side wait for a bell? Then it is owed one. */
static bool
take_wait(struct shared_ring *ring, struct side *other)
{
	/* After the store of our position, as it looks at that after its store
	 * of waits: one of the two sees the other's. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&other->waits, __ATOMIC_RELAXED) == 0)
		return false;
	__atomic_store_n(&other->waits, 0, __ATOMIC_RELAXED);
	ring->told = ring->position;
	return true;
}

static bool
advance(
    struct shared_ring *ring, struct side *own, struct side *other, size_t len)
{
	ring->position += len;
	__atomic_store_n(&own->position, ring->position, __ATOMIC_RELEASE);
	return ring->position - ring->told >= SHARED_RING_STEP &&
	       take_wait(ring, other);
}

static void
say_wait(struct side *own)
{
	__atomic_store_n(&own->waits, 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static ssize_t
find_room(const struct shared_ring *ring)
{
	uint64_t read =
	    __atomic_load_n(&ring->memory->reader.position, __ATOMIC_ACQUIRE);
	uint64_t waiting = ring->position - read;

	if (waiting > SHARED_RING_SIZE)
		return -EPROTO;
	return (ssize_t)piece(ring->position, SHARED_RING_SIZE - waiting);
}

ssize_t
shared_ring_room(const struct shared_ring *ring, uint8_t **ret)
{
	ssize_t room = find_room(ring);

	if (room == 0) {
		say_wait(&ring->memory->writer);
		room = find_room(ring);
	}
	*ret = ring->memory->data + ring->position % SHARED_RING_SIZE;
	return room;
}

bool
shared_ring_wrote(struct shared_ring *ring, size_t len)
{
	return advance(ring, &ring->memory->writer, &ring->memory->reader, len);
}

bool
shared_ring_rested(struct shared_ring *ring)
{
	return take_wait(ring, &ring->memory->reader);
}

static ssize_t
find_waiting(const struct shared_ring *ring)
{
	uint64_t written =
	    __atomic_load_n(&ring->memory->writer.position, __ATOMIC_ACQUIRE);
	uint64_t waiting = written - ring->position;

	if (waiting > SHARED_RING_SIZE)
		return -EPROTO;
	return (ssize_t)piece(ring->position, waiting);
}

ssize_t
shared_ring_waiting(const struct shared_ring *ring, struct bytes *ret)
{
	ssize_t waiting = find_waiting(ring);

	if (waiting == 0) {
		say_wait(&ring->memory->reader);
		waiting = find_waiting(ring);
	}
	if (waiting >= 0)
		*ret = (struct bytes){ ring->memory->data +
					   ring->position % SHARED_RING_SIZE,
			(size_t)waiting };
	return waiting;
}

bool
shared_ring_used(struct shared_ring *ring, size_t len)
{
	return advance(ring, &ring->memory->reader, &ring->memory->writer, len);
}
