/* A user's firmware that takes a model from an exported library: one inference, its stored outputs as one line of text.
 */
#include "addition.h"
#include "firmware_config.h"
#include "platform.h"

static void write_text(const char *text) {
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    platform_write((const uint8_t *)text, length);
}

static void write_number(int value) {
    char digits[5] = {(char)(value < 0 ? '-' : '0'), 0, 0, 0, '\0'};
    const unsigned positive = (unsigned)(value < 0 ? -value : value);
    digits[1] = (char)('0' + positive / 100u);
    digits[2] = (char)('0' + positive / 10u % 10u);
    digits[3] = (char)('0' + positive % 10u);
    write_text(digits);
}

int main(void) {
    platform_init();
    write_text("echo " BOARD_ID "\n");
    for (int i = 0; i < ADDITION_INPUT0_ELEMENTS; ++i) {
        addition_input0()[i] = (int8_t)(i % 251 - 125);
        addition_input1()[i] = (int8_t)(i % 251 - 125);
    }
    addition_invoke();
    for (int i = 0; i < ADDITION_OUTPUT0_ELEMENTS; ++i) {
        write_text(" ");
        write_number(addition_output0()[i]);
    }
    write_text("\n");
    for (;;) {
        platform_wait();
    }
}
