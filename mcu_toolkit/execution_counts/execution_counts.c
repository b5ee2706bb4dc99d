/* A plugin for QEMU: counts how often each block of instructions runs between two addresses.
 *
 *     -plugin execution_counts.so,start=0x..,stop=0x..,counts=..[,mark=0x..]
 *
 * Counting begins whenever a block starts at `start` (the first instruction of a function) and ends whenever one starts
 * at `stop` (where its caller goes on).  Each time something is written at the address `mark`, a new part of the run
 * begins.  At `stop` all counts so far are written to `counts`, a line for each block and part:
 *
 *     runs N                              how often `stop` was reached
 *     mark PART NEXT                      what began part PART (1, 2 ...): the write of the instruction before NEXT
 *     block FIRST END COUNT TAKEN PART    addresses; END is behind the last instruction; TAKEN: how often something else
 *                                         than the instruction at END came next
 *
 * A block is counted where it starts: one with the write in it belongs to the part before, its TAKEN to the part behind.
 *
 * QEMU's header for plugins is in no Debian package, so the few declarations needed are repeated here; they are those of
 * version 1 of the interface (QEMU 4.2 to 8.2; docs/devel/tcg-plugins.rst of QEMU). */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                                  void (*callback)(qemu_plugin_id_t, struct qemu_plugin_tb *));
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, void (*callback)(unsigned int, void *),
                                                 int flags, void *data);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
extern void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
                                             void (*callback)(unsigned int, uint32_t, uint64_t, void *), int flags,
                                             int accesses, void *data);

#define EXPORT __attribute__((visibility("default")))
#define NO_REGISTERS 0
#define WRITES 2
#define SMALLEST_PAGE 1024 /* of QEMU's cores of the M profile */

EXPORT extern int qemu_plugin_version;
int qemu_plugin_version = 1;

typedef struct counts {
    struct counts *next;
    size_t part;
    uint64_t count;
    uint64_t taken;
} counts;

typedef struct block {
    struct block *next;
    uint64_t first;
    uint64_t end;
    uint64_t count; /* in this part, as `taken` */
    uint64_t taken;
    counts *before; /* in the parts so far */
} block;

/* A board has one core, so nothing here is ever entered twice at a time. */
static block *blocks;
static block *last; /* the one that runs; 0 while nothing is counted */
static bool counting;
static uint64_t start_address, stop_address, mark_address, runs;
static size_t part, parts;
static uint64_t *marks; /* by part */
static char file_name[4096];

static void write_counts(void) {
    char temporary[sizeof file_name + 8];
    snprintf(temporary, sizeof temporary, "%s.new", file_name);
    FILE *file = fopen(temporary, "w");
    if (file == NULL) {
        perror(temporary);
        return;
    }
    fprintf(file, "runs %" PRIu64 "\n", runs);
    for (size_t number = 1; number < parts; ++number) {
        fprintf(file, "mark %zu %#" PRIx64 "\n", number, marks[number]);
    }
    for (const block *one = blocks; one != NULL; one = one->next) {
        for (const counts *some = one->before; some != NULL; some = some->next) {
            fprintf(file, "block %#" PRIx64 " %#" PRIx64 " %" PRIu64 " %" PRIu64 " %zu\n", one->first, one->end, some->count,
                    some->taken, some->part);
        }
    }
    if (fclose(file) != 0 || rename(temporary, file_name) != 0) {
        perror(file_name);
    }
}

static void *allocate(void *old, size_t size) {
    void *memory = realloc(old, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

/* Puts what was counted to the part that ends here. */
static void end_part(void) {
    for (block *one = blocks; one != NULL; one = one->next) {
        if (one->count == 0 && one->taken == 0) {
            continue;
        }
        counts *some = one->before;
        while (some != NULL && some->part != part) {
            some = some->next;
        }
        if (some == NULL) {
            some = (counts *)allocate(NULL, sizeof *some);
            *some = (counts){one->before, part, 0, 0};
            one->before = some;
        }
        some->count += one->count;
        some->taken += one->taken;
        one->count = one->taken = 0;
    }
}

static void on_write(unsigned int core, uint32_t info, uint64_t address, void *data) {
    (void)core;
    (void)info;
    if (!counting || address != mark_address) {
        return;
    }
    end_part();
    ++part;
    if (part >= parts) {
        marks = (uint64_t *)allocate(marks, (part + 1) * sizeof *marks);
        parts = part + 1;
    }
    marks[part] = (uint64_t)(uintptr_t)data;
}

/* The first half of an instruction that lies on two pages is reported for the block before it, where it does not run. */
static bool follows(const block *before, const block *here) {
    const bool on_two_pages = before->end % SMALLEST_PAGE == 0 && here->first + 2 == before->end && here->end > before->end;
    return before->end == here->first || on_two_pages;
}

static void on_block(unsigned int core, void *data) {
    block *here = (block *)data;
    (void)core;
    if (here->first == start_address) {
        counting = true;
        part = 0;
    }
    if (last != NULL && !follows(last, here)) {
        ++last->taken;
    }
    if (counting && here->first == stop_address) {
        counting = false;
        end_part();
        ++runs;
        write_counts();
    }
    if (counting) {
        ++here->count;
    }
    last = counting ? here : NULL;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
    (void)id;
    block *here = (block *)calloc(1, sizeof *here);
    const size_t instructions = qemu_plugin_tb_n_insns(tb);
    if (here == NULL || instructions == 0) {
        abort();
    }
    const struct qemu_plugin_insn *end = qemu_plugin_tb_get_insn(tb, instructions - 1);
    here->first = qemu_plugin_tb_vaddr(tb);
    here->end = qemu_plugin_insn_vaddr(end) + qemu_plugin_insn_size(end);
    here->next = blocks;
    blocks = here;
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, NO_REGISTERS, here);
    for (size_t i = 0; mark_address != 0 && i < instructions; ++i) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        const uint64_t next = qemu_plugin_insn_vaddr(insn) + qemu_plugin_insn_size(insn);
        qemu_plugin_register_vcpu_mem_cb(insn, on_write, NO_REGISTERS, WRITES, (void *)(uintptr_t)next);
    }
}

EXPORT extern int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int count, char **arguments);

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int count, char **arguments) {
    (void)info;
    for (int i = 0; i < count; ++i) {
        if (strncmp(arguments[i], "start=", 6) == 0) {
            start_address = strtoull(arguments[i] + 6, NULL, 0);
        } else if (strncmp(arguments[i], "stop=", 5) == 0) {
            stop_address = strtoull(arguments[i] + 5, NULL, 0);
        } else if (strncmp(arguments[i], "mark=", 5) == 0) {
            mark_address = strtoull(arguments[i] + 5, NULL, 0);
        } else if (strncmp(arguments[i], "counts=", 7) == 0) {
            snprintf(file_name, sizeof file_name, "%s", arguments[i] + 7);
        } else {
            fprintf(stderr, "execution_counts: unknown argument %s\n", arguments[i]);
            return -1;
        }
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    return 0;
}
