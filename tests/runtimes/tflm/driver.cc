/* Calls generated code through inference.h and prints what it does, one line a call; the arguments say what the library does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inference.h"
#include "platform.h"
#include "tensorflow/stub.h"

void platform_write(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        printf(bytes[i] >= 32 && bytes[i] < 127 ? "%c" : "<%02x>", bytes[i]);
    }
}

uint64_t platform_ticks(void) {
    return 5;
}

static void apply(const char *option) {
    const char *value = strchr(option, '=') + 1;
    if (strncmp(option, "schema=", 7) == 0) {
        stub.schema_version = (uint32_t)atoi(value);
    } else if (strncmp(option, "add=", 4) == 0) {
        stub.add_status = (TfLiteStatus)atoi(value);
    } else if (strncmp(option, "known=", 6) == 0) {
        stub.knows_operators = atoi(value) != 0;
    } else if (strncmp(option, "allocate=", 9) == 0) {
        stub.allocate_status = (TfLiteStatus)atoi(value);
    } else if (strncmp(option, "message=", 8) == 0) {
        stub.allocate_message = value;
    } else if (strncmp(option, "invoke=", 7) == 0) {
        stub.invoke_status = (TfLiteStatus)atoi(value);
    } else if (strncmp(option, "input=", 6) == 0) {
        stub.input_bytes = (size_t)atoi(value);
    } else if (strncmp(option, "output=", 7) == 0) {
        stub.output_bytes = (size_t)atoi(value);
    } else {
        exit(64);
    }
}

#if INFERENCE_OBSERVER
static void observe(void *context, uint32_t layer, uint32_t tensor, const void *data, uint32_t size_bytes) {
    printf("%s layer %u tensor %u bytes %u first %d\n", (const char *)context, layer, tensor, size_bytes, *(const int8_t *)data);
}
#endif

int main(int count, char **options) {
    for (int i = 1; i < count; i++) {
        apply(options[i]);
    }
    printf("runtime %s, models %u\n", inference_runtime(), inference_model_count());
    for (uint32_t model = 0; model < inference_model_count(); model++) {
        const inference_model *about = inference_describe(model);
        printf("model %s sha %02x..%02x inputs %u outputs %u layers %u state %d\n", about->name, about->sha256[0], about->sha256[31],
               about->input_count, about->output_count, about->layer_count, about->has_state);
        const inference_tensor *in = inference_describe_input(model, 0);
        printf("input dtype %u rank %u last %d bytes %u scale %.9g zero %d\n", in->dtype, in->rank, in->dims[in->rank - 1],
               in->size_bytes, (double)in->scale, in->zero_point);
        const int status = inference_init(model);
        printf("init %d\n", status);
        if (status != INFERENCE_OK) {
            continue;
        }
#if INFERENCE_OBSERVER
        static char context[] = "seen:";
        inference_set_observer(observe, context);
#endif
        memset(inference_input(model, 0), 7, in->size_bytes);
        printf("arena %u\n", inference_arena_used(model));
        printf("invoke %d\n", inference_invoke(model));
        printf("output %d\n", *(const int8_t *)inference_output(model, 0));
        inference_reset_state(model);
        printf("resets %d\n", stub.resets);
    }
    printf("beyond %d %d\n", inference_init(99), inference_invoke(99));
    printf("added");
    for (const char *method : stub.added) {
        printf(" %s", method);
    }
    printf("\n");
    return 0;
}
