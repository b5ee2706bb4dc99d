/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Requests that record from the board's sensor: docs/protocol.md.
 *
 * While the host has the sensor, the application is suspended; when the host is done with it, it begins again for the
 * application, and is stopped where there is none. */
#include "request_handlers.h"

#include "firmware_config.h"

#if FIRMWARE_SENSOR
#include "mcu_sensor.h"
#include "protocol_ids.h"
#include "wire.h"

#define NUMBERS_AT_ONCE 24u /* a multiple of every number of channels but 5: stack */

static bool host_has_it;

void requests_release_sensor(void) {
    if (!host_has_it) {
        return;
    }
    host_has_it = false;
    mcu_sensor_stop();
#if FIRMWARE_APPLICATION
    (void)mcu_sensor_start();
#endif
}

uint8_t request_start_sensor(requests_state *state, const uint8_t *payload, size_t payload_bytes,
                             requests_reply *reply) {
    (void)state;
    (void)payload;
    (void)payload_bytes;
    uint8_t *out = reply->payload;
    host_has_it = true;
    if (!mcu_sensor_start()) {
        requests_release_sensor();
        return request_fail(reply, PROTO_ERROR_SENSOR, 0);
    }
    const mcu_sensor_info *info = mcu_sensor_describe();
    out[PROTO_START_SENSOR_REPLY_KIND_AT] = info->kind;
    out[PROTO_START_SENSOR_REPLY_CHANNELS_AT] = info->channels;
    wire_put_u32(out + PROTO_START_SENSOR_REPLY_RATE_MILLIHZ_AT, info->rate_millihz);
    wire_put_f32(out + PROTO_START_SENSOR_REPLY_SCALE_AT, info->scale);
    reply->payload_bytes = PROTO_START_SENSOR_REPLY_BYTES;
    return 0;
}

uint8_t request_read_sensor(requests_state *state, const uint8_t *payload, size_t payload_bytes,
                            requests_reply *reply) {
    (void)state;
    (void)payload_bytes;
    if (!host_has_it) {
        return request_fail(reply, PROTO_ERROR_SENSOR, 0);
    }
    const uint32_t channels = mcu_sensor_describe()->channels;
    const uint32_t room = (LINK_MAX_PAYLOAD_BYTES - PROTO_READ_SENSOR_REPLY_MIN_BYTES) / (2u * channels);
    const uint32_t asked = wire_get_u16(payload + PROTO_READ_SENSOR_REQUEST_MAX_SAMPLES_AT);
    uint32_t left = asked < room ? asked : room;
    uint8_t *to = reply->payload + PROTO_READ_SENSOR_REPLY_DATA_AT;
    int16_t numbers[NUMBERS_AT_ONCE];
    const uint32_t at_once = NUMBERS_AT_ONCE / channels;
    while (left != 0u) {
        const uint32_t got = mcu_sensor_read(numbers, left < at_once ? left : at_once);
        if (got == 0u) {
            break;
        }
        for (uint32_t i = 0; i < got * channels; i++) {
            wire_put_u16(to, (uint16_t)numbers[i]);
            to += 2;
        }
        left -= got;
    }
    /* Lost samples were lost before what comes after the call that counts them: the count belongs behind the reads. */
    wire_put_u32(reply->payload + PROTO_READ_SENSOR_REPLY_LOST_AT, mcu_sensor_lost());
    reply->payload[PROTO_READ_SENSOR_REPLY_ENDED_AT] = mcu_sensor_ended() ? 1u : 0u;
    reply->payload_bytes = (size_t)(to - reply->payload);
    return 0;
}

uint8_t request_stop_sensor(requests_state *state, const uint8_t *payload, size_t payload_bytes,
                            requests_reply *reply) {
    (void)state;
    (void)payload;
    (void)payload_bytes;
    (void)reply;
    requests_release_sensor();
    return 0;
}
#endif
