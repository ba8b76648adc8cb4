/*
 * Moves the wall clock of one process, and of those that it starts, by SHIFT_SECONDS. Load it with
 * LD_PRELOAD. Linux on x64 only.
 *
 * Node, the embedded engine and Java each ask the kernel's vDSO for the time, the engine with a
 * libc of its own, which no symbol of a preloaded library reaches. So the entry points in the vDSO
 * itself are overwritten, in this process's private copy. The monotonic clock, and with it every
 * timer, stays as it is; so do the times of files.
 */
#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

static long shift;

/* Not the function of libc: that one asks the vDSO, which leads back here. */
static long ask_kernel(long number, long a, long b) {
  long answer;
  __asm__ volatile("syscall" : "=a"(answer) : "a"(number), "D"(a), "S"(b) : "rcx", "r11", "memory");
  return answer;
}

static int clock_shifted(clockid_t clock, struct timespec *at) {
  long answer = ask_kernel(SYS_clock_gettime, clock, (long)at);
  int is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
  if (answer == 0 && is_wall) at->tv_sec += shift;
  return (int)answer;
}

static int day_shifted(struct timeval *at, void *zone) {
  long answer = ask_kernel(SYS_gettimeofday, (long)at, (long)zone);
  if (answer == 0 && at) at->tv_sec += shift;
  return (int)answer;
}

static time_t seconds_shifted(time_t *at) {
  time_t now = ask_kernel(SYS_time, 0, 0) + shift;
  if (at) *at = now;
  return now;
}

/* movabs rax, <to>; jmp rax */
static void redirect(uint8_t *from, void *to) {
  uint8_t jump[12] = {0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0};
  memcpy(jump + 2, &to, sizeof to);
  memcpy(from, jump, sizeof jump);
}

static void *replacement_of(const char *name) {
  if (strcmp(name, "__vdso_clock_gettime") == 0) return (void *)clock_shifted;
  if (strcmp(name, "__vdso_gettimeofday") == 0) return (void *)day_shifted;
  if (strcmp(name, "__vdso_time") == 0) return (void *)seconds_shifted;
  return NULL;
}

/* Before any other constructor may read the clock. A process that cannot be shifted must not run. */
__attribute__((constructor(101))) static void shift_clock(void) {
  const char *wanted = getenv("SHIFT_SECONDS");
  if (!wanted) return;
  shift = atol(wanted);
  uint8_t *base = (uint8_t *)getauxval(AT_SYSINFO_EHDR);
  if (!base || mprotect(base, 8192, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) abort();
  Elf64_Ehdr *elf = (Elf64_Ehdr *)base;
  Elf64_Shdr *section = (Elf64_Shdr *)(base + elf->e_shoff);
  int redirected = 0;
  for (int i = 0; i < elf->e_shnum; i++) {
    if (section[i].sh_type != SHT_DYNSYM) continue;
    Elf64_Sym *symbol = (Elf64_Sym *)(base + section[i].sh_offset);
    const char *names = (const char *)(base + section[section[i].sh_link].sh_offset);
    for (size_t j = 0; j < section[i].sh_size / sizeof *symbol; j++) {
      void *to = replacement_of(names + symbol[j].st_name);
      if (!to) continue;
      redirect(base + symbol[j].st_value, to);
      redirected++;
    }
  }
  if (redirected == 0) abort();
}
