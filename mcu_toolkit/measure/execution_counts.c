/* A plugin for QEMU: counts how often each block of instructions runs between two addresses.
 *
 *     -plugin execution_counts.so,start=0x..,stop=0x..,counts=..
 *
 * Counting begins whenever a block starts at `start` (the first instruction of a function) and ends whenever one starts
 * at `stop` (where its caller goes on); then all counts so far are written to `counts`, one block a line:
 *
 *     runs N                         how often `stop` was reached
 *     block FIRST END COUNT TAKEN    addresses; END is behind the last instruction; TAKEN: how often something else than
 *                                    the instruction at END came next
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

#define EXPORT __attribute__((visibility("default")))
#define NO_REGISTERS 0

EXPORT extern int qemu_plugin_version;
int qemu_plugin_version = 1;

typedef struct block {
    struct block *next;
    uint64_t first;
    uint64_t end;
    uint64_t count;
    uint64_t taken;
} block;

/* A board has one core, so nothing here is ever entered twice at a time. */
static block *blocks;
static block *last; /* the one that runs; 0 while nothing is counted */
static bool counting;
static uint64_t start_address, stop_address, runs;
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
    for (const block *one = blocks; one != NULL; one = one->next) {
        if (one->count != 0) {
            fprintf(file, "block %#" PRIx64 " %#" PRIx64 " %" PRIu64 " %" PRIu64 "\n", one->first, one->end, one->count,
                    one->taken);
        }
    }
    if (fclose(file) != 0 || rename(temporary, file_name) != 0) {
        perror(file_name);
    }
}

static void on_block(unsigned int core, void *data) {
    block *here = (block *)data;
    (void)core;
    if (here->first == start_address) {
        counting = true;
    }
    if (last != NULL && last->end != here->first) {
        ++last->taken;
    }
    if (counting && here->first == stop_address) {
        counting = false;
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
}

EXPORT extern int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int count, char **arguments);

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int count, char **arguments) {
    (void)info;
    for (int i = 0; i < count; ++i) {
        if (strncmp(arguments[i], "start=", 6) == 0) {
            start_address = strtoull(arguments[i] + 6, NULL, 0);
        } else if (strncmp(arguments[i], "stop=", 5) == 0) {
            stop_address = strtoull(arguments[i] + 5, NULL, 0);
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
