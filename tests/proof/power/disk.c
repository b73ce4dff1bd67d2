/* A disk that loses what was not synced.
 *
 * Preloaded into a process, it writes before every change of a database file (*.db, *.db-wal) what stood
 * there, to a journal beside it (FILE.undo), and empties the journal when the file is synced. Whoever
 * kills the process and plays the journals backwards sees the files as a power cut would have left them
 * at its worst: nothing that was not synced is there.
 *
 * DISK_LIES=1       a sync of the write-ahead log does nothing, as with SQLite's synchronous=NORMAL
 * DISK_FAULT=FILE   the file holds `N before` or `N after`: the Nth sync or write of a database file
 *                   from then on fails with EIO, before or after it was done; the file is then emptied
 *
 * A journal's record: offset, length of what stood there, length of the file (native 64-bit), the bytes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 1024

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char known[FILES]; /* per descriptor: 0 not looked at, 1 another file, 2 database, 3 its log */
static long countdown = -1;
static int after;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static int (*real_ftruncate)(int, off64_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_close)(int);

__attribute__((constructor)) static void begin(void) {
  real_write = dlsym(RTLD_NEXT, "write");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_close = dlsym(RTLD_NEXT, "close");
}

static int ends(const char *name, const char *end) {
  size_t n = strlen(name), m = strlen(end);
  return n >= m && strcmp(name + n - m, end) == 0;
}

static int name_of(int fd, char *name, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, name, size - 1);
  if (length < 0) return 0;
  name[length] = 0;
  return 1;
}

/* Which kind of file a descriptor is of. */
static int kind_of(int fd) {
  if (fd < 0 || fd >= FILES) return 1;
  if (known[fd] == 0) {
    char name[4096];
    known[fd] = 1;
    if (name_of(fd, name, sizeof name)) {
      if (ends(name, ".db")) known[fd] = 2;
      if (ends(name, ".db-wal")) known[fd] = 3;
    }
  }
  return known[fd];
}

static int journal_of(int fd, int flags) {
  char name[4200];
  if (!name_of(fd, name, 4096)) return -1;
  strcat(name, ".undo");
  return open(name, flags | O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

/* Notes what stands from `offset` on, for `length` bytes, before it is changed. */
static void note(int fd, off64_t offset, size_t length) {
  struct stat64 now;
  if (fstat64(fd, &now) != 0) abort();
  uint64_t there = offset < now.st_size ? (uint64_t)(now.st_size - offset) : 0;
  if (there > length) there = length;
  uint64_t head[3] = {(uint64_t)offset, there, (uint64_t)now.st_size};
  char *record = malloc(sizeof head + there);
  memcpy(record, head, sizeof head);
  char name[4096];
  if (there > 0) {
    if (!name_of(fd, name, sizeof name)) abort();
    int reader = open(name, O_RDONLY | O_CLOEXEC);
    if (pread64(reader, record + sizeof head, there, offset) != (ssize_t)there) abort();
    real_close(reader);
  }
  int journal = journal_of(fd, O_APPEND);
  if (real_write(journal, record, sizeof head + there) != (ssize_t)(sizeof head + there)) abort();
  real_close(journal);
  free(record);
}

/* Whether this is the operation that is to fail. */
static int fails(void) {
  const char *path = getenv("DISK_FAULT");
  if (!path) return 0;
  if (countdown < 0) {
    FILE *order = fopen(path, "r");
    char when[16] = "";
    if (!order) return 0;
    if (fscanf(order, "%ld %15s", &countdown, when) != 2) countdown = -1;
    fclose(order);
    after = strcmp(when, "after") == 0;
    if (countdown < 0) return 0;
  }
  if (access(path, F_OK) != 0) { /* taken back */
    countdown = -1;
    return 0;
  }
  if (countdown-- > 0) return 0;
  countdown = -1;
  if (truncate(path, 0) != 0) abort();
  return 1;
}

#define GUARDED(type, offset, length, call)      \
  do {                                           \
    pthread_mutex_lock(&lock);                   \
    type done;                                   \
    int failing = fails();                       \
    if (failing && !after) {                     \
      done = -1;                                 \
    } else {                                     \
      note(fd, offset, length);                  \
      done = call;                               \
    }                                            \
    pthread_mutex_unlock(&lock);                 \
    if (failing) {                               \
      errno = EIO;                               \
      return -1;                                 \
    }                                            \
    return done;                                 \
  } while (0)

ssize_t write(int fd, const void *bytes, size_t length) {
  if (kind_of(fd) < 2) return real_write(fd, bytes, length);
  GUARDED(ssize_t, lseek64(fd, 0, SEEK_CUR), length, real_write(fd, bytes, length));
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  if (kind_of(fd) < 2) return real_pwrite(fd, bytes, length, offset);
  GUARDED(ssize_t, offset, length, real_pwrite(fd, bytes, length, offset));
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  return pwrite64(fd, bytes, length, offset);
}

int ftruncate64(int fd, off64_t length) {
  if (kind_of(fd) < 2) return real_ftruncate(fd, length);
  GUARDED(int, length, SIZE_MAX, real_ftruncate(fd, length));
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int sync_with(int fd, int (*real)(int)) {
  int kind = kind_of(fd);
  if (kind < 2) return real(fd);
  pthread_mutex_lock(&lock);
  int failing = fails(), done = 0;
  int lying = kind == 3 && getenv("DISK_LIES") != NULL;
  if (!lying && !(failing && !after)) {
    done = real(fd);
    int journal = done == 0 ? journal_of(fd, O_TRUNC) : -1;
    if (journal >= 0) real_close(journal);
  }
  pthread_mutex_unlock(&lock);
  if (failing) {
    errno = EIO;
    return -1;
  }
  return done;
}

int fsync(int fd) { return sync_with(fd, real_fsync); }

int fdatasync(int fd) { return sync_with(fd, real_fdatasync); }

int close(int fd) {
  if (fd >= 0 && fd < FILES) known[fd] = 0;
  return real_close(fd);
}
