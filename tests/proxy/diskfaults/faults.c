/* Fails the n-th call on files below one folder. Loaded before libc; told what to do by fault_set, from Python. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static char root[PATH_MAX];
static atomic_long at, count;
static int error;
static char hit[64];

void fault_set(const char *folder, long number, int code) {
  atomic_store(&at, 0);
  strncpy(root, folder, sizeof root - 1);
  error = code;
  hit[0] = 0;
  atomic_store(&count, 0);
  atomic_store(&at, number);
}

long fault_count(void) { return atomic_load(&count); }
const char *fault_hit(void) { return hit; }

static int below(const char *path) { return root[0] && path && !strncmp(path, root, strlen(root)); }

static int below_fd(int fd) {
  char link[64], path[PATH_MAX];
  if (!atomic_load(&at)) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return below(path);
}

static int fails(int ours, const char *name) {
  if (!atomic_load(&at) || !ours) return 0;
  if (atomic_fetch_add(&count, 1) + 1 != atomic_load(&at)) return 0;
  snprintf(hit, sizeof hit, "%s", name);
  errno = error;
  return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define MODE(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | O_TMPFILE)) { va_list list; va_start(list, flags); mode = va_arg(list, mode_t); va_end(list); }

int open(const char *path, int flags, ...) {
  MODE(flags)
  return fails(below(path), "open") ? -1 : REAL(open)(path, flags, mode);
}
int open64(const char *path, int flags, ...) {
  MODE(flags)
  return fails(below(path), "open") ? -1 : REAL(open64)(path, flags, mode);
}
int rename(const char *from, const char *to) { return fails(below(to), "rename") ? -1 : REAL(rename)(from, to); }
int mkdir(const char *path, mode_t mode) { return fails(below(path), "mkdir") ? -1 : REAL(mkdir)(path, mode); }
ssize_t write(int fd, const void *data, size_t size) { return fails(below_fd(fd), "write") ? -1 : REAL(write)(fd, data, size); }
ssize_t read(int fd, void *data, size_t size) { return fails(below_fd(fd), "read") ? -1 : REAL(read)(fd, data, size); }
ssize_t pread64(int fd, void *data, size_t size, off64_t where) {
  return fails(below_fd(fd), "pread") ? -1 : REAL(pread64)(fd, data, size, where);
}
int fsync(int fd) { return fails(below_fd(fd), "fsync") ? -1 : REAL(fsync)(fd); }
int fchmod(int fd, mode_t mode) { return fails(below_fd(fd), "fchmod") ? -1 : REAL(fchmod)(fd, mode); }
int futimens(int fd, const struct timespec times[2]) { return fails(below_fd(fd), "futimens") ? -1 : REAL(futimens)(fd, times); }
