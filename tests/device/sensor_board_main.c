/* A firmware that plays its sensor's recording to the end and writes how many samples it took and lost, and a sum. */
#include "firmware_config.h"
#include "mcu_sensor.h"
#include "platform.h"

#define BANNER "echo " BOARD_ID "\n"

static void write_number(uint32_t number) {
    uint8_t text[11];
    uint32_t at = sizeof text;
    text[--at] = '\n';
    do {
        text[--at] = (uint8_t)('0' + number % 10u);
        number /= 10u;
    } while (number != 0u);
    platform_write(text + at, sizeof text - at);
}

int main(void) {
    int16_t numbers[37u * MCU_SENSOR_CHANNELS_MAX];
    uint32_t total = 0;
    uint32_t sum = 0;
    platform_init();
    platform_write((const uint8_t *)BANNER, sizeof BANNER - 1u);
    write_number(mcu_sensor_start() ? mcu_sensor_describe()->rate_millihz : 0u);
    for (uint32_t turn = 0; !mcu_sensor_ended() && mcu_sensor_describe()->rate_millihz != 0u; turn++) {
        const uint32_t got = mcu_sensor_read(numbers, turn % 37u + 1u);
        for (uint32_t i = 0; i < got * mcu_sensor_describe()->channels; i++) {
            sum = sum * 31u + (uint16_t)numbers[i];
        }
        total += got;
    }
    write_number(total);
    write_number(mcu_sensor_lost());
    write_number(sum);
    for (;;) {
        platform_wait();
    }
}
