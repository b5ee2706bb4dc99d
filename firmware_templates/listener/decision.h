/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* When the scores of a model that runs over a stream are a decision: mcu_toolkit/artifacts/decision_rule.py in C.
 *
 * A score is a stored integer of output 0 minus its zero point.  All sums fit int32. */
#ifndef LISTENER_DECISION_H
#define LISTENER_DECISION_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint16_t index;        /* which element of the output */
    int32_t sum_threshold; /* decided where the sum of the last scores is larger */
} decision_class;

typedef struct {
    uint16_t average_over;
    uint16_t warm_up;    /* inferences at the start without a decision */
    uint16_t refractory; /* inferences after a decision without another one */
    bool waits_for_quiet;
    uint16_t class_count;
    const decision_class *classes; /* that are listened to */
} decision_rule;

typedef struct {
    int32_t *sums; /* [class_count] */
    int32_t *last; /* [average_over][class_count], a ring */
    uint16_t oldest;
    uint16_t waiting;
} decision_state;

/* `sums` and `last` are the caller's memory. */
static inline void decision_reset(const decision_rule *rule, decision_state *state, int32_t *sums, int32_t *last) {
    for (uint16_t i = 0; i < rule->class_count; i++) {
        sums[i] = 0;
    }
    for (uint32_t i = 0; i < (uint32_t)rule->average_over * rule->class_count; i++) {
        last[i] = 0;
    }
    state->sums = sums;
    state->last = last;
    state->oldest = 0;
    state->waiting = rule->warm_up;
}

/* The scores of one inference, `scores[i]` that of classes[i].  Returns which of the classes is decided, -1 if none. */
static inline int32_t decision_push(const decision_rule *rule, decision_state *state, const int32_t *scores) {
    int32_t *oldest = state->last + (uint32_t)state->oldest * rule->class_count;
    int32_t best = -1;
    bool quiet = true;
    for (uint16_t i = 0; i < rule->class_count; i++) {
        const int32_t threshold = rule->classes[i].sum_threshold;
        state->sums[i] += scores[i] - oldest[i];
        oldest[i] = scores[i];
        quiet = quiet && scores[i] * (int32_t)rule->average_over < threshold;
        if (state->sums[i] > threshold && (best < 0 || state->sums[i] > state->sums[best])) {
            best = (int32_t)i;
        }
    }
    state->oldest = (uint16_t)(state->oldest + 1u == rule->average_over ? 0u : state->oldest + 1u);
    if (state->waiting > 0u) {
        state->waiting = (uint16_t)(state->waiting - (quiet || !rule->waits_for_quiet ? 1u : 0u));
        return -1;
    }
    if (best >= 0) {
        state->waiting = rule->refractory;
    }
    return best;
}

#endif
