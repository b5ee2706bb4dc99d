/* Plays the recording to its end, in pieces of odd sizes, and prints what the sensor said.  The clock advances by
 * argv[1] ticks whenever somebody looks at it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "mcu_sensor.h"
#include "platform.h"

#define NUMBERS (37u * MCU_SENSOR_CHANNELS_MAX)

static uint64_t now;
static uint64_t ticks_a_look;

uint64_t platform_ticks(void) {
    now += ticks_a_look;
    return now;
}

int main(int count, char **words) {
    int16_t numbers[NUMBERS];
    ticks_a_look = count > 1 ? strtoull(words[1], NULL, 10) : 0u;
    if (!mcu_sensor_start()) {
        puts("no sensor");
        return 0;
    }
    const mcu_sensor_info *info = mcu_sensor_describe();
    printf("%u %u %" PRIu32 " %.9g\n", (unsigned)info->kind, (unsigned)info->channels, info->rate_millihz,
           (double)info->scale);
    for (uint32_t turn = 0; !mcu_sensor_ended() && turn < 1000000u; turn++) {
        const uint32_t before = mcu_sensor_lost();
        const uint32_t got = mcu_sensor_read(numbers, turn % 37u + 1u);
        if (mcu_sensor_lost() != before) {
            printf("lost %" PRIu32 "\n", mcu_sensor_lost() - before);
        }
        for (uint32_t i = 0; i < got * info->channels; i++) {
            printf("%d\n", (int)numbers[i]);
        }
    }
    mcu_sensor_stop();
    return mcu_sensor_read(numbers, 1) == 0u ? 0 : 1;
}
