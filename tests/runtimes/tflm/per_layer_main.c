/* A main() for tests: runs one inference for ever and prints the CRC-32 of what each layer makes, one line a tensor. */
#include <string.h>

#include "framing.h"
#include "inference.h"
#include "platform.h"

static void print(const char *text) {
    platform_write((const uint8_t *)text, strlen(text));
}

static void print_number(uint32_t value) {
    char digits[] = " 00000000";
    for (int i = 8; i > 0; i--) {
        digits[i] = "0123456789abcdef"[value & 15u];
        value >>= 4;
    }
    print(digits);
}

static void show(void *context, uint32_t layer, uint32_t tensor, const void *data, uint32_t size_bytes) {
    (void)context;
    print_number(layer);
    print_number(tensor);
    print_number(framing_crc32(data, size_bytes));
    print("\n");
}

int main(void) {
    platform_init();
    const int status = inference_init(0);
    inference_set_observer(show, NULL);
    for (;;) {
        print("begin\n");
        if (status == INFERENCE_OK) {
            int8_t *input = inference_input(0, 0);
            for (uint32_t i = 0; i < inference_describe_input(0, 0)->size_bytes; i++) {
                input[i] = (int8_t)(uint8_t)(i * 37u % 251u); /* test_per_layer.py knows this too */
            }
            inference_invoke(0);
        }
        print("end\n");
    }
}
