/* An example that reads a sensor, between a sensor whose numbers count up and a model of 12 numbers.
 *
 * Input, a line for each turn: how many numbers the sensor has more, how many samples it lost since its start, and
 * whether a host has just let go of the board.  Output: what the application prints, and a line for each inference with
 * the model's input. */
#include <stdio.h>

#include "app.h"
#include "mcu_sensor.h"

#define NUMBERS 12u

static mcu_sensor_info info = {MCU_SENSOR_MICROPHONE, CHANNELS, 100000, 1.0f};
static float input[NUMBERS];
static unsigned waiting, lost, sessions;
static int next;

bool mcu_sensor_start(void) {
    return true;
}

const mcu_sensor_info *mcu_sensor_describe(void) {
    return &info;
}

uint32_t mcu_sensor_read(int16_t *numbers, uint32_t capacity) {
    uint32_t count = 0;
    for (; count < capacity && waiting >= CHANNELS; count++) {
        for (uint32_t i = 0; i < CHANNELS; i++, waiting--) {
            *numbers++ = (int16_t)next++;
        }
    }
    return count;
}

uint32_t mcu_sensor_lost(void) {
    return lost;
}

bool mcu_sensor_ended(void) {
    return false;
}

uint32_t app_sessions(void) {
    return sessions;
}

uint32_t app_input_count(uint32_t model, uint32_t which) {
    (void)model;
    (void)which;
    return NUMBERS;
}

void app_set_input(uint32_t model, uint32_t which, uint32_t at, float value) {
    (void)model;
    (void)which;
    input[at] = value;
}

void app_print(const char *text) {
    printf("%s", text);
}

void app_print_integer(int32_t value) {
    printf("%ld", (long)value);
}

float app_output(uint32_t model, uint32_t which, uint32_t element) {
    (void)model;
    (void)which;
    (void)element;
    return 0.0f;
}

uint32_t app_best(uint32_t model, uint32_t which) {
    (void)model;
    (void)which;
    return 0;
}

void app_print_label(uint32_t element) {
    (void)element;
}

int main(void) {
    unsigned more, released;
    app_setup();
    while (scanf("%u %u %u", &more, &lost, &released) == 3) {
        uint32_t model = 0;
        waiting += more;
        sessions += released;
        if (app_read_input(&model) == APP_RUN) {
            for (uint32_t i = 0; i < NUMBERS; i++) {
                printf("%d%c", (int)input[i], i + 1u < NUMBERS ? ' ' : '\n');
            }
            app_on_result(model, INFERENCE_OK, 0);
        }
    }
    return 0;
}
